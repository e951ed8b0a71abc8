"""The `when`s: pure questions over what is known now. Each returns None when it holds, else why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlmodel import Session, col, select

from careops_app.automation import reminders, values
from careops_app.automation.occasion import Occasion
from careops_app.bookings.models import Booking, BookingStatus
from careops_app.bookings.waitlist import OPEN
from careops_app.bookings.waitlist_models import OfferOutcome, WaitlistEntry, WaitlistOffer
from careops_app.bookings.waitlist_queries import waits_on
from careops_app.contacts.models import Contact, Stage
from careops_app.events import (
    BookingCancelled,
    BookingClockAgreed,
    BookingConfirmed,
    BookingEvent,
    BookingGroupCancelled,
    BookingGroupConfirmed,
    BookingGroupEvent,
    BookingGroupRequested,
    BookingGroupRescheduled,
    BookingReassigned,
    BookingReminderMissed,
    BookingRequested,
    BookingRescheduled,
)
from careops_app.forms.models import FormRequest, ServiceForm
from careops_app.inbox.models import Conversation, Message, MessageState
from careops_app.infra import clock, outbox
from careops_app.infra.outbox import OutboxEvent

FORM_REMINDER_MINUTES = 48 * 60
ALERT_BEFORE = timedelta(hours=48)


def is_new_contact(session: Session, occasion: Occasion) -> str | None:
    return None if occasion.event.new_contact else "known_contact"


def not_covered_by_confirmation(session: Session, occasion: Occasion) -> str | None:
    return "covered_by_confirmation" if isinstance(occasion.event, BookingRequested) else None


def in_time(session: Session, occasion: Occasion) -> str | None:
    return "too_late" if isinstance(occasion.event, BookingReminderMissed) else None


TOLD_BY: dict[type[BookingEvent], type[BookingGroupEvent]] = {
    BookingRequested: BookingGroupRequested,
    BookingConfirmed: BookingGroupConfirmed,
    BookingRescheduled: BookingGroupRescheduled,
    BookingReassigned: BookingGroupRescheduled,
    BookingClockAgreed: BookingGroupRescheduled,
    BookingCancelled: BookingGroupCancelled,
}
"""What happened to one booking, and what tells it when it happened to several of its group at once."""


def not_covered_by_group(session: Session, occasion: Occasion) -> str | None:
    """Holds unless a message about several bookings, written in the same transaction, tells of this one too."""
    event = occasion.event
    booking = session.get(Booking, event.booking_id)
    if booking is None or booking.group_id is None:
        return None
    rows = session.exec(
        select(OutboxEvent).where(
            OutboxEvent.workspace_id == occasion.workspace_id, OutboxEvent.contact_id == event.contact_id,
            OutboxEvent.name == TOLD_BY[type(event)].name,
        )
    )  # fmt: skip
    told = {visit for row in rows for visit in getattr(outbox.told(row), "visits", ())}
    return "covered_by_group" if (event.booking_id, event.revision) in told else None


def group_is_current(session: Session, occasion: Occasion) -> str | None:
    """Holds while one of the bookings is still as the event tells of it."""
    return None if values.visits_as_told(session, occasion.event) else "booking_changed_since"


def forms_not_asked_with_group(session: Session, occasion: Occasion) -> str | None:
    """A series asks for the forms of its service once: with the first of its bookings that is not cancelled."""
    booking = session.get(Booking, occasion.event.booking_id)
    if booking is None or booking.group_id is None:
        return None
    earlier = session.exec(
        select(Booking.id).where(
            Booking.group_id == booking.group_id, Booking.service_id == booking.service_id, Booking.id < booking.id,
            Booking.status != BookingStatus.CANCELLED,
        )
    ).first()  # fmt: skip
    return "asked_with_first_of_group" if earlier else None


def booking_is_current(session: Session, occasion: Occasion) -> str | None:
    booking = session.get(Booking, occasion.event.booking_id)
    return None if booking is not None and booking.revision == occasion.event.revision else "booking_changed_since"


def booking_is_confirmed(session: Session, occasion: Occasion) -> str | None:
    booking = session.get(Booking, occasion.event.booking_id)
    return None if booking is not None and booking.status == BookingStatus.CONFIRMED else "booking_not_confirmed"


def booking_is(status: BookingStatus) -> Callable[[Session, Occasion], str | None]:
    """Holds while the booking has this status; it may have been taken back meanwhile."""

    def condition(session: Session, occasion: Occasion) -> str | None:
        booking = session.get(Booking, occasion.event.booking_id)
        return None if booking is not None and booking.status == status else "visit_taken_back"

    return condition


def not_reminded_lately(session: Session, occasion: Occasion) -> str | None:
    """Holds unless a moment that the rule no longer has reminded of the visit a short time before this one."""
    booking = session.get(Booking, occasion.event.booking_id)
    if booking is None:
        return None
    lately = reminders.lately(session, booking, occasion.terms.steps, occasion.minutes)
    return "reminded_lately" if lately else None


def booking_is_pending(session: Session, occasion: Occasion) -> str | None:
    booking = session.get(Booking, occasion.event.booking_id)
    return None if booking is not None and booking.status == BookingStatus.PENDING else "already_decided"


def booking_starts_within_48_hours(session: Session, occasion: Occasion) -> str | None:
    booking = session.get(Booking, occasion.event.booking_id) if occasion.event.booking_id else None
    if booking is None:
        return "not_about_a_booking"
    return None if clock.now() <= booking.starts_at <= clock.now() + ALERT_BEFORE else "booking_not_within_48_hours"


def somebody_waits(session: Session, occasion: Occasion) -> str | None:
    booking = session.get(Booking, occasion.event.booking_id)
    waiting = booking is not None and waits_on(session, occasion.workspace_id, booking.service_id)
    return None if waiting else "nobody_waits"


def start_became_free(session: Session, occasion: Occasion) -> str | None:
    """A visit that only became longer or shorter frees no start."""
    event = occasion.event
    stays = isinstance(event, BookingRescheduled) and event.was_at == event.starts_at
    return "nothing_became_free" if stays else None


def offer_stands(session: Session, occasion: Occasion) -> str | None:
    offer = session.get(WaitlistOffer, occasion.event.offer_id)
    stands = offer is not None and offer.outcome == OfferOutcome.OPEN and offer.expires_at > clock.now()
    return None if stands else "offer_over"


def still_waits(session: Session, occasion: Occasion) -> str | None:
    entry = session.get(WaitlistEntry, occasion.event.entry_id)
    return None if entry is not None and entry.status in OPEN else "no_longer_waiting"


def needs_approval(session: Session, occasion: Occasion) -> str | None:
    return None if occasion.event.needs_approval else "no_approval_needed"


def service_has_forms(session: Session, occasion: Occasion) -> str | None:
    booking = session.get(Booking, occasion.event.booking_id)
    linked = (
        booking and session.exec(select(ServiceForm.id).where(ServiceForm.service_id == booking.service_id)).first()
    )
    return None if linked else "service_has_no_forms"


def form_was_asked_by_staff(session: Session, occasion: Occasion) -> str | None:
    return None if occasion.event.by_staff else "sent_with_the_booking"


def form_is_pending(session: Session, occasion: Occasion) -> str | None:
    request = session.get(FormRequest, occasion.event.request_id)
    if request is None or request.withdrawn_at or request.waived_at:
        return "form_withdrawn_or_waived"
    return "form_already_completed" if request.submitted_at else None


def form_was_asked_before_reminder(session: Session, occasion: Occasion) -> str | None:
    request = session.get(FormRequest, occasion.event.request_id)
    step = occasion.step
    if request is None or step is None:
        return "too_late"
    moment = request.due_at - timedelta(minutes=step.minutes)
    late = request.created_at > moment or (step.since is not None and step.since > moment)
    return "too_late" if late else None


def stage_is(*stages: Stage) -> Callable[[Session, Occasion], str | None]:
    """Holds while the contact is at one of these stages."""

    def condition(session: Session, occasion: Occasion) -> str | None:
        contact = session.get(Contact, occasion.event.contact_id)
        return None if contact is not None and contact.stage in stages else "stage_already_passed"

    return condition


def still_unanswered(session: Session, occasion: Occasion) -> str | None:
    conversation = session.get(Conversation, occasion.event.conversation_id)
    waiting = conversation is not None and conversation.waiting_since == occasion.event.since
    return None if waiting else "answered_meanwhile"


def message_is_held(session: Session, occasion: Occasion) -> str | None:
    state = session.exec(select(Message.state).where(col(Message.id) == occasion.event.message_id)).first()
    return None if state == MessageState.HELD else "no_longer_held"
