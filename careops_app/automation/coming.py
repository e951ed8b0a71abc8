"""Messages that are not written yet but will be: derived from rules, bookings and forms whenever somebody looks.

What is shown here is what the timers and the dispatcher will do; tests/journeys/test_message_plan.py holds them to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from careops_app.automation import plan_changes, reminders, stops, subjects
from careops_app.automation.plan_changes import Change, PlanKey
from careops_app.automation.reasons import in_words
from careops_app.automation.rules import RULES
from careops_app.automation.terms import Step, Terms
from careops_app.automation.versions import Reader
from careops_app.bookings.models import Booking, BookingStatus
from careops_app.forms.models import Form, FormRequest
from careops_app.inbox import rules as inbox_rules
from careops_app.inbox.models import Conversation
from careops_app.inbox.sending import pause_of
from careops_app.infra import clock, wording
from careops_app.infra.outbox import OutboxEvent

REMINDER, FORM_REMINDER = "booking-reminder", "form-reminder"
AFTERWARDS: dict[str, tuple[BookingStatus, str]] = {
    "follow-up": (BookingStatus.COMPLETED, "booking.completed"),
    "no-show-message": (BookingStatus.NO_SHOW, "booking.no_show"),
}
"""Rules that act some time after a visit: how it must have ended, and the event that tells of it."""
IF_COMPLETED = "Once the visit is completed"


@dataclass(frozen=True)
class Coming:
    """One planned message. `reason`: why it will not go, or what it waits for. `sure`: nothing else has to happen first."""

    when: datetime
    what: str
    contact_id: int
    key: PlanKey
    step: Step
    change: Change | None = None
    stopped: str = ""
    reason: str = ""
    sure: bool = True

    @property
    def will_go(self) -> bool:
        """Whether it is sent when its moment comes, if nothing changes."""
        return self.sure and not self.stopped


def of_bookings(session: Session, bookings: Sequence[Booking]) -> list[Coming]:
    """What will go out about these bookings, soonest first."""
    found = [*_reminders(session, bookings), *_follow_ups(session, bookings)]
    return _decided(session, "booking", found)


def of_forms(session: Session, requests: Sequence[FormRequest]) -> list[Coming]:
    """What will go out about these forms, soonest first."""
    rules = Reader(session)
    found = [one for request in requests for one in _form_reminder(session, rules, request)]
    return _decided(session, "form_request", found)


def _terms(rules: Reader, rule: str, service_id: int | None, since: datetime) -> Terms | None:
    terms = rules.terms_for(rule, service_id, since)
    return terms if terms.enabled and not terms.dropped else None


def _reminders(session: Session, bookings: Sequence[Booking]) -> list[Coming]:
    now = clock.now()
    open_ones = [one for one in bookings if one.status == BookingStatus.CONFIRMED and one.starts_at > now]
    found: list[tuple[Booking, Step, Terms]] = []
    rules = Reader(session)
    for booking in open_ones:
        since = subjects.planned_since(booking)
        terms = _terms(rules, REMINDER, booking.service_id, since)
        found += [(booking, step, terms) for step in terms.steps if _in_time(booking, step, since)] if terms else []
    told = reminders.announced(session, {reminders.name_of(booking, step.minutes) for booking, step, _ in found})
    return [
        _of_booking(booking, step, booking.starts_at - timedelta(minutes=step.minutes), REMINDER)
        for booking, step, terms in found
        if reminders.name_of(booking, step.minutes) not in told
        and not reminders.lately(session, booking, terms.steps, step.minutes)
    ]


def _in_time(booking: Booking, step: Step, since: datetime) -> bool:
    """Its moment had not passed when it was planned, and is not so long past that it would be left out."""
    moment = booking.starts_at - timedelta(minutes=step.minutes)
    useful = reminders.useful_until(booking.starts_at, step.minutes)
    return moment >= max(since, step.since or since) and clock.now() <= useful


def _of_booking(booking: Booking, step: Step, when: datetime, rule: str, *, sure: bool = True) -> Coming:
    lead = wording.before(step.minutes)
    what = f"Reminder, {lead} before" if rule == REMINDER else f"{RULES[rule].name}, {lead} after"
    key = PlanKey("booking", booking.id, rule, step.minutes)
    return Coming(when, what, booking.contact_id, key, step, reason="" if sure else IF_COMPLETED, sure=sure)


def _follow_ups(session: Session, bookings: Sequence[Booking]) -> list[Coming]:
    found: list[Coming] = []
    rules = Reader(session)
    for booking in bookings:
        for rule, (status, told_by) in AFTERWARDS.items():
            if booking.status == status:
                found += _after(session, rules, booking, rule, _told_at(session, booking, told_by))
            elif status == BookingStatus.COMPLETED and booking.status in (
                BookingStatus.CONFIRMED,
                BookingStatus.CHECKED_IN,
            ):
                found += _afterwards(rules, booking, rule)
    return found


def _told_at(session: Session, booking: Booking, name: str) -> datetime | None:
    """When it was first told that the visit had ended so: the follow-up goes once, counted from there."""
    return session.exec(
        select(OutboxEvent.at)
        .where(OutboxEvent.workspace_id == booking.workspace_id, OutboxEvent.booking_id == booking.id)
        .where(OutboxEvent.name == name)
        .order_by(col(OutboxEvent.id).desc())
    ).first()


def _after(
    session: Session, rules: Reader, booking: Booking, rule: str, since: datetime | None
) -> list[Coming]:  # fmt: skip
    terms = _terms(rules, rule, booking.service_id, since) if since else None
    if since is None or terms is None:
        return []
    due = [(step, since + timedelta(minutes=step.minutes)) for step in terms.steps]
    told = reminders.announced(session, {f"{rule}:{booking.id}:{step.minutes}" for step in terms.steps})
    return [
        _of_booking(booking, step, when, rule)
        for step, when in due
        if f"{rule}:{booking.id}:{step.minutes}" not in told
        and when > clock.now() - timedelta(days=1)
        and (step.since is None or step.since <= when)
    ]


def _afterwards(rules: Reader, booking: Booking, rule: str) -> list[Coming]:
    """What will follow if the visit is completed when it ends."""
    ends = max(booking.ends_at, clock.now())
    terms = _terms(rules, rule, booking.service_id, ends)
    steps = terms.steps if terms else ()
    return [
        _of_booking(booking, step, ends + timedelta(minutes=step.minutes), rule, sure=False) for step in steps
    ]  # fmt: skip


def _form_reminder(session: Session, rules: Reader, request: FormRequest) -> list[Coming]:
    done = request.submitted_at or request.waived_at or request.withdrawn_at
    if done or request.sent_at is None or request.due_at <= clock.now():
        return []
    service_id = subjects.service_of_booking(session, request.booking_id)
    terms = _terms(rules, FORM_REMINDER, service_id, request.created_at)
    step = terms.step(None) if terms else None
    if step is None:
        return []
    moment = request.due_at - timedelta(minutes=step.minutes)
    name = f"form-due-soon:{request.id}:{int(request.due_at.timestamp())}"
    if moment < max(request.created_at, step.since or request.created_at) or reminders.announced(session, {name}):
        return []
    form = session.exec(select(Form.name).where(Form.id == request.form_id)).one()
    key = PlanKey("form_request", request.id, FORM_REMINDER, step.minutes)
    return [Coming(moment, f"Form reminder, {form}", request.contact_id, key, step)]


def _decided(session: Session, about: str, found: list[Coming]) -> list[Coming]:
    """With what the team decided about each, and what stops it."""
    changes = plan_changes.of_records(session, about, [one.key.about_id for one in found]) if found else {}
    holds = {contact: _hold(session, contact) for contact in {one.contact_id for one in found}}
    marked = [_marked(one, changes.get(one.key), *holds[one.contact_id]) for one in found]
    return sorted(marked, key=lambda one: one.when)


def _hold(session: Session, contact_id: int) -> tuple[str | None, Conversation | None]:
    conversation = session.exec(select(Conversation).where(Conversation.contact_id == contact_id)).first()
    return stops.stopped_for(session, contact_id), conversation


def _marked(one: Coming, change: Change | None, stop: str | None, conversation: Conversation | None) -> Coming:
    stopped, reason = "", one.reason
    if change is not None and change.skips:
        stopped, reason = "skipped", f"Skipped by {change.by}"
    elif stop == stops.CONTACT_STOPPED:
        stopped, reason = "skipped", in_words(stop)
    elif stop == stops.STOPPED:
        stopped, reason = "waits", "Waits until automation goes on"
    elif conversation is not None and not _may_go(conversation, one.key.rule):
        stopped, reason = "held", "Will be held: somebody on the team replied"
    elif change is not None:
        reason = f"Reworded by {change.by}"
    return Coming(one.when, one.what, one.contact_id, one.key, one.step, change, stopped, reason, one.sure)


def _may_go(conversation: Conversation, rule: str) -> bool:
    return inbox_rules.may_automate(
        pause_of(conversation), stops_on_reply=RULES[rule].stops_on_reply, template=RULES[rule].template,
        epoch=conversation.epoch,
    )  # fmt: skip
