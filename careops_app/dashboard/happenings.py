"""Events of a contact in one line each: who did what, when it was for, and where to read more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlmodel import Session, col, select

from careops_app.automation.rules import RULES
from careops_app.bookings.making import CUSTOMER
from careops_app.bookings.models import Booking, Resource, Service
from careops_app.bookings.waitlist_models import WaitlistEntry
from careops_app.events import (
    AutomationResumed,
    BookingCancelled,
    BookingCheckedIn,
    BookingClockAgreed,
    BookingCompleted,
    BookingConfirmed,
    BookingEvent,
    BookingNoShow,
    BookingReassigned,
    BookingRequested,
    BookingRescheduled,
    BookingResized,
    BookingRestored,
    ContactCreated,
    ContactStageChanged,
    ConversationClosed,
    Event,
    FormEvent,
    FormOverdue,
    FormRequested,
    FormSubmitted,
    FormWaived,
    OfferEvent,
    WaitlistAccepted,
    WaitlistDaysOver,
    WaitlistDeclined,
    WaitlistEvent,
    WaitlistJoined,
    WaitlistLapsed,
    WaitlistLeft,
    WaitlistOffered,
)
from careops_app.forms.models import Form, FormRequest
from careops_app.infra import clock, outbox, wording
from careops_app.infra.db import InWorkspace
from careops_app.infra.outbox import OutboxEvent
from careops_app.infra.states import state
from careops_app.workspace.models import Member
from careops_app.workspace.queries import workspace_card

ARRIVALS = {
    "contact_form": "Became a contact through the contact form", "booking": "Became a contact through the booking page",
    "waitlist": "Became a contact through the waitlist", "staff": "Added by the team",
    "email": "Became a contact by email", "sms": "Became a contact by text message",
}  # fmt: skip


@dataclass(frozen=True)
class Happening:
    """An event in words. `event` is its name, for the icon; `link` leads to the record, or is empty."""

    event: str
    text: str
    link: str = ""


@dataclass(frozen=True)
class Visit:
    """What a booking is about, and when it was for before each of its moves (event id, start before)."""

    what: str
    starts_at: datetime
    moves: tuple[tuple[int, datetime], ...]

    def start_at(self, event_id: int) -> datetime:
        """When the visit was for, as of this event."""
        return next((was_at for moved_by, was_at in self.moves if moved_by > event_id), self.starts_at)


@dataclass(frozen=True)
class Facts:
    """What the sentences need beside the events themselves."""

    zone: tzinfo
    visits: dict[int, Visit]
    waits: dict[int, str]  # the service an entry of the waitlist is for
    forms: dict[int, str]
    members: dict[int, str]


def told(session: Session, scope: InWorkspace, events: Sequence[OutboxEvent]) -> list[Happening]:
    """Each event as a sentence, in the order given."""
    known = [(row, outbox.told(row)) for row in events]
    facts = _facts(session, scope, [event for _, event in known])
    return [_happening(row, event, facts) for row, event in known]


def _happening(row: OutboxEvent, event: Event, facts: Facts) -> Happening:
    text, link = SENTENCES[type(event)](row.id, event, facts)
    return Happening(row.name, text, link)


def _facts(session: Session, scope: InWorkspace, events: list[Event]) -> Facts:
    bookings = {event.booking_id for event in events if isinstance(event, BookingEvent)}
    entries = {event.entry_id for event in events if isinstance(event, WaitlistEvent)}
    requests = {event.request_id for event in events if isinstance(event, FormEvent)}
    members = {event.member_id for event in events if isinstance(event, AutomationResumed | ConversationClosed)}
    return Facts(
        clock.zone(workspace_card(session, scope).time_zone),
        _visits(session, bookings) if bookings else {},
        _waits(session, entries) if entries else {},
        _forms(session, requests) if requests else {},
        _names(session, members) if members else {},
    )


def _visits(session: Session, ids: set[int]) -> dict[int, Visit]:
    moves = _moves(session, ids)
    rows = session.exec(
        select(Booking, Service.name, Resource.name)
        .join(Service, col(Service.id) == Booking.service_id)
        .join(Resource, col(Resource.id) == Booking.staff_id)
        .where(col(Booking.id).in_(ids))
    )
    return {
        booking.id: Visit(f"{service} with {staff}", booking.starts_at, tuple(moves.get(booking.id, ())))
        for booking, service, staff in rows
    }


def _moves(session: Session, ids: Iterable[int]) -> dict[int, list[tuple[int, datetime]]]:
    rows = session.exec(
        select(OutboxEvent)
        .where(col(OutboxEvent.booking_id).in_(ids), OutboxEvent.name == BookingRescheduled.name)
        .order_by(col(OutboxEvent.id))
    )
    found: dict[int, list[tuple[int, datetime]]] = {}
    for row in rows:
        event = outbox.told(row)
        assert isinstance(event, BookingRescheduled)
        found.setdefault(event.booking_id, []).append((row.id, event.was_at))
    return found


def _waits(session: Session, ids: set[int]) -> dict[int, str]:
    rows = session.exec(
        select(WaitlistEntry.id, Service.name)
        .join(Service, col(Service.id) == WaitlistEntry.service_id)
        .where(col(WaitlistEntry.id).in_(ids))
    )
    return dict(rows.all())


def _forms(session: Session, ids: set[int]) -> dict[int, str]:
    rows = session.exec(
        select(FormRequest.id, Form.name)
        .join(Form, col(Form.id) == FormRequest.form_id)
        .where(col(FormRequest.id).in_(ids))
    )
    return dict(rows.all())


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    return dict(session.exec(select(Member.id, Member.name).where(col(Member.id).in_(ids))).all())


# the sentences -----------------------------------------------------------------------------------------------------

Sentence = Callable[[int, "Event", Facts], tuple[str, str]]


def _visit(event_id: int, event: BookingEvent, facts: Facts, at: datetime | None = None) -> str:
    visit = facts.visits.get(event.booking_id)
    if visit is None:
        return "a visit"
    return f"{visit.what}, {wording.moment(at or visit.start_at(event_id), facts.zone)}"


def _by(name: str) -> str:
    """“ by Priya Raman”; nothing for the customer, whose own doing it is."""
    return f" by {name}" if name and name != CUSTOMER else ""


def _requested(event_id: int, event: BookingRequested, facts: Facts) -> tuple[str, str]:
    verb = "Asked for" if event.needs_approval else "Booked"
    return f"{verb}{_by(event.by)}: {_visit(event_id, event, facts)}", _booking(event)


def _confirmed(event_id: int, event: BookingConfirmed, facts: Facts) -> tuple[str, str]:
    return f"Confirmed{_by(event.by)}: {_visit(event_id, event, facts)}", _booking(event)


def _rescheduled(event_id: int, event: BookingRescheduled, facts: Facts) -> tuple[str, str]:
    was = wording.moment(event.was_at, facts.zone)
    return f"Moved{_by(event.by)}: {_visit(event_id, event, facts, event.starts_at)}; it was {was}", _booking(event)


def _reassigned(event_id: int, event: BookingReassigned, facts: Facts) -> tuple[str, str]:
    return (
        f"Now with {event.staff}{_by(event.by)}: {_visit(event_id, event, facts)}; it was {event.was_staff}",
        _booking(event),
    )


def _resized(event_id: int, event: BookingResized, facts: Facts) -> tuple[str, str]:
    now, was = wording.duration(event.minutes), wording.duration(event.was_minutes)
    return f"Takes {now} now{_by(event.by)}: {_visit(event_id, event, facts)}; it was {was}", _booking(event)


def _restored(event_id: int, event: BookingRestored, facts: Facts) -> tuple[str, str]:
    return f"Takes place after all{_by(event.by)}: {_visit(event_id, event, facts)}", _booking(event)


def _clock_agreed(event_id: int, event: BookingClockAgreed, facts: Facts) -> tuple[str, str]:
    return f"New time on the clock agreed{_by(event.by)}: {_visit(event_id, event, facts, event.starts_at)}", _booking(
        event
    )


def _cancelled(event_id: int, event: BookingCancelled, facts: Facts) -> tuple[str, str]:
    reason = f". Reason: {event.reason}" if event.reason else ""
    return f"Cancelled{_by(event.by)}: {_visit(event_id, event, facts, event.was_at)}{reason}", _booking(event)


def _checked_in(event_id: int, event: BookingCheckedIn, facts: Facts) -> tuple[str, str]:
    return f"Checked in{_by(event.by)}: {_visit(event_id, event, facts)}", _booking(event)


def _completed(event_id: int, event: BookingCompleted, facts: Facts) -> tuple[str, str]:
    return f"Visit completed{_by(event.by)}: {_visit(event_id, event, facts)}", _booking(event)


def _no_show(event_id: int, event: BookingNoShow, facts: Facts) -> tuple[str, str]:
    return f"Did not come, noted{_by(event.by)}: {_visit(event_id, event, facts)}", _booking(event)


def _booking(event: BookingEvent) -> str:
    return f"/app/bookings/?booking={event.booking_id}"


def _wait_sentence(verb: str) -> Sentence:
    """`{by}`, `{what}` and, of an offer, `{when}` are filled in."""

    def sentence(event_id: int, event: Event, facts: Facts) -> tuple[str, str]:
        assert isinstance(event, WaitlistEvent)
        when = wording.moment(event.starts_at, facts.zone) if isinstance(event, OfferEvent) else ""
        what = facts.waits.get(event.entry_id, "a service")
        return verb.format(by=_by(getattr(event, "by", "")), what=what, when=when), "/app/waitlist/"

    return sentence


def _form_sentence(verb: str) -> Sentence:
    def sentence(event_id: int, event: Event, facts: Facts) -> tuple[str, str]:
        assert isinstance(event, FormEvent)
        name = facts.forms.get(event.request_id, "a form")
        return verb.format(name), f"/app/forms/?request={event.request_id}"

    return sentence


def _created(event_id: int, event: ContactCreated, facts: Facts) -> tuple[str, str]:
    return ARRIVALS.get(event.source, f"Became a contact ({event.source})"), ""


def _stage_changed(event_id: int, event: ContactStageChanged, facts: Facts) -> tuple[str, str]:
    was, now = state(f"lead.{event.was}").word, state(f"lead.{event.stage}").word
    return f"Stage {was} → {now}, by {_person_or_rule(event.by)}", ""


def _person_or_rule(by: str) -> str:
    """“Priya Raman”, “automation: Lead booked”."""
    rule = RULES.get(by.removeprefix("automation: ")) if by.startswith("automation: ") else None
    return f"automation: {rule.name}" if rule else by


def _resumed(event_id: int, event: AutomationResumed, facts: Facts) -> tuple[str, str]:
    return f"{facts.members.get(event.member_id, 'Somebody')} resumed automation", ""


def _closed(event_id: int, event: ConversationClosed, facts: Facts) -> tuple[str, str]:
    return f"{facts.members.get(event.member_id, 'Somebody')} closed the conversation", ""


SENTENCES: dict[type[Event], Callable[..., tuple[str, str]]] = {
    BookingRequested: _requested,
    BookingConfirmed: _confirmed,
    BookingRescheduled: _rescheduled,
    BookingReassigned: _reassigned,
    BookingResized: _resized,
    BookingRestored: _restored,
    BookingClockAgreed: _clock_agreed,
    BookingCancelled: _cancelled,
    BookingCheckedIn: _checked_in,
    BookingCompleted: _completed,
    BookingNoShow: _no_show,
    WaitlistJoined: _wait_sentence("Put on the waitlist{by}: {what}"),
    WaitlistLeft: _wait_sentence("Taken off the waitlist{by}: {what}"),
    WaitlistDaysOver: _wait_sentence("The days waited for are over: {what}"),
    WaitlistOffered: _wait_sentence("Offered from the waitlist: {what}, {when}"),
    WaitlistAccepted: _wait_sentence("Took the offer from the waitlist: {what}, {when}"),
    WaitlistDeclined: _wait_sentence("Declined the offer from the waitlist{by}: {what}, {when}"),
    WaitlistLapsed: _wait_sentence("Did not answer the offer from the waitlist: {what}, {when}"),
    FormRequested: _form_sentence("Asked to fill in {}"),
    FormSubmitted: _form_sentence("Filled in {}"),
    FormOverdue: _form_sentence("{} is overdue"),
    FormWaived: _form_sentence("{} was waived"),
    ContactCreated: _created,
    ContactStageChanged: _stage_changed,
    AutomationResumed: _resumed,
    ConversationClosed: _closed,
}
