"""The other visits that were booked together with the open one, and what is done to several of them at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Literal

import reflex as rx

from careops_app.bookings.group_changes import GroupMove, Reach, cancel_several, confirm_several, move_several
from careops_app.bookings.group_rows import GroupCard, GroupRow, group_of
from careops_app.bookings.models import BookingStatus, GroupKind
from careops_app.errors import CareOpsError, Invalid, NotFound
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.bookings.address import Place
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission

Act = Literal["", "move", "cancel"]


@dataclass(frozen=True)
class GroupLine:
    """One visit of the group."""

    id: int
    when: str
    what: str
    status: str
    address: str
    is_open: bool


class GroupState(rx.State):
    """`act` is what the dialog asks about; empty while it is closed."""

    title: str = ""
    lines: list[GroupLine] = []
    waiting: int = 0
    may_change: bool = False
    act: str = ""
    reach: str = "later"
    later_word: str = ""
    all_word: str = ""
    day: str = ""
    clock: str = ""
    problem: str = ""
    _booking: int = 0
    _place: Place = Place()

    @handler(Permission.BOOKINGS)
    async def ask(self, act: Act) -> None:
        assign(self, act=act, reach="later", problem="")

    @handler(Permission.BOOKINGS)
    async def toggle(self, open: bool) -> None:
        if not open:
            assign(self, act="", problem="")

    @handler(Permission.BOOKINGS)
    async def pick_reach(self, value: str) -> None:
        assign(self, reach=value)

    @handler(Permission.BOOKINGS, temporal=True)
    async def confirm_all(self) -> rx.event.EventSpec:
        """Approves everything that waits."""
        number = await transact(confirm_several, actor(), self._booking)
        await self._again()
        return toasts.done(f"{wording.plural(number, 'visit')} confirmed. The customer is told once.")

    @handler(Permission.BOOKINGS, temporal=True)
    async def save(self, form: dict[str, str]) -> rx.event.EventSpec | None:
        """Moves or cancels as many as were meant; what was typed stays when it is refused."""
        try:
            number = await (self._move(form) if self.act == "move" else self._cancel(form))
        except CareOpsError as problem:
            assign(self, problem=str(problem))
            return None
        done = "moved" if self.act == "move" else "cancelled"
        assign(self, act="", problem="")
        await self._again()
        return toasts.done(f"{wording.plural(number, 'visit')} {done}. The customer is told once.")

    async def _move(self, form: dict[str, str]) -> int:
        try:
            to = datetime.combine(
                date.fromisoformat(form.get("day", "")), time.fromisoformat(form.get("start", "")[:5])
            )
        except ValueError:
            raise Invalid(day="Choose a day and a time for this visit.") from None
        return await transact(move_several, actor(), GroupMove(self._booking, Reach(self.reach), to))

    async def _cancel(self, form: dict[str, str]) -> int:
        return await transact(cancel_several, actor(), self._booking, Reach(self.reach), form.get("reason", ""))

    async def _again(self) -> None:
        from careops_app.ui.bookings.record_state import RecordState  # it reads this state along with the record

        await (await self.get_state(RecordState))._read()

    async def _show(self, booking_id: int, place: Place) -> None:
        """Reads the group of the open booking; nothing is shown for one that was made alone."""
        self._booking, self._place = booking_id, place
        await self._read()

    async def _read(self) -> None:
        try:
            card = await fetch(group_of, actor(), self._booking)
        except NotFound:
            card = None
        if card is None or len(card.rows) < 2:
            assign(self, title="", lines=[], waiting=0, may_change=False)
            return
        this = card.rows[card.number - 1]
        local = this.starts_at.astimezone(clock.zone(this.time_zone))
        ahead = [row for row in card.rows if row.is_ahead]
        later = [row for row in ahead if row.starts_at >= this.starts_at]
        assign(
            self, title=_title(card), lines=[_line(row, card, self._place, self._booking) for row in card.rows],
            waiting=sum(row.status == BookingStatus.PENDING and row.is_ahead for row in card.rows),
            may_change=bool(ahead), day=local.date().isoformat(), clock=f"{local:%H:%M}",
            later_word=f"This one and later, {wording.plural(len(later), 'visit')}",
            all_word=f"All that are ahead, {wording.plural(len(ahead), 'visit')}",
        )  # fmt: skip


def _title(card: GroupCard) -> str:
    what = "of a series" if card.kind == GroupKind.SERIES else "of one visit"
    return f"{card.number} of {len(card.rows)} {what}"


def _line(row: GroupRow, card: GroupCard, place: Place, shown: int) -> GroupLine:
    services = {one.service for one in card.rows}
    what = ", ".join([row.service, row.staff] if len(services) > 1 else [row.staff])
    when = wording.in_list(row.starts_at, row.time_zone, clock.now())
    return GroupLine(row.id, when, what, row.status, replace(place, booking=row.id).address(), row.id == shown)
