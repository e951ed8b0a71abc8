"""The token in the address of an answer: only ours count, and only for their own business."""

from __future__ import annotations

import pytest

from careops_app.inbox import reply_tokens

TOKEN = reply_tokens.token_of(1, 42)
ADDRESS = reply_tokens.marked("studio@gmail.com", TOKEN)


def test_an_answer_to_a_marked_address_names_its_conversation() -> None:
    assert ADDRESS.startswith("studio+c42-") and ADDRESS.endswith("@gmail.com")
    assert reply_tokens.conversation_in(1, ADDRESS) == 42
    assert reply_tokens.conversation_in(1, ADDRESS.upper()) == 42, "mail programs do not keep the case"


@pytest.mark.parametrize(
    "address",
    [
        "studio@gmail.com", "studio+c42@gmail.com", "studio+news@gmail.com", ADDRESS.replace("c42-", "c43-"), "+c@", "",
        ADDRESS.replace("@", "a@"), f"studio+c42-{'a' * 20}@gmail.com",
    ],
)  # fmt: skip
def test_any_other_address_names_none(address: str) -> None:
    assert reply_tokens.conversation_in(1, address) is None


def test_a_token_of_another_business_names_none() -> None:
    assert reply_tokens.conversation_in(2, ADDRESS) is None


def test_a_mark_replaces_an_earlier_one_and_is_left_out_when_the_address_would_be_too_long() -> None:
    assert reply_tokens.marked("studio+shop@gmail.com", TOKEN) == ADDRESS
    assert reply_tokens.marked(f"{'x' * 50}@gmail.com", TOKEN) == f"{'x' * 50}@gmail.com"
    assert len(reply_tokens.marked(f"{'x' * 30}@gmail.com", reply_tokens.token_of(1, 9_999_999_999))) <= 64 + 10
