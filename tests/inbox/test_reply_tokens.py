"""Which conversation an answer belongs to, by the address it was sent to."""

import pytest

from careops_app.inbox.reply_tokens import LONGEST_LOCAL_PART, conversation_of_reply, reply_address


def test_the_address_of_a_conversation_leads_back_to_it() -> None:
    address = reply_address("studio@example.com", 7, 4711)
    assert address is not None and address.startswith("studio+c4711-") and address.endswith("@example.com")
    assert conversation_of_reply(7, ["other@example.com", address]) == 4711


def test_servers_that_change_the_case_do_no_harm() -> None:
    address = reply_address("studio@example.com", 7, 4711) or ""
    assert conversation_of_reply(7, [address.upper()]) == 4711


def test_the_token_of_one_business_opens_nothing_in_another() -> None:
    assert conversation_of_reply(8, [reply_address("studio@example.com", 7, 4711) or ""]) is None


def test_a_token_with_another_number_is_no_token() -> None:
    address = reply_address("studio@example.com", 7, 4711) or ""
    assert conversation_of_reply(7, [address.replace("+c4711-", "+c4712-")]) is None


def test_an_address_that_has_a_plus_already_gets_one_token_only() -> None:
    assert (reply_address("studio+desk@example.com", 7, 1) or "").startswith("studio+c1-")


def test_an_address_without_room_gets_none() -> None:
    assert reply_address("s" * LONGEST_LOCAL_PART + "@example.com", 7, 1) is None


@pytest.mark.parametrize(
    "address", ["", "@", "+@", "studio@example.com", "studio+c0-aaaaaaaaaaaaaaaa@example.com", "c1-" + "a" * 16]
)
def test_addresses_without_a_token_name_nothing(address: str) -> None:
    assert conversation_of_reply(7, [address]) is None
