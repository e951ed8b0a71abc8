"""Where Twilio reports: only what it signed for our own address is believed, and however often it is told, once."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from sqlmodel import select

from careops_app.inbox import service as inbox
from careops_app.inbox.channels import Receipt
from careops_app.inbox.models import ChannelKind, MessageState
from careops_app.inbox.text_models import TextSetting
from careops_app.infra import db
from careops_app.infra.settings import reset_settings
from careops_app.integrations.sms.signature import signed
from tests.cast import Visitor
from tests.inbox.desk import Business
from tests.integrations.twilio_server import ACCOUNT, KEPT, TOKEN

PUBLIC = "https://clinic.example.com"
SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.fixture
def hook(harbour: Business, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The path below which Twilio reports to the harbour, behind a proxy with a public address."""
    monkeypatch.setenv("CAREOPS_PUBLIC_URL", PUBLIC)
    reset_settings()
    given = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": KEPT["from"]}
    db.transact_now(inbox.connect_channel, harbour.actor, ChannelKind.SMS, "twilio", given)
    found = db.fetch_now(lambda session, _: session.exec(select(TextSetting.hook_token)).one(), harbour.workspace_id)
    yield f"/hooks/twilio/{found}"
    monkeypatch.undo()
    reset_settings()


def call(visitor: Visitor, path: str, token: str = TOKEN, **said: str):
    signature = signed(token, f"{PUBLIC}{path}", said.items())
    return visitor.http.post(path, data=said, headers={"x-twilio-signature": signature})


def sent(business: Business) -> int:
    from careops_app.inbox import settling
    from careops_app.inbox.arming import arm, claim

    message_id = business.reply("See you at ten", "sms").message_id
    (mine,) = db.transact_now(claim, db.SYSTEM)
    db.transact_now(arm, mine.workspace_id, mine)
    db.transact_now(settling.settle_sent, mine.workspace_id, mine, Receipt("SM1"))
    return message_id


def test_a_signed_report_moves_the_text_on(harbour: Business, hook: str, visitor: Visitor) -> None:
    message_id = sent(harbour)
    path = f"{hook}/status?m={quote(harbour.message(message_id).rfc_message_id or '', safe='')}"
    answer = call(visitor, path, MessageSid="SM1", MessageStatus="delivered", To="+447400123456")
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (
        200,
        SILENCE,
        "text/xml; charset=utf-8",
    )
    assert harbour.message(message_id).state == MessageState.DELIVERED
    assert call(visitor, path, MessageSid="SM1", MessageStatus="sent").status_code == 200
    assert harbour.message(message_id).state == MessageState.DELIVERED


def test_a_text_from_a_customer_joins_their_conversation_once(harbour: Business, hook: str, visitor: Visitor) -> None:
    said = {
        "MessageSid": "SM77",
        "From": "+447400123456",
        "To": KEPT["from"],
        "Body": "Running late ☂ & sorry",
        "NumMedia": "0",
    }
    for _ in range(20):
        answer = call(visitor, f"{hook}/message", **said)
        assert (answer.status_code, answer.text) == (200, SILENCE)
    (message,) = harbour.messages()
    assert (message.body, message.channel, message.conversation_id) == (
        "Running late ☂ & sorry", "sms", harbour.conversation().id,
    )  # fmt: skip
    assert len(harbour.events("message.received")) == 1 and harbour.conversation().contact_id == harbour.contact_id


def test_stop_by_text_closes_the_channel(harbour: Business, hook: str, visitor: Visitor) -> None:
    call(visitor, f"{hook}/message", MessageSid="SM1", From="+447400123456", Body="stop", OptOutType="STOP")
    assert harbour.message(harbour.automated("welcome")).channel == ChannelKind.EMAIL


def test_a_number_that_is_none_is_answered_and_kept_out(harbour: Business, hook: str, visitor: Visitor) -> None:
    assert call(visitor, f"{hook}/message", MessageSid="SM1", From="Twilio", Body="hello").status_code == 200
    assert harbour.messages() == []


def test_what_twilio_did_not_sign_is_refused_and_changes_nothing(
    harbour: Business, hook: str, visitor: Visitor
) -> None:
    message_id = sent(harbour)
    path = f"{hook}/status?m={quote(harbour.message(message_id).rfc_message_id or '', safe='')}"
    said = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    right = signed(TOKEN, f"{PUBLIC}{path}", said.items())
    answers = [
        call(visitor, path, token="wrong", **said),
        visitor.http.post(path, data=said),
        visitor.http.post(path, data={**said, "ErrorCode": "1"}, headers={"x-twilio-signature": right}),
        visitor.http.post(f"{path}x", data=said, headers={"x-twilio-signature": right}),
        visitor.http.post(path, data=said, headers={
            "x-twilio-signature": signed(TOKEN, f"http://testserver{path}", said.items()), "host": "evil.example.com",
        }),
    ]  # fmt: skip
    assert [each.status_code for each in answers] == [403] * len(answers)
    assert harbour.message(message_id).state == MessageState.SENT
    assert call(visitor, "/hooks/twilio/nobodys/status", **said).status_code == 404
