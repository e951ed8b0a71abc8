"""What will go out, derived from rules and bookings and never stored: the message plan, and what a reply would stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from careops_app.automation.conditions import FORM_REMINDER_MINUTES
from careops_app.automation.models import RuleSetting
from careops_app.bookings.models import Booking, BookingStatus, Service
from careops_app.forms.models import Form, FormRequest
from careops_app.inbox.queries import MessageRow, Planned, messages_about, planned
from careops_app.infra import clock, wording
from careops_app.infra.db import InWorkspace, load, workspace_of
from careops_app.infra.outbox import OutboxEvent


@dataclass(frozen=True)
class PlanLine:
    """One message of a booking: gone, waiting, held, or still to come (`message_id` None). `state_key`: infra.states."""

    when: datetime
    what: str
    channel: str
    state_key: str
    reason: str
    message_id: int | None
    rule: str


def message_plan(session: Session, scope: InWorkspace | int, booking_id: int) -> list[PlanLine]:
    """Everything that went or will go out about a booking and its forms, in order. Raises NotFound."""
    booking = load(session, Booking, booking_id)
    requests = session.exec(select(FormRequest.id).where(FormRequest.booking_id == booking_id)).all()
    written = list(messages_about(session, scope, "booking", booking_id))
    if booking.group_id is not None:
        written += messages_about(session, scope, "booking_group", booking.group_id)
    for request_id in requests:
        written += messages_about(session, scope, "form_request", request_id)
    coming = [*_reminders(session, [booking]), *_form_reminders(session, workspace_of(scope), booking.contact_id)]
    mine = [each for each in coming if each.about == "booking" or each.about_id in requests]
    return sorted([*map(_written, written), *map(_coming, mine)], key=lambda line: line.when)


def _written(message: MessageRow) -> PlanLine:
    return PlanLine(
        message.sent_at or message.due_at or message.at, message.what, message.channel or "", message.state_key,
        message.reason, message.id, message.why.rule if message.why else "",
    )  # fmt: skip


def _coming(each: Planned) -> PlanLine:
    rule = "booking-reminder" if each.is_reminder else "form-reminder"
    return PlanLine(each.when, each.what, each.channel or "", "message.planned", "", None, rule)


@planned("booking-reminder")
def upcoming_reminders(session: Session, workspace_id: int, contact_id: int) -> list[Planned]:
    """Reminders of this contact's confirmed bookings whose moment has not come."""
    bookings = session.exec(
        select(Booking)
        .where(
            Booking.contact_id == contact_id, Booking.status == BookingStatus.CONFIRMED, Booking.starts_at > clock.now()
        )
        .order_by(col(Booking.starts_at))
        .limit(20)
    )
    return _reminders(session, list(bookings))


@planned("form-reminder")
def upcoming_form_reminders(session: Session, workspace_id: int, contact_id: int) -> list[Planned]:
    """Form reminders of this contact whose moment has not come."""
    return _form_reminders(session, workspace_id, contact_id)


def _reminders(session: Session, bookings: list[Booking]) -> list[Planned]:
    if not _is_on(session, "booking-reminder"):
        return []
    return [
        each
        for booking in bookings
        if booking.status == BookingStatus.CONFIRMED
        for each in _of_booking(session, booking)
    ]


def _of_booking(session: Session, booking: Booking) -> list[Planned]:
    offsets = load(session, Service, booking.service_id).reminder_offsets
    due = [(minutes, booking.starts_at - timedelta(minutes=minutes)) for minutes in offsets]
    told = _announced(session, [f"reminder:{booking.id}:{booking.revision}:{minutes}" for minutes in offsets])
    return [
        Planned(at, f"Reminder, {wording.before(minutes)} before", None, True, "booking", booking.id)
        for minutes, at in due
        if at > clock.now() and f"reminder:{booking.id}:{booking.revision}:{minutes}" not in told
    ]


def _announced(session: Session, names: list[str]) -> set[str | None]:
    return set(session.exec(select(OutboxEvent.once).where(col(OutboxEvent.once).in_(names))))


def _form_reminders(session: Session, workspace_id: int, contact_id: int) -> list[Planned]:
    setting = session.exec(select(RuleSetting).where(RuleSetting.rule == "form-reminder")).first()
    if setting is not None and not setting.enabled:
        return []
    before = timedelta(minutes=(setting.delay_minutes if setting else None) or FORM_REMINDER_MINUTES)
    rows = session.exec(
        select(FormRequest, Form.name)
        .join(Form, col(Form.id) == FormRequest.form_id)
        .where(
            FormRequest.contact_id == contact_id, col(FormRequest.submitted_at).is_(None),
            col(FormRequest.waived_at).is_(None), col(FormRequest.withdrawn_at).is_(None),
            col(FormRequest.sent_at).is_not(None), FormRequest.due_at > clock.now() + before,
            FormRequest.created_at <= FormRequest.due_at - before,
        )
        .limit(20)
    )  # fmt: skip
    return [
        Planned(request.due_at - before, f"Form reminder, {name}", None, False, "form_request", request.id)
        for request, name in rows
    ]


def _is_on(session: Session, rule: str) -> bool:
    setting = session.exec(select(RuleSetting).where(RuleSetting.rule == rule)).first()
    return setting is None or setting.enabled
