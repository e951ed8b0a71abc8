"""More than one visit in the dialog for a new booking: a series with every date looked at, or further services."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

import reflex as rx

from careops_app.bookings.catalogue import bookable_services
from careops_app.bookings.group_rows import group_card
from careops_app.bookings.groups import ForWhom
from careops_app.bookings.recurring import Every, Rhythm
from careops_app.bookings.series import Instead, SeriesBooking, SeriesDay, SeriesWish, book_series, preview_series
from careops_app.bookings.visits import MOST_PARTS, Part, VisitBooking, VisitSearch, book_visit, visit_slots
from careops_app.errors import CareOpsError, Invalid
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.bookings.address import Place
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission

Kind = Literal["once", "series", "visit"]
AS_WISHED, OUT = "as-wished", "out"


@dataclass(frozen=True)
class DateLine:
    """One date of a series: what can be done with it, and what was chosen."""

    day: str
    word: str
    problem: str
    options: list[tuple[str, str]]
    choice: str


@dataclass(frozen=True)
class PartLine:
    """A further service of the visit."""

    at: int
    service: str
    person: str
    staff: list[tuple[str, str]]


@dataclass(frozen=True)
class Wished:
    """What the dialog says of the first visit when it is asked."""

    service: int
    person: int | None
    start: datetime | None
    day: date | None
    zone: str


class SeveralState(rx.State):
    """The part of the dialog below the time. `kind` once leaves everything to the dialog itself."""

    kind: str = "once"
    every: str = "week"
    step: str = "1"
    visits: str = "6"
    dates: list[DateLine] = []
    count: str = ""
    parts: list[PartLine] = []
    starts: list[tuple[str, str]] = []
    start: str = ""
    problem: str = ""
    _wish: SeriesWish | None = None

    @handler(Permission.BOOKINGS)
    async def pick_kind(self, value: Kind) -> None:
        assign(self, kind=value, problem="", dates=[], count="", starts=[], start="")
        if value == "visit" and not self.parts:
            await self._add_part()

    @handler(Permission.BOOKINGS)
    async def pick_every(self, value: str) -> None:
        assign(self, every=value, dates=[], count="")

    @handler(Permission.BOOKINGS)
    async def pick_step(self, value: str) -> None:
        assign(self, step=value, dates=[], count="")

    @handler(Permission.BOOKINGS)
    async def pick_visits(self, value: str) -> None:
        assign(self, visits=value, dates=[], count="")

    @handler(Permission.BOOKINGS)
    async def show_dates(self) -> None:
        """Looks at every date; nothing is saved or held."""
        try:
            await self._look(self._series(await self._first()))
        except CareOpsError as problem:
            assign(self, problem=str(problem), dates=[], count="")

    @handler(Permission.BOOKINGS)
    async def choose(self, day: str, value: str) -> None:
        """What becomes of one date."""
        dates = [replace(line, choice=value) if line.day == day else line for line in self.dates]
        assign(self, dates=dates, problem="")

    @handler(Permission.BOOKINGS)
    async def add_part(self) -> None:
        await self._add_part()

    @handler(Permission.BOOKINGS)
    async def pick_part(self, at: int, value: str) -> None:
        """Another service at that place; whoever is free gives it."""
        await self._change_part(at, value, "")

    @handler(Permission.BOOKINGS)
    async def pick_part_person(self, at: int, value: str) -> None:
        if 0 <= at < len(self.parts):
            await self._change_part(at, self.parts[at].service, value)

    @handler(Permission.BOOKINGS)
    async def drop_part(self, at: int) -> None:
        kept = [line for line in self.parts if line.at != at]
        assign(self, parts=[replace(line, at=n) for n, line in enumerate(kept)], starts=[], start="")

    @handler(Permission.BOOKINGS)
    async def show_starts(self) -> None:
        """The starts of the chosen day at which all services fit."""
        try:
            first = await self._first()
            if first.day is None:
                raise Invalid(day="Choose a day.")
            slots = await fetch(visit_slots, actor(), VisitSearch(self._parts(first), first.day))
        except CareOpsError as problem:
            assign(self, problem=str(problem), starts=[], start="")
            return
        zone = clock.zone(first.zone)
        starts = [
            (slot.starts_at.isoformat(), f"{wording.clock_time(slot.starts_at, zone)}–{wording.clock_time(slot.ends_at, zone)}")
            for slot in slots
        ]  # fmt: skip
        none = "" if starts else f"They do not all fit on {wording.day(first.day)}. Choose another day."
        assign(self, starts=starts, start="", problem=none)

    @handler(Permission.BOOKINGS)
    async def pick_start(self, value: str) -> None:
        assign(self, start=value, problem="")

    def _clear(self) -> None:
        """Back to one visit."""
        self._wish = None
        assign(self, kind="once", dates=[], count="", parts=[], starts=[], start="", problem="")

    async def _save(self, key: str, whom: ForWhom) -> list[rx.event.EventSpec] | None:
        """Books all of it; when it cannot be had, says so here and shows the dates as they are now."""
        try:
            first = await self._first()
            return await (
                self._save_series(first, key, whom) if self.kind == "series" else self._save_visit(first, key, whom)
            )
        except CareOpsError as problem:
            assign(self, problem=str(problem))
            if self.kind == "series" and self._wish is not None and not isinstance(problem, Invalid):
                await self._look(self._wish)
                assign(self, problem=str(problem))
            return None

    async def _save_series(self, first: Wished, key: str, whom: ForWhom) -> list[rx.event.EventSpec]:
        wish = self._series(first)
        if not self.dates or wish != self._wish:
            raise Invalid(dates="Show the dates first, then choose what to do with those that are not free.")
        if left := [line.word for line in self.dates if not line.choice]:
            raise Invalid(dates=f"Choose what to do on {wording.listing(left)}.")
        chosen = [(date.fromisoformat(line.day), line.choice) for line in self.dates if line.choice != AS_WISHED]
        instead = tuple(Instead(day, None if choice == OUT else _instant(choice)) for day, choice in chosen)
        return await self._done(await transact(book_series, actor(), SeriesBooking(wish, whom, key, instead, "staff")))

    async def _save_visit(self, first: Wished, key: str, whom: ForWhom) -> list[rx.event.EventSpec]:
        if not self.start:
            raise Invalid(start="Choose a start at which all services fit.")
        asked = VisitBooking(self._parts(first), _instant(self.start), whom, key, "staff")
        return await self._done(await transact(book_visit, actor(), asked))

    async def _done(self, group_id: int) -> list[rx.event.EventSpec]:
        card = await fetch(group_card, actor(), group_id)
        first = card.rows[0]
        day = first.starts_at.astimezone(clock.zone(first.time_zone)).date()
        told = f"{wording.plural(len(card.rows), 'visit')} booked. The customer is told once."
        return [toasts.done(told), rx.redirect(Place(day=day, booking=first.id).address())]

    async def _look(self, wish: SeriesWish) -> None:
        days = await fetch(preview_series, actor(), wish)
        kept = {line.day: line.choice for line in self.dates}
        self._wish = wish
        free = sum(day.is_free for day in days)
        count = f"All {len(days)} dates are free." if free == len(days) else f"{free} of {len(days)} dates are free."
        zone = clock.zone((await self._first()).zone)
        assign(self, dates=[_date_line(day, zone, kept) for day in days], count=count, problem="")

    def _series(self, first: Wished) -> SeriesWish:
        if first.start is None:
            raise Invalid(time="Choose the time of the first visit.")
        step, visits = _number(self.step), _number(self.visits)
        every = Every(self.every) if self.every in set(Every) else Every.WEEK
        reading = first.start.astimezone(clock.zone(first.zone)).replace(tzinfo=None)
        return SeriesWish(first.service, reading, Rhythm(every, step or 0, visits or 0), first.person)

    def _parts(self, first: Wished) -> tuple[Part, ...]:
        further = tuple(Part(_number(line.service) or 0, _number(line.person)) for line in self.parts)
        return (Part(first.service, first.person), *further)

    async def _first(self) -> Wished:
        from careops_app.ui.bookings.making_state import MakingState  # it asks this state when it saves

        making: Any = await self.get_state(MakingState)
        service = _number(making.service)
        if service is None:
            raise Invalid(service="Choose a service.")
        start = making._start() if making.time or making.clock else None
        return Wished(service, _number(making.person), start, _day(making.day), making._zone)

    async def _add_part(self) -> None:
        cards = await fetch(bookable_services, actor())
        if cards and len(self.parts) < MOST_PARTS - 1:
            line = PartLine(len(self.parts), "", "", [])
            assign(self, parts=[*self.parts, line], starts=[], start="")
            await self._change_part(line.at, str(cards[0].id), "")

    async def _change_part(self, at: int, service: str, person: str) -> None:
        card = next((one for one in await fetch(bookable_services, actor()) if str(one.id) == service), None)
        if card is None or not 0 <= at < len(self.parts):
            return
        staff = [("", "Anyone who is free"), *((str(one.id), one.name) for one in card.staff)]
        line = PartLine(at, service, person if person in dict(staff) else "", staff)
        assign(self, parts=[line if one.at == at else one for one in self.parts], starts=[], start="")


def _date_line(day: SeriesDay, zone: Any, kept: dict[str, str]) -> DateLine:
    word = wording.day(day.day)
    if day.is_free:
        assert day.starts_at is not None
        names = wording.listing([one.name for one in day.staff], "or")
        first = [(AS_WISHED, f"{wording.clock_time(day.starts_at, zone)}, {names} free")]
    else:
        others = [(start.isoformat(), f"{wording.clock_time(start, zone)} instead") for start in day.nearest]
        first = [("", "Choose what to do"), *others]
    options = [*first, (OUT, "Leave this date out")]
    key = day.day.isoformat()
    choice = kept.get(key, "")
    return DateLine(key, word, day.problem, options, choice if choice in dict(options) else options[0][0])


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise Invalid(time="Choose a time.") from None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
