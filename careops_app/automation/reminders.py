"""Which moments of a booking's reminders have been announced, and whether one came shortly before another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from careops_app.automation.terms import Step
from careops_app.bookings.models import Booking
from careops_app.infra.outbox import OutboxEvent

APART = timedelta(hours=2)
USEFUL_UNTIL = timedelta(minutes=15)


def useful_until(starts_at: datetime, minutes: int) -> datetime:
    """A reminder goes until a quarter of an hour before the start; one with a short lead until half of it has passed."""
    return starts_at - min(USEFUL_UNTIL, timedelta(minutes=minutes) / 2)


def name_of(booking: Booking, minutes: int) -> str:
    """Under which name the moment of a reminder is announced, once."""
    return f"reminder:{booking.id}:{booking.revision}:{minutes}"


def announced(session: Session, names: Collection[str]) -> set[str]:
    """Of these names those that have been announced."""
    found = session.exec(select(OutboxEvent.once).where(col(OutboxEvent.once).in_(list(names)))) if names else ()
    return {name for name in found if name}


def lately(session: Session, booking: Booking, steps: Sequence[Step], minutes: int) -> bool:
    """Whether a moment the rule no longer has reminded of this visit within the two hours before the one with this lead.

    So an owner who turns 24 hours into 23 does not remind twice; two moments that a rule has on purpose both count.
    """
    if all(step.since is None for step in steps):
        return False
    present = {step.minutes for step in steps}
    moment = booking.starts_at - timedelta(minutes=minutes)
    rows = session.exec(
        select(OutboxEvent).where(
            OutboxEvent.workspace_id == booking.workspace_id, OutboxEvent.booking_id == booking.id,
            OutboxEvent.name == "booking.reminder_due", OutboxEvent.at > moment - APART, OutboxEvent.at <= moment,
        )
    )  # fmt: skip
    return any(
        row.payload["revision"] == booking.revision and row.payload["offset_minutes"] not in present for row in rows
    )
