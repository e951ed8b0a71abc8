"""Another time, person or length for a visit, the same from the mouse, the keyboard and the form: done, told, undone."""

from __future__ import annotations

import reflex as rx

from careops_app.bookings import service as bookings
from careops_app.bookings.queries import BookingCard, booking_card
from careops_app.bookings.service import Move
from careops_app.errors import Refused
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.bookings.undo_state import UndoState
from careops_app.ui.components import toasts
from careops_app.ui.session import actor


async def moved(before: BookingCard, move: Move) -> rx.event.EventSpec:
    """Moves and returns the toast that says so, with the way back. Raises as `reschedule`."""
    await transact(bookings.reschedule, actor(), move)
    after = await fetch(booking_card, actor(), move.booking_id)
    back = UndoState.put_back(
        before.id, after.revision, before.starts_at.isoformat(), before.staff_id, before.duration_minutes,
        before.overlap_reason,
    )  # fmt: skip
    return toasts.done(_told(before, after), undo=back)


def _told(before: BookingCard, after: BookingCard) -> str:
    zone = clock.zone(after.time_zone)
    if (before.starts_at, before.staff_id) == (after.starts_at, after.staff_id):
        length = wording.duration(after.duration_minutes)
        return f"{after.contact}: now {length}, until {wording.clock_time(after.ends_at, zone)}."
    when = wording.near(after.starts_at, zone, clock.now())
    return f"{after.contact} moved to {when} with {after.staff}. The customer is told."


def with_nearest(refusal: Refused, zone_name: str) -> str:
    """What a refusal says, with the free times it names."""
    if not refusal.nearest:
        return str(refusal)
    zone = clock.zone(zone_name)
    free = wording.listing([wording.near(start, zone, clock.now()) for start in refusal.nearest], "or")
    return f"{refusal} Free: {free}."
