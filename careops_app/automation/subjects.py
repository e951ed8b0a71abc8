"""What an event is about, as far as rules differ: the service, since when it was planned, and which moment has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from careops_app.bookings.models import Booking
from careops_app.bookings.waitlist_models import WaitlistEntry, WaitlistOffer
from careops_app.events import (
    BookingEvent,
    BookingFollowUpDue,
    BookingGroupEvent,
    BookingNoShowDue,
    BookingReminderDue,
    BookingReminderMissed,
    Event,
    FormDueSoon,
    FormEvent,
    LinkRequested,
    WaitlistEvent,
)
from careops_app.forms.models import FormRequest
from careops_app.infra import outbox
from careops_app.infra.outbox import OutboxEvent

FOLLOW_UPS = (BookingFollowUpDue, BookingNoShowDue)
WITH_LEAD = (BookingReminderDue, BookingReminderMissed, *FOLLOW_UPS)


@dataclass(frozen=True)
class RuleSubject:
    """`since`: when the message was planned, which decides about the version. `minutes` None: the rule has one moment."""

    service_id: int | None
    since: datetime
    minutes: int | None = None


def subject_of(session: Session, row: OutboxEvent) -> RuleSubject:
    """What the event of this row is about."""
    event = outbox.told(row)
    return RuleSubject(
        _service(session, event), _since(session, event) or row.at,
        event.offset_minutes if isinstance(event, WITH_LEAD) else None,
    )  # fmt: skip


def planned_since(booking: Booking) -> datetime:
    """When the reminders of a booking were planned: with its present time."""
    return booking.moved_at or booking.created_at


def _since(session: Session, event: Event) -> datetime | None:
    if isinstance(event, FOLLOW_UPS):
        return event.since
    if isinstance(event, BookingReminderDue | BookingReminderMissed):
        booking = session.get(Booking, event.booking_id)
        return planned_since(booking) if booking else None
    if isinstance(event, FormDueSoon):
        request = session.get(FormRequest, event.request_id)
        return request.created_at if request else None
    return None


def _service(session: Session, event: Event) -> int | None:
    match event:
        case BookingEvent() | FormEvent() | LinkRequested():
            return service_of_booking(session, _booking_of(session, event))
        case BookingGroupEvent():
            return service_of_booking(session, event.visits[0][0] if event.visits else None)
        case WaitlistEvent():
            entry = session.get(WaitlistEntry, event.entry_id)
            return entry.service_id if entry else None
    return None


def _booking_of(session: Session, event: BookingEvent | FormEvent | LinkRequested) -> int | None:
    if isinstance(event, FormEvent):
        request = session.get(FormRequest, event.request_id)
        return request.booking_id if request else None
    return event.booking_id


def service_of_booking(session: Session, booking_id: int | None) -> int | None:
    """The service of a booking; None for none."""
    booking = session.get(Booking, booking_id) if booking_id else None
    return booking.service_id if booking else None


def service_of_record(session: Session, about: str | None, about_id: int | None) -> int | None:
    """The service of what a message is about; None when it is about none."""
    if about_id is None:
        return None
    match about:
        case "booking":
            return service_of_booking(session, about_id)
        case "booking_group":
            return session.exec(select(Booking.service_id).where(Booking.group_id == about_id).limit(1)).first()
        case "form_request":
            request = session.get(FormRequest, about_id)
            return service_of_booking(session, request.booking_id) if request else None
        case "waitlist_entry" | "waitlist_offer":
            return _service_of_wish(session, about, about_id)
    return None


def _service_of_wish(session: Session, about: str, about_id: int) -> int | None:
    offer = session.get(WaitlistOffer, about_id) if about == "waitlist_offer" else None
    entry = session.get(WaitlistEntry, offer.entry_id if offer else about_id)
    return entry.service_id if entry else None
