"""Handing texts to Twilio, against a server that answers as Twilio does: what is definite, and what is doubt."""

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from careops_app.errors import DeliveryFailed
from careops_app.inbox.channels import Channel, Outgoing, Receipt
from careops_app.infra.settings import reset_settings
from careops_app.integrations.captured import CapturedChannel
from careops_app.integrations.sms import twilio as adapter
from careops_app.integrations.sms.signature import is_genuine, signed
from careops_app.integrations.sms.twilio import TwilioChannel
from tests.integrations.twilio_server import HANGS_UP, KEPT, OPTED_OUT, SILENT, THROTTLED, Twilio, twilio_server

TEXT = Outgoing("+447700900001", "Harbour", "+447400123456", "", "Your visit is at 10:00.", "<1@careops.invalid>")


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with twilio_server() as server:
        yield server


def send(twilio: Twilio, outgoing: Outgoing = TEXT, **kept: Any) -> Receipt:
    async def hand_over() -> Receipt:
        channel = TwilioChannel({**KEPT, **kept}, twilio.url, (0.0, 0.05))
        try:
            return await channel.send(outgoing)
        finally:
            await channel.close()

    return asyncio.run(hand_over())


def failure(twilio: Twilio, *answers: Any, outgoing: Outgoing = TEXT, **kept: str) -> DeliveryFailed:
    twilio.answers = list(answers)
    with pytest.raises(DeliveryFailed) as caught:
        send(twilio, outgoing, **kept)
    return caught.value


@pytest.mark.parametrize("kind", ["captured", "twilio"])
def test_every_channel_takes_a_text_names_it_checks_and_closes(twilio: Twilio, kind: str) -> None:
    async def use() -> tuple[Receipt, Receipt]:
        channel: Channel = CapturedChannel() if kind == "captured" else TwilioChannel(KEPT, twilio.url)
        receipts = await channel.send(TEXT), await channel.check()
        await channel.close()
        return receipts

    sent, checked = asyncio.run(use())
    assert sent.ref and sent.detail and checked.detail
    assert sent.captured is (kind == "captured")


def test_a_text_goes_from_the_number_or_the_messaging_service(twilio: Twilio) -> None:
    assert send(twilio).ref == twilio.taken[0]["sid"]
    service = "MG" + "b" * 32
    send(twilio, **{"from": service})
    assert twilio.taken[0]["From"] == KEPT["from"] and "MessagingServiceSid" not in twilio.taken[0]
    assert twilio.taken[1]["MessagingServiceSid"] == service and "From" not in twilio.taken[1]


def test_reports_are_asked_for_where_twilio_can_reach_us(twilio: Twilio, monkeypatch: pytest.MonkeyPatch) -> None:
    send(twilio)
    monkeypatch.setenv("CAREOPS_PUBLIC_URL", "https://clinic.example.com")
    reset_settings()
    try:
        send(twilio)
    finally:
        monkeypatch.undo()
        reset_settings()
    assert "StatusCallback" not in twilio.taken[0]
    asked = twilio.taken[1]["StatusCallback"]
    assert asked == "https://clinic.example.com/hooks/twilio/hook-token/status?m=%3C1%40careops.invalid%3E"


def test_who_asked_for_no_more_is_a_definite_no(twilio: Twilio) -> None:
    no = failure(twilio, OPTED_OUT)
    assert no.permanent and no.opted_out and no.code == "21610" and not no.uncertain and not no.channel_down


@pytest.mark.parametrize("code", [21211, 21614])
def test_a_number_that_gets_no_texts_is_a_definite_no(twilio: Twilio, code: int) -> None:
    no = failure(twilio, (400, code, "Invalid 'To' Phone Number"))
    assert (no.permanent, no.uncertain, no.opted_out, no.channel_down) == (True, False, False, False)
    assert "Invalid 'To' Phone Number" in str(no) and no.code == str(code)


def test_too_many_at_once_is_tried_again(twilio: Twilio) -> None:
    later = failure(twilio, THROTTLED)
    assert not later.permanent and not later.uncertain and not later.channel_down
    full = failure(twilio, (429, 63038, "Account exceeded the daily messages limit"))
    assert not full.permanent and full.channel_down and not full.uncertain
    assert twilio.taken == []


def test_a_wrong_token_stops_the_channel_with_twilios_words(twilio: Twilio) -> None:
    wrong = failure(twilio, auth_token="wrong")
    assert wrong.channel_down and wrong.permanent and wrong.code == "20003" and str(wrong) == "Authenticate"
    assert "Account SID" in wrong.hint


@pytest.mark.parametrize("answer", [(500, 20500, "Internal Server Error"), (503, 20503, "Unavailable"), HANGS_UP])
def test_no_answer_or_5xx_is_doubt_and_never_posted_twice(twilio: Twilio, answer: Any) -> None:
    doubt = failure(twilio, answer)
    assert doubt.uncertain and not doubt.permanent and "not sent again" in str(doubt)
    assert twilio.requests == 1 and twilio.taken == []


@pytest.mark.parametrize("answer", [(500, 20500, "Internal Server Error"), HANGS_UP])
def test_what_was_taken_in_spite_of_it_is_found_in_the_list(twilio: Twilio, answer: Any) -> None:
    twilio.answers, twilio.takes_first = [answer], True
    assert send(twilio).ref == twilio.taken[0]["sid"]
    assert twilio.requests == 1 and len(twilio.taken) == 1


def test_taken_but_not_listed_yet_stays_doubt(twilio: Twilio) -> None:
    twilio.takes_first, twilio.listed = True, False
    assert failure(twilio, HANGS_UP).uncertain
    assert twilio.requests == 1 and len(twilio.taken) == 1


def test_silence_after_the_request_is_doubt(twilio: Twilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "TIMES", httpx2.Timeout(0.3))
    assert failure(twilio, SILENT).uncertain
    assert twilio.requests == 1


def test_the_same_words_as_before_are_not_taken_for_this_text(twilio: Twilio) -> None:
    async def twice() -> None:
        channel = TwilioChannel(KEPT, twilio.url, (0.0,))
        await channel.send(TEXT)
        twilio.answers = [HANGS_UP]
        with pytest.raises(DeliveryFailed) as caught:
            await channel.send(TEXT)
        assert caught.value.uncertain
        await channel.close()

    asyncio.run(twice())


def test_without_a_connection_nothing_was_sent(twilio: Twilio) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        twilio.url = f"http://127.0.0.1:{free.getsockname()[1]}"
    down = failure(twilio)
    assert down.channel_down and not down.uncertain and not down.permanent


def test_after_its_deadline_nothing_is_handed_over(twilio: Twilio) -> None:
    late = Outgoing(**{**TEXT.__dict__, "deadline": time.monotonic() - 1})
    assert not failure(twilio, outgoing=late).uncertain
    assert failure(twilio, outgoing=Outgoing(**{**TEXT.__dict__, "body": "x" * 1601})).permanent
    assert twilio.requests == 0


# the signature: the examples of Twilio's own documentation ----------------------------------------------------------

CALL = [("CallSid", "CA1234567890ABCDE"), ("Caller", "+12349013030"), ("Digits", "1234"), ("From", "+12349013030"),
        ("To", "+18005551212")]  # fmt: skip
ADDRESS = "https://mycompany.com/myapp.php?foo=1&bar=2"
SIGNATURE = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def test_twilios_own_example_is_genuine_whatever_the_order() -> None:
    assert signed("12345", ADDRESS, CALL) == SIGNATURE
    assert is_genuine("12345", ADDRESS, CALL[::-1], SIGNATURE)
    assert is_genuine("12345", ADDRESS.replace(".com/", ".com:443/"), CALL, SIGNATURE)


@pytest.mark.parametrize(
    ("token", "address", "sent", "signature"),
    [
        ("54321", ADDRESS, CALL, SIGNATURE),
        ("12345", ADDRESS.replace("https", "http"), CALL, SIGNATURE),
        ("12345", ADDRESS.replace("foo=1", "foo=2"), CALL, SIGNATURE),
        ("12345", ADDRESS, [*CALL, ("Body", "x")], SIGNATURE),
        ("12345", ADDRESS, CALL, ""),
        ("12345", ADDRESS, CALL, "ünsinn"),
        ("", ADDRESS, CALL, signed("", ADDRESS, CALL)),
    ],
)
def test_anything_else_is_not(token: str, address: str, sent: list[tuple[str, str]], signature: str) -> None:
    assert not is_genuine(token, address, sent, signature)
