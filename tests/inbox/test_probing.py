"""Doubt is looked into: found is sent, absent is sent once more at most, and where nobody can look staff decide."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from careops_app.errors import DeliveryFailed, Forbidden, Refused
from careops_app.inbox import service as inbox
from careops_app.inbox import thread_queries
from careops_app.inbox.channels import Settings, carries, files
from careops_app.inbox.models import ChannelKind, Message, MessageState, Outcome
from careops_app.infra import clock as time
from careops_app.infra import db
from careops_app.integrations.email import filed, smtp
from careops_app.worker import run
from careops_app.workspace.access import Role
from tests.inbox import carriers
from tests.inbox.carriers import DOUBT, Carrier
from tests.inbox.desk import Business, deliver

SETTINGS = {"host": "smtp.example.com", "username": "clinic@example.com", "password": "secret"}


@dataclass
class Folder:
    """What the provider has filed; None when nobody can look."""

    holds: set[str] | None = field(default_factory=set)
    closed: bool = False
    asked: int = 0

    async def find(self, message_ids: Collection[str]) -> frozenset[str]:
        self.asked += 1
        if self.closed:
            raise DeliveryFailed("Invalid credentials", permanent=False)
        return frozenset(message_ids) & (self.holds or set())


@pytest.fixture
def folder() -> Iterator[Folder]:
    shown = Folder()

    @files(ChannelKind.EMAIL, "smtp")
    def opened(settings: Settings) -> Folder | None:
        return None if shown.holds is None else shown

    yield shown
    files(ChannelKind.EMAIL, "smtp")(filed.of_server)


@pytest.fixture
def carrier(harbour: Business) -> Iterator[Carrier]:
    found = Carrier()
    carriers.use(found)
    db.transact_now(inbox.connect_channel, harbour.actor, ChannelKind.EMAIL, "smtp", SETTINGS)
    yield found
    carries(ChannelKind.EMAIL, "smtp")(smtp.smtp_channel)


def doubtful(harbour: Business, carrier: Carrier, folder: Folder, times: int = 1) -> Message:
    """A message in doubt, after one that was surely sent and is filed."""
    harbour.reply("The first")
    deliver()
    if folder.holds is not None:
        folder.holds.add(carrier.sent[0].message_id)
    carrier.answers = [DOUBT] * times
    message = harbour.reply("The second").message_id
    deliver()
    return harbour.message(message)


def later(clock, **amount: float) -> None:
    clock.advance(**amount)
    run.drain_now()


def test_what_is_found_was_sent(harbour: Business, carrier: Carrier, folder: Folder, clock) -> None:
    message = doubtful(harbour, carrier, folder)
    assert message.state == MessageState.UNCERTAIN
    assert folder.holds is not None and message.rfc_message_id
    folder.holds.add(message.rfc_message_id)
    later(clock, seconds=31)
    found = harbour.message(message.id)
    assert (found.state, found.provider_ref, found.probe_at) == ("sent", "Found in the Sent folder", None)
    assert len(carrier.sent) == 1, "it was not sent again"
    assert [event.message_id for event in harbour.events("message.sent")][-1] == message.id


def test_what_is_not_there_is_sent_once_more_after_a_decent_time(
    harbour: Business, carrier: Carrier, folder: Folder, clock
) -> None:
    message = doubtful(harbour, carrier, folder)
    for _ in range(14):
        later(clock, minutes=1)
    assert harbour.message(message.id).state == MessageState.UNCERTAIN
    assert harbour.message(message.id).reason == "doubt_looking"
    later(clock, minutes=2)
    assert harbour.message(message.id).state == MessageState.SENT
    assert carrier.sent[-1].message_id == message.rfc_message_id
    assert [each.outcome for each in harbour.attempts(message.id)] == [Outcome.UNCERTAIN, Outcome.ACCEPTED]


def test_it_is_never_sent_a_third_time(harbour: Business, carrier: Carrier, folder: Folder, clock) -> None:
    message = doubtful(harbour, carrier, folder, times=2)
    for _ in range(120):
        later(clock, minutes=1)
    found = harbour.message(message.id)
    assert (found.state, found.reason, found.probe_at) == ("uncertain", "doubt_twice", None)
    assert len(harbour.attempts(message.id)) == 2


def test_what_turns_up_after_the_second_try_was_sent(
    harbour: Business, carrier: Carrier, folder: Folder, clock
) -> None:
    message = doubtful(harbour, carrier, folder, times=2)
    for _ in range(20):
        later(clock, minutes=1)
    assert folder.holds is not None and message.rfc_message_id
    folder.holds.add(message.rfc_message_id)
    for _ in range(5):
        later(clock, minutes=1)
    assert harbour.message(message.id).state == MessageState.SENT


def test_where_nobody_can_look_staff_decide(harbour: Business, carrier: Carrier, folder: Folder, clock) -> None:
    folder.holds = None
    message = doubtful(harbour, carrier, folder)
    for _ in range(60):
        later(clock, minutes=1)
    found = harbour.message(message.id)
    assert (found.state, found.reason, found.probe_at) == ("uncertain", "doubt_no_sight", None)
    row = db.fetch_now(thread_queries.message, harbour.workspace_id, message.id)
    assert (row.may_retry, row.may_confirm) == (True, True)
    assert row.reason.endswith("Send it again, or say that it arrived")


def test_absence_proves_nothing_when_nothing_is_filed(
    harbour: Business, carrier: Carrier, folder: Folder, clock
) -> None:
    message = doubtful(harbour, carrier, folder)
    folder.holds = set()
    for _ in range(60):
        later(clock, minutes=1)
    assert (harbour.message(message.id).state, harbour.message(message.id).reason) == ("uncertain", "doubt_no_witness")
    assert len(harbour.attempts(message.id)) == 1


def test_a_mailbox_that_does_not_open_is_asked_for_an_hour(
    harbour: Business, carrier: Carrier, folder: Folder, clock
) -> None:
    message = doubtful(harbour, carrier, folder)
    folder.closed = True
    for _ in range(45):
        later(clock, minutes=1)
    assert harbour.message(message.id).reason == "doubt_mailbox_closed"
    folder.closed = False
    for _ in range(6):
        later(clock, minutes=1)
    assert harbour.message(message.id).state == MessageState.SENT
    assert len(harbour.attempts(message.id)) == 2


def test_what_is_no_longer_of_use_is_not_sent_again(harbour: Business, carrier: Carrier, folder: Folder, clock) -> None:
    harbour.reply("The first")
    deliver()
    assert folder.holds is not None
    folder.holds.add(carrier.sent[0].message_id)
    carrier.answers = [DOUBT]
    message = harbour.draft("late", not_after=time.now() + timedelta(minutes=5)).message_id
    deliver()
    clock.advance(minutes=20)
    run.drain_now()
    assert (harbour.message(message).state, harbour.message(message).reason) == ("uncertain", "doubt_late")


def test_a_member_says_that_it_arrived(harbour: Business, carrier: Carrier, folder: Folder) -> None:
    message = doubtful(harbour, carrier, folder)
    db.transact_now(inbox.mark_arrived, harbour.actor, message.id)
    found = harbour.message(message.id)
    assert (found.state, found.provider_ref) == ("sent", "Olivia Owner knows that it arrived")
    with pytest.raises(Refused):
        db.transact_now(inbox.mark_arrived, harbour.actor, message.id)


def test_only_who_may_use_the_inbox_decides(harbour: Business, carrier: Carrier, folder: Folder) -> None:
    message = doubtful(harbour, carrier, folder)
    nobody = replace(harbour.actor, role=Role.STAFF, permissions=frozenset())
    with pytest.raises(Forbidden):
        db.transact_now(inbox.mark_arrived, nobody, message.id)


def test_a_retry_ends_the_looking(harbour: Business, carrier: Carrier, folder: Folder, clock) -> None:
    message = doubtful(harbour, carrier, folder)
    db.transact_now(inbox.retry_message, harbour.actor, message.id)
    assert harbour.message(message.id).probe_at is None
    deliver()
    assert harbour.message(message.id).state == MessageState.SENT
