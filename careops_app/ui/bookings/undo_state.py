"""The way back of what was done in the calendar; each toast carries it for ten seconds."""

from __future__ import annotations

from datetime import datetime

import reflex as rx

from careops_app.bookings import service as bookings
from careops_app.bookings.service import Move
from careops_app.errors import CareOpsError
from careops_app.infra.db import transact
from careops_app.ui.components import toasts
from careops_app.ui.guard import handler
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission

TAKEN_BACK = "Booked by mistake."


class UndoState(rx.State):
    """Each way back is a command of its own: it is refused like any other when the time has been taken meanwhile."""

    @handler(Permission.BOOKINGS, temporal=True)
    async def put_back(
        self, booking_id: int, revision: int, starts_at: str, staff_id: int, minutes: int, overlap_reason: str
    ) -> rx.event.EventSpec:
        """Gives a moved visit its old time, person and length."""
        try:
            start = datetime.fromisoformat(starts_at)
            move = Move(booking_id, start, staff_id, revision, minutes=minutes, overlap_reason=overlap_reason)
            await transact(bookings.reschedule, actor(), move)
        except (CareOpsError, ValueError) as refusal:
            return toasts.refused(f"Not undone. {refusal}")
        return toasts.done("Undone. The visit is where it was.")

    @handler(Permission.BOOKINGS, temporal=True)
    async def take_out(self, booking_id: int) -> rx.event.EventSpec:
        """Cancels a visit that was just booked."""
        try:
            await transact(bookings.cancel, actor(), booking_id, TAKEN_BACK)
        except CareOpsError as refusal:
            return toasts.refused(f"Not undone. {refusal}")
        return toasts.done("Undone. The visit is cancelled.")

    @handler(Permission.BOOKINGS, temporal=True)
    async def restore(self, booking_id: int) -> rx.event.EventSpec:
        """Gives a cancelled visit its time again, when it is still free."""
        try:
            await transact(bookings.restore, actor(), booking_id)
        except CareOpsError as refusal:
            return toasts.refused(f"Not undone. {refusal}")
        return toasts.done("Undone. The visit stands as it was.")
