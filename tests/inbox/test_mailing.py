"""The last look at a mail: addresses that mail comes back from, and the limit of a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from careops_app.errors import DeliveryFailed, Invalid
from careops_app.inbox import channel_queries, suppression
from careops_app.inbox import service as inbox
from careops_app.inbox.channels import carries
from careops_app.inbox.models import ChannelKind, MessageState
from careops_app.infra import clock as time
from careops_app.infra import db
from careops_app.integrations.email import smtp
from tests.inbox import carriers
from tests.inbox.carriers import Carrier
from tests.inbox.desk import Business, deliver

SETTINGS = {"host": "smtp.example.com", "username": "clinic@example.com", "password": "secret", "daily_cap": "3"}
FULL_TODAY = DeliveryFailed("550 5.4.5 Daily sending quota exceeded", permanent=False, channel_down=True, day_full=True)


@pytest.fixture
def carrier(harbour: Business) -> Iterator[Carrier]:
    found = Carrier()
    carriers.use(found)
    db.transact_now(inbox.connect_channel, harbour.actor, ChannelKind.EMAIL, "smtp", SETTINGS)
    yield found
    carries(ChannelKind.EMAIL, "smtp")(smtp.smtp_channel)


def queued(harbour: Business, number: int) -> list[int]:
    return [harbour.draft(f"confirmation:{n}", "booking_confirmation").message_id for n in range(number)]


def states(harbour: Business, messages: list[int]) -> list[str]:
    return [str(harbour.message(each).state) for each in messages]


def test_a_full_day_waits_until_there_is_room_and_one_alert_says_so(harbour: Business, carrier: Carrier, clock) -> None:
    began = time.now()
    messages = queued(harbour, 5)
    deliver()
    assert states(harbour, messages) == ["sent"] * 3 + ["queued"] * 2
    status = db.fetch_now(channel_queries.channel_status, harbour.workspace_id)[0]
    assert status.failure and status.failure.startswith("The day's limit is reached: 3 mails within 24 hours.")
    assert {harbour.message(each).due_at for each in messages[3:]} == {began + timedelta(hours=24)}
    clock.advance(hours=23)
    assert deliver() == 0
    clock.advance(hours=1, seconds=1)
    deliver()
    assert states(harbour, messages) == ["sent"] * 5
    assert [len(harbour.events(name)) for name in ("channel.failed", "channel.restored")] == [1, 1]


def test_what_waits_past_its_use_is_not_sent_when_there_is_room_again(
    harbour: Business, carrier: Carrier, clock
) -> None:
    queued(harbour, 3)
    deliver()
    late = harbour.draft("late", not_after=time.now() + timedelta(hours=2)).message_id
    deliver()
    clock.advance(hours=25)
    deliver()
    assert (harbour.message(late).state, harbour.message(late).reason) == (MessageState.FAILED, "too_late")


def test_the_providers_own_limit_is_asked_about_every_hour(harbour: Business, carrier: Carrier, clock) -> None:
    carrier.answers = [FULL_TODAY] * 2
    message = queued(harbour, 1)[0]
    deliver()
    assert harbour.message(message).due_at == time.now() + timedelta(hours=1)
    clock.advance(hours=1, seconds=1)
    deliver()
    clock.advance(hours=1, seconds=1)
    deliver()
    assert harbour.message(message).state == MessageState.SENT
    assert len(harbour.events("channel.failed")) == 1


def test_the_limit_is_a_number_and_gmails_own_when_nothing_is_said(harbour: Business) -> None:
    connect = harbour.actor, ChannelKind.EMAIL
    for wrong in ("many", "0", "-4", "2.5"):
        with pytest.raises(Invalid) as refused:
            db.transact_now(inbox.connect_channel, *connect, "smtp", {**SETTINGS, "daily_cap": wrong})
        assert list(refused.value.fields) == ["daily_cap"]
    gmail = {"username": "studio@gmail.com", "password": "abcd efgh ijkl mnop"}
    db.transact_now(inbox.connect_channel, *connect, "gmail", gmail)
    assert db.fetch_now(_cap, harbour.workspace_id) == 500
    db.transact_now(inbox.connect_channel, *connect, "gmail", {**gmail, "daily_cap": "2000"})
    assert db.fetch_now(_cap, harbour.workspace_id) == 2000


def _cap(session, _: int) -> int | None:
    from careops_app.inbox import outage

    account = outage.account_of(session, ChannelKind.EMAIL)
    return account.daily_cap if account else None


def test_no_mail_goes_where_it_comes_back_from(harbour: Business, carrier: Carrier) -> None:
    message, reply = queued(harbour, 1)[0], harbour.reply().message_id
    db.transact_now(
        lambda session, workspace_id: suppression.suppress(
            session, workspace_id, ChannelKind.EMAIL, "amelia@example.com", "bounced"
        ),
        harbour.workspace_id,
    )
    deliver()
    assert (harbour.message(message).state, harbour.message(message).reason) == (MessageState.SKIPPED, "bounced")
    assert harbour.message(reply).state == MessageState.FAILED, "who wrote it is told"
    assert carrier.sent == []


def test_answers_to_a_gmail_account_come_back_under_the_conversations_mark(harbour: Business) -> None:
    found = Carrier()

    @carries(ChannelKind.EMAIL, "gmail")
    def carried(settings):
        return found

    gmail = {"username": "studio@gmail.com", "password": "abcd efgh ijkl mnop"}
    db.transact_now(inbox.connect_channel, harbour.actor, ChannelKind.EMAIL, "gmail", gmail)
    harbour.reply()
    deliver()
    carries(ChannelKind.EMAIL, "gmail")(smtp.smtp_channel)
    assert (found.sent[0].reply_to or "").startswith(f"studio+c{harbour.conversation_id()}-")
