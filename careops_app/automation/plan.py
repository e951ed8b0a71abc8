"""What goes out about a booking, and what a reply would stop: what is written already, and what is coming."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from careops_app.automation import coming
from careops_app.automation.coming import Coming
from careops_app.automation.plan_changes import PlanKey
from careops_app.automation.terms import Via
from careops_app.bookings.models import Booking, BookingStatus
from careops_app.forms.models import FormRequest
from careops_app.inbox.models import ChannelKind, Message, MessageState
from careops_app.inbox.thread_queries import MessageRow, Planned, messages_about, planned
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace, load

SHOWN_CHANNEL = {Via.EMAIL: ChannelKind.EMAIL, Via.SMS: ChannelKind.SMS}
STATE = {"skipped": "message.skipped", "held": "message.held"}
WAITING = frozenset({MessageState.QUEUED, MessageState.HELD})


@dataclass(frozen=True)
class PlanLine:
    """One message of a booking: gone, waiting, held, or still to come (`message_id` None). `state_key`: infra.states.

    `key` names it for those who skip or reword it; None when it is too late for that. `skipped`: by somebody on the team.
    """

    when: datetime
    what: str
    channel: str
    state_key: str
    reason: str
    message_id: int | None
    rule: str
    key: PlanKey | None = None
    skipped: bool = False
    reworded: bool = False
    sure: bool = True


def message_plan(session: Session, scope: InWorkspace | int, booking_id: int) -> list[PlanLine]:
    """Everything that went or will go out about a booking and its forms, in order. Raises NotFound."""
    booking = load(session, Booking, booking_id)
    requests = list(session.exec(select(FormRequest).where(FormRequest.booking_id == booking_id)))
    written = list(messages_about(session, scope, "booking", booking_id))
    if booking.group_id is not None:
        written += messages_about(session, scope, "booking_group", booking.group_id)
    for request in requests:
        written += messages_about(session, scope, "form_request", request.id)
    keys = _keys(session, [message.id for message in written])
    to_come = [*coming.of_bookings(session, [booking]), *coming.of_forms(session, requests)]
    lines = [*(_written(message, keys.get(message.id)) for message in written), *map(_coming, to_come)]
    return sorted(lines, key=lambda line: line.when)


def _keys(session: Session, ids: list[int]) -> dict[int, PlanKey]:
    """Of written messages those that have not left: how they are named in the plan."""
    rows = session.exec(
        select(Message).where(
            col(Message.id).in_(ids), col(Message.state).in_(WAITING), col(Message.rule).is_not(None),
            col(Message.step_minutes).is_not(None),
        )
    )  # fmt: skip
    return {
        row.id: PlanKey(row.about or "", row.about_id or 0, row.rule or "", row.step_minutes or 0) for row in rows
    }  # fmt: skip


def _written(message: MessageRow, key: PlanKey | None) -> PlanLine:
    return PlanLine(
        message.sent_at or message.due_at or message.at, message.what, message.channel or "", message.state_key,
        message.reason, message.id, message.why.rule if message.why else "", key,
    )  # fmt: skip


def _coming(one: Coming) -> PlanLine:
    return PlanLine(
        one.when, one.what, SHOWN_CHANNEL.get(one.step.via, ""), STATE.get(one.stopped, "message.planned"), one.reason,
        None, one.key.rule, one.key, one.change is not None and one.change.skips,
        one.change is not None and not one.change.skips, one.sure,
    )  # fmt: skip


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
    return _stoppable(coming.of_bookings(session, list(bookings)), "booking-reminder")


@planned("form-reminder")
def upcoming_form_reminders(session: Session, workspace_id: int, contact_id: int) -> list[Planned]:
    """Form reminders of this contact whose moment has not come."""
    requests = session.exec(
        select(FormRequest)
        .where(
            FormRequest.contact_id == contact_id, col(FormRequest.submitted_at).is_(None),
            col(FormRequest.waived_at).is_(None), col(FormRequest.withdrawn_at).is_(None),
            FormRequest.due_at > clock.now(),
        )
        .limit(20)
    )  # fmt: skip
    return _stoppable(coming.of_forms(session, list(requests)), "form-reminder")


def _stoppable(found: list[Coming], rule: str) -> list[Planned]:
    return [
        Planned(
            one.when, one.what, SHOWN_CHANNEL.get(one.step.via), rule == "booking-reminder", one.key.about,
            one.key.about_id,
        )
        for one in found
        if one.sure and one.stopped != "skipped" and one.key.rule == rule
    ]  # fmt: skip
