"""What the mouse and the keyboard do in the calendar's grid (assets/calendar.js): put an entry elsewhere, pick a time."""

from __future__ import annotations

import reflex as rx

from careops_app.bookings.queries import BookingCard, booking_card
from careops_app.bookings.service import Move
from careops_app.errors import CareOpsError, Invalid, Refused
from careops_app.infra import clock
from careops_app.infra.db import fetch
from careops_app.ui.bookings import reading
from careops_app.ui.bookings.making_state import MakingState
from careops_app.ui.bookings.moving import moved
from careops_app.ui.bookings.state import BookingsState
from careops_app.ui.components import toasts
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission

SETTLED = "window.careopsCalendar?.settled()"  # the ghost goes: what the server has drawn is the truth
Events = list[rx.event.EventSpec]


class GestureState(rx.State):
    """Nothing is kept here: each gesture arrives as a form and is judged anew."""

    @handler(Permission.BOOKINGS, temporal=True)
    async def drop(self, form: dict[str, str]) -> Events:
        """An entry was put at another time, in another column, or got another length."""
        try:
            dropped = reading.drop(form)
            card = await fetch(booking_card, actor(), dropped.booking)
            done = await self._moved(card, dropped)
        except CareOpsError as refusal:
            done = [toasts.refused(f"Not moved. {refusal}")]
        await (await self.get_state(BookingsState))._again()
        return [rx.call_script(SETTLED), *done]

    @handler(Permission.BOOKINGS)
    async def pick(self, form: dict[str, str]) -> rx.event.EventSpec | None:
        """An empty time was chosen: the dialog opens with it."""
        day, minute = reading.day_of(form.get("day", "")), reading.number(form.get("minute", ""))
        if day is None or minute is None or minute >= 24 * 60:
            return toasts.refused("That time could not be read. Choose it in the form.")
        making = await self.get_state(MakingState)
        await making._begin_at(day, minute, form.get("staff", ""), form.get("minutes", ""))
        return rx.call_script(SETTLED)

    async def _moved(self, card: BookingCard, dropped: reading.Drop) -> Events:
        zone = clock.zone(card.time_zone)
        at = reading.clock_of(reading.shown(dropped.minute))
        assert at is not None
        start = reading.start_at(dropped.day, at, zone, card.starts_at)
        move = Move(
            card.id, start, dropped.staff or card.staff_id, dropped.revision, minutes=dropped.minutes or card.duration_minutes
        )  # fmt: skip
        try:
            return [await moved(card, move)]
        except Invalid as invalid:
            await (await self.get_state(MakingState))._begin_refused(card, move, invalid)
        except Refused as refusal:
            if refusal.code in ("changed_meanwhile", "illegal_move"):
                raise
            await (await self.get_state(MakingState))._begin_refused(card, move, refusal)
        return [focus_first()]
