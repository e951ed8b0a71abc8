"""The story of a contact: what it tells, in which order, and to whom."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from careops_app.bookings.making import CUSTOMER
from careops_app.contacts import service as contacts
from careops_app.contacts.stages import Stage
from careops_app.dashboard.happenings import SENTENCES, Happening
from careops_app.dashboard.timeline import EVENTS, EVERYTHING, Decision, Kind, Timeline, timeline
from careops_app.events import (
    EVENTS as ALL_EVENTS,
)
from careops_app.events import (
    BookingCancelled,
    BookingConfirmed,
    BookingRequested,
    BookingRescheduled,
    Event,
)
from careops_app.inbox import service as inbox
from careops_app.inbox.thread_queries import MessageRow
from careops_app.infra import db, outbox
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Actor, Permission
from tests import facts, people
from tests.inbox.desk import Business, a_business


@pytest.fixture
def harbour(database: str, clock: Any) -> Business:
    return a_business()


def story(harbour: Business, *kinds: Kind, actor: Actor | None = None, **window: Any) -> Timeline:
    chosen = frozenset(kinds) or EVERYTHING
    return db.fetch_now(timeline, actor or harbour.actor, harbour.contact_id, chosen, **window)


def told(found: Timeline) -> list[str]:
    return [entry.what.text for entry in found.entries if isinstance(entry.what, Happening)]


def announce(harbour: Business, event: Event) -> None:
    def emit(session: Session, workspace_id: int) -> None:
        outbox.emit(session, workspace_id, event)

    db.transact_now(emit, harbour.workspace_id)


def booked(harbour: Business, **more: Any) -> facts.Visit:
    visit = facts.visit(harbour.actor, facts.service(harbour.actor), contact_id=harbour.contact_id)
    announce(harbour, BookingRequested(visit.id, harbour.contact_id, 1, False, more.get("needs_approval", False)))
    return visit


def test_every_event_that_is_told_has_a_sentence() -> None:
    names = {name for listed in EVENTS.values() for name in listed}
    assert {ALL_EVENTS[name] for name in names} == set(SENTENCES)


def test_a_booking_that_needs_no_approval_is_told_once(harbour: Business) -> None:
    visit = booked(harbour)
    announce(harbour, BookingConfirmed(visit.id, harbour.contact_id, 1, False, by=CUSTOMER))
    assert told(story(harbour, Kind.BOOKINGS)) == ["Booked: Peel treatment with Maya, Thu 26 November 2026, 09:00 GMT"]


def test_a_request_and_its_approval_are_two_things(harbour: Business) -> None:
    visit = booked(harbour, needs_approval=True)
    announce(harbour, BookingConfirmed(visit.id, harbour.contact_id, 1, by="Priya Raman"))
    assert [text.partition(":")[0] for text in told(story(harbour, Kind.BOOKINGS))] == [
        "Asked for", "Confirmed by Priya Raman",
    ]  # fmt: skip


def test_a_move_is_told_with_both_times_and_earlier_lines_keep_theirs(harbour: Business, clock: Any) -> None:
    visit = booked(harbour)
    clock.advance(hours=1)
    was, now = visit.starts_at - timedelta(days=1), visit.starts_at
    announce(harbour, BookingRescheduled(visit.id, harbour.contact_id, 2, was, now, CUSTOMER))
    clock.advance(hours=1)
    announce(harbour, BookingCancelled(visit.id, harbour.contact_id, 3, now, "Priya Raman", "Ill"))
    assert told(story(harbour, Kind.BOOKINGS)) == [
        "Booked: Peel treatment with Maya, Wed 25 November 2026, 09:00 GMT",
        "Moved: Peel treatment with Maya, Thu 26 November 2026, 09:00 GMT; it was Wed 25 November 2026, 09:00 GMT",
        "Cancelled by Priya Raman: Peel treatment with Maya, Thu 26 November 2026, 09:00 GMT. Reason: Ill",
    ]


def test_stages_name_the_person_or_the_rule(harbour: Business, clock: Any) -> None:
    clock.advance(minutes=1)
    harbour.reply()
    drain_now(harbour.workspace_id)
    clock.advance(minutes=1)
    db.transact_now(contacts.move_stage, harbour.actor, harbour.contact_id, Stage.LOST)
    assert told(story(harbour, Kind.STAGES)) == [
        "Became a contact (test)",
        "Stage New → In touch, by automation: Lead contacted",
        "Stage In touch → Lost, by Olivia Owner",
    ]


def test_everything_leaves_out_what_a_rule_did_and_decisions_tell_it(harbour: Business, clock: Any) -> None:
    clock.advance(minutes=1)
    harbour.reply()
    drain_now(harbour.workspace_id)

    def decisions(*kinds: Kind) -> set[str]:
        found = story(harbour, *kinds).entries
        return {entry.what.rule for entry in found if isinstance(entry.what, Decision) and entry.what.state == "fired"}

    assert decisions() == set()
    assert decisions(Kind.DECISIONS) == {"lead-contacted", "staff-reply"}


def test_messages_and_their_notes_are_for_the_inbox_only(harbour: Business) -> None:
    harbour.reply("Hello")
    db.transact_now(inbox.note, harbour.actor, harbour.conversation_id(), "Rings on Mondays")
    db.transact_now(contacts.add_note, harbour.actor, harbour.contact_id, "Sensitive skin")
    me = people.signed_in(harbour.actor.user_id or 0, harbour.workspace_id)
    other = people.staff(me, Permission.BOOKINGS).actor
    assert sum(isinstance(entry.what, MessageRow) for entry in story(harbour).entries) == 2
    assert not [entry for entry in story(harbour, actor=other).entries if isinstance(entry.what, MessageRow)]
    assert len(story(harbour, Kind.NOTES, actor=other).entries) == 1


def test_the_newest_come_first_of_all_and_what_happened_at_once_stays_together(harbour: Business, clock: Any) -> None:
    for minute in range(6):
        clock.advance(minutes=1)
        for part in range(2):
            db.transact_now(contacts.add_note, harbour.actor, harbour.contact_id, f"{minute}.{part}")
    found = story(harbour, Kind.NOTES, most=3)
    assert len(found.entries) == 4 and found.has_earlier
    again = story(harbour, Kind.NOTES, most=4, since=found.entries[0].at)
    assert again.entries == found.entries
    clock.advance(minutes=1)
    db.transact_now(contacts.add_note, harbour.actor, harbour.contact_id, "newest")
    assert len(story(harbour, Kind.NOTES, most=4, since=found.entries[0].at).entries) == 5
    assert not story(harbour, Kind.NOTES, most=99).has_earlier


def test_another_business_tells_nothing(harbour: Business) -> None:
    harbour.reply("Hello")
    other = people.owner("Other", "other@example.com").actor
    assert story(harbour, actor=other).entries == ()
