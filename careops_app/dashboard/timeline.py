"""The story of one contact: messages, notes, visits, forms, stages and rule decisions in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from careops_app.automation.models import AutomationRun, RunState
from careops_app.automation.reasons import in_words
from careops_app.automation.rules import RULES
from careops_app.contacts import queries as contacts
from careops_app.contacts.queries import NoteRow
from careops_app.dashboard import happenings
from careops_app.dashboard.happenings import Happening
from careops_app.inbox import thread_queries
from careops_app.inbox.thread_queries import MessageRow
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace.access import Actor, Permission

PAGE = 30
AT_ONCE = 20  # how much may happen in one instant without being torn apart
NEW_MEANWHILE = 100


class Kind(StrEnum):
    """What the timeline can be narrowed to."""

    MESSAGES = "messages"
    NOTES = "notes"
    BOOKINGS = "bookings"
    FORMS = "forms"
    STAGES = "stages"
    DECISIONS = "decisions"


EVERYTHING = frozenset(Kind)
CONVERSATION = frozenset({Kind.MESSAGES, Kind.NOTES, Kind.BOOKINGS, Kind.FORMS})
"""What stands in the thread of the inbox."""

EVENTS: dict[Kind, tuple[str, ...]] = {
    Kind.MESSAGES: ("conversation.automation_resumed", "conversation.closed"),
    Kind.BOOKINGS: (
        "booking.requested", "booking.confirmed", "booking.rescheduled", "booking.reassigned",
        "booking.resized", "booking.restored", "booking.clock_agreed", "booking.cancelled",
        "booking.checked_in", "booking.completed", "booking.no_show", "waitlist.joined", "waitlist.left",
        "waitlist.days_over", "waitlist.offered", "waitlist.accepted", "waitlist.declined", "waitlist.lapsed",
    ),
    Kind.FORMS: ("form.requested", "form.submitted", "form.overdue", "form.waived"),
    Kind.STAGES: ("contact.created", "contact.stage_changed"),
}  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """What one rule decided, and why."""

    rule: str
    rule_name: str
    state: RunState
    reason: str
    event_id: int


@dataclass(frozen=True)
class Entry:
    """One thing in the story. `key` tells it from all others."""

    key: str
    at: datetime
    kind: Kind
    what: MessageRow | NoteRow | Happening | Decision


@dataclass(frozen=True)
class Timeline:
    """Oldest first; `has_earlier` when there is more before the first."""

    entries: tuple[Entry, ...]
    has_earlier: bool


def timeline(
    session: Session,
    actor: Actor,
    contact_id: int,
    kinds: frozenset[Kind] = EVERYTHING,
    *,
    most: int = PAGE,
    since: datetime | None = None,
) -> Timeline:
    """The newest `most` entries of a contact's story, and what happened together with the oldest of them; with `since`
    those from that instant on, to read them again.

    Messages and the notes beside them are for members who may read the inbox. In the whole story a rule that did what it
    should is not told a second time: what it did stands there itself. Narrowed to decisions, every one is shown.
    """
    wanted = most + (NEW_MEANWHILE if since else AT_ONCE)
    found = [
        *_messages(session, actor, contact_id, kinds, wanted),
        *_notes(session, actor, contact_id, kinds, wanted),
        *_happenings(session, actor, contact_id, kinds, wanted),
        *_decisions(session, actor, contact_id, kinds, wanted),
    ]
    ordered = sorted(found, key=lambda entry: entry.at, reverse=True)[:wanted]
    first = since or (ordered[most - 1].at if len(ordered) > most else None)
    shown = [entry for entry in ordered if first is None or entry.at >= first]
    return Timeline(tuple(reversed(shown)), len(found) > len(shown))


def _messages(session: Session, actor: Actor, contact_id: int, kinds: frozenset[Kind], most: int) -> list[Entry]:
    if not actor.may(Permission.INBOX):
        return []
    rows: list[Entry] = []
    for kind, notes in ((Kind.MESSAGES, False), (Kind.NOTES, True)):
        if kind in kinds:
            found = thread_queries.messages_of_contact(session, actor, contact_id, notes=notes, most=most)
            rows += [Entry(f"m{message.id}", message.at, kind, message) for message in found]
    return rows


def _notes(session: Session, actor: Actor, contact_id: int, kinds: frozenset[Kind], most: int) -> list[Entry]:
    found = contacts.notes(session, actor, contact_id, most) if Kind.NOTES in kinds else ()
    return [Entry(f"n{note.id}", note.at, Kind.NOTES, note) for note in found]


def _happenings(session: Session, actor: Actor, contact_id: int, kinds: frozenset[Kind], most: int) -> list[Entry]:
    by_name = {name: kind for kind, names in EVENTS.items() if kind in kinds for name in names}
    events = session.exec(
        select(OutboxEvent)
        .where(
            OutboxEvent.workspace_id == actor.workspace_id,
            OutboxEvent.contact_id == contact_id,
            col(OutboxEvent.name).in_(by_name),
            ~_confirmed_at_once(),
        )
        .order_by(col(OutboxEvent.at).desc(), col(OutboxEvent.id).desc())
        .limit(most)
    ).all()
    told = happenings.told(session, actor, events)
    return [
        Entry(f"e{event.id}", event.at, by_name[event.name], what) for event, what in zip(events, told, strict=True)
    ]


def _confirmed_at_once() -> ColumnElement[bool]:
    """A confirmation that came with the booking itself says nothing more."""
    request = aliased(OutboxEvent)
    booked_directly = exists().where(
        col(request.booking_id) == col(OutboxEvent.booking_id),
        col(request.name) == "booking.requested",
        col(request.payload)["needs_approval"].as_boolean().is_(False),
    )
    return (col(OutboxEvent.name) == "booking.confirmed") & booked_directly


def _decisions(session: Session, actor: Actor, contact_id: int, kinds: frozenset[Kind], most: int) -> list[Entry]:
    if Kind.DECISIONS not in kinds:
        return []
    shown = [state for state in RunState if state != RunState.WAITING and (len(kinds) == 1 or state != RunState.FIRED)]
    decided_at = func.coalesce(AutomationRun.decided_at, AutomationRun.at)
    runs = session.exec(
        select(AutomationRun)
        .where(
            AutomationRun.workspace_id == actor.workspace_id,
            AutomationRun.contact_id == contact_id,
            col(AutomationRun.state).in_(shown),
        )
        .order_by(decided_at.desc(), col(AutomationRun.id).desc())
        .limit(most)
    )
    return _as_entries(runs.all())


def _as_entries(runs: Sequence[AutomationRun]) -> list[Entry]:
    return [Entry(f"r{run.id}", run.decided_at or run.at, Kind.DECISIONS, _decision(run)) for run in runs]


def _decision(run: AutomationRun) -> Decision:
    rule = RULES.get(run.rule)
    return Decision(run.rule, rule.name if rule else run.rule, RunState(run.state), in_words(run.reason), run.event_id)
