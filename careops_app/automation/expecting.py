"""“Expected a message?”: what every rule that writes to customers did about a booking or a contact, and what it did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from careops_app.automation.explaining import Look, looks
from careops_app.automation.models import RunState
from careops_app.automation.plan import message_plan
from careops_app.automation.rules import RULES, Group, Rule
from careops_app.bookings.models import Booking, Service
from careops_app.contacts.models import Contact
from careops_app.inbox.models import MessageState
from careops_app.inbox.thread_queries import Planned, upcoming
from careops_app.infra.db import load
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace.access import Actor, Permission, require

MOST_EVENTS = 200  # of the newest: what happened before is in the log
ARRIVED = frozenset({MessageState.SENT, MessageState.DELIVERED})
UNDER_WAY = frozenset({MessageState.QUEUED, MessageState.SENDING})


@dataclass(frozen=True)
class Coming:
    """A message that is planned; `reason`: why it will not go, or what has to happen first."""

    when: datetime
    what: str
    rule: str
    reason: str = ""


@dataclass(frozen=True)
class Idle:
    """A rule that had no reason to look; `waits_for` are the events it listens to."""

    rule: str
    rule_name: str
    sentence: str
    waits_for: tuple[str, ...]


@dataclass(frozen=True)
class Expected:
    """All of it, the newest first. `is_whole` False: only the newest events were read."""

    about: str
    contact_id: int
    not_sent: tuple[Look, ...]
    sent: tuple[Look, ...]
    coming: tuple[Coming, ...]
    idle: tuple[Idle, ...]
    is_whole: bool


def writes_to_customers(rule: Rule) -> bool:
    return rule.template is not None and rule.group in (Group.SIX, Group.CUSTOMER) and rule.key != "restock-alert"


WRITERS: dict[str, Rule] = {key: rule for key, rule in RULES.items() if writes_to_customers(rule)}
"""The rules that write to customers."""


def expected_of_booking(session: Session, actor: Actor, booking_id: int) -> Expected:
    """What was and was not sent about one booking. Raises Forbidden, NotFound."""
    require(actor, Permission.BOOKINGS)
    booking = load(session, Booking, booking_id)
    events = _events(session, booking)
    plan = message_plan(session, actor, booking_id)
    coming = tuple(Coming(line.when, line.what, line.rule, line.reason) for line in plan if line.message_id is None)
    contact, service = load(session, Contact, booking.contact_id), load(session, Service, booking.service_id)
    return _expected(
        session, actor, f"{contact.name}, {service.name}, {booking.reference}", booking.contact_id, events, coming
    )


def expected_of_contact(session: Session, actor: Actor, contact_id: int) -> Expected:
    """What was and was not sent to one contact. Raises Forbidden, NotFound."""
    require(actor, Permission.INBOX)
    contact = load(session, Contact, contact_id)
    events = session.exec(
        select(OutboxEvent)
        .where(OutboxEvent.workspace_id == actor.workspace_id, OutboxEvent.contact_id == contact_id, _heard())
        .order_by(col(OutboxEvent.at).desc(), col(OutboxEvent.id).desc())
        .limit(MOST_EVENTS + 1)
    ).all()
    planned = upcoming(session, actor, contact_id)
    return _expected(session, actor, contact.name, contact_id, events, tuple(map(_coming, planned)))


def _coming(each: tuple[str, Planned]) -> Coming:
    rule, planned = each
    return Coming(planned.when, planned.what, rule)


def _heard():
    """Events that a rule which writes to customers listens to."""
    names = {event.name for rule in WRITERS.values() for event in rule.on}
    return col(OutboxEvent.name).in_(names)


def _events(session: Session, booking: Booking) -> Sequence[OutboxEvent]:
    """Those of the booking, and those of the visits booked with it that tell of it."""
    of_booking = col(OutboxEvent.booking_id) == booking.id
    of_group = (
        col(OutboxEvent.name).like("booking_group.%") & (col(OutboxEvent.contact_id) == booking.contact_id)
        if booking.group_id is not None
        else False
    )
    found = session.exec(
        select(OutboxEvent)
        .where(OutboxEvent.workspace_id == booking.workspace_id, or_(of_booking, of_group), _heard())
        .order_by(col(OutboxEvent.id).desc())
        .limit(MOST_EVENTS + 1)
    ).all()
    return [event for event in found if event.booking_id == booking.id or _tells_of(event, booking.id)]


def _tells_of(event: OutboxEvent, booking_id: int) -> bool:
    return booking_id in [visit for visit, _ in event.payload.get("visits", ())]


def _expected(
    session: Session, actor: Actor, about: str, contact_id: int, events: Sequence[OutboxEvent], coming: tuple[Coming, ...]
) -> Expected:  # fmt: skip
    found = looks(session, actor, events[:MOST_EVENTS], WRITERS)
    seen = {look.rule for look in found} | {each.rule for each in coming}
    idle = tuple(_idle(rule) for key, rule in WRITERS.items() if key not in seen)
    gone = tuple(look for look in found if _went(look))
    return Expected(
        about, contact_id, tuple(look for look in found if look not in gone), gone, coming, idle,
        is_whole=len(events) <= MOST_EVENTS,
    )  # fmt: skip


def _went(look: Look) -> bool:
    """Whether it was sent, or is on its way."""
    if look.sent:
        return look.sent[-1].message.state in ARRIVED | UNDER_WAY
    return look.state in (RunState.FIRED, RunState.WAITING) and look.run_id is not None


def _idle(rule: Rule) -> Idle:
    return Idle(rule.key, rule.name, rule.sentence.replace("**", ""), tuple(event.name for event in rule.on))
