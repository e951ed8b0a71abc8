"""What an owner does with closures, holidays and dates with other hours."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.bookings import catalogue, offering
from careops_app.bookings.catalogue import TeamCalendar, TimeOffRow
from careops_app.bookings.spans import Windows
from careops_app.errors import Invalid
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import asked, assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.ui.settings.time_off.dates import (
    AbsenceForm,
    clock_words,
    date_of,
    in_words,
    remarks,
    span_of,
    window_of,
)
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import workspace_card

BUSINESS = "business"


class DateForm(TypedDict):
    whose: str
    on_date: str
    opens: str
    closes: str
    opens_again: str
    closes_again: str


@dataclass(frozen=True)
class Away:
    """Time off to come."""

    id: int
    who: str
    when: str
    reason: str


@dataclass(frozen=True)
class OtherHours:
    """A date that does not keep the hours of its weekday."""

    key: str
    whose: str
    day: str
    who: str
    when: str


class TimeOffState(rx.State):
    """What is planned, and the two forms that plan more."""

    loaded: bool = False
    away: list[Away] = []
    other: list[OtherHours] = []
    people: list[list[str]] = []
    whose: list[list[str]] = []
    away_of: str = BUSINESS
    planned: int = 0
    dated: int = 0
    errors: dict[str, str] = {}

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the block."""
        self.errors = {}
        await self._read()
        wanted = asked(self, "away")
        self.away_of = wanted if any(key == wanted for key, _ in self.whose) else BUSINESS
        self.planned += 1
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change."""
        await self._read()

    @handler(Permission.CONFIGURE)
    async def plan(self, form: AbsenceForm) -> Any:
        """Closes the business or a calendar for a while; says which visits lie in it."""
        zone = clock.zone((await fetch(workspace_card, actor())).time_zone)
        try:
            span = span_of(form, zone)
            absence = offering.Absence(span.start, span.end, _calendar(form["away"]), form["reason"])
            taken = await transact(offering.take_time_off, actor(), absence)
        except Invalid as problem:
            self.errors = _named(problem)
            return focus_first()
        self.errors = {}
        self.planned += 1
        await self._read()
        if not taken.booking_ids:
            said = f"Time off planned. Nobody can book into it. {remarks(form, zone)}".strip()
            return toasts.done(said, undo=TimeOffState.cancel(taken.id))
        visits = wording.plural(len(taken.booking_ids), "visit")
        show = rx.redirect(f"/app/bookings/?booking={taken.booking_ids[0]}")
        text = f"Time off planned. {visits} in it stay until you move or cancel them. {remarks(form, zone)}".strip()
        return toasts.told(text, action=show, label="Open the first")

    @handler(Permission.CONFIGURE)
    async def cancel(self, time_off_id: int) -> Any:
        """Opens again."""
        await transact(offering.cancel_time_off, actor(), time_off_id)
        await self._read()
        return toasts.done("Time off cancelled.")

    @handler(Permission.CONFIGURE)
    async def set_date(self, form: DateForm) -> Any:
        """Gives one date other hours."""
        try:
            on, windows = date_of(form["on_date"], "on_date"), _windows(form)
            await transact(offering.set_special_hours, actor(), _calendar(form["whose"]), on, windows)
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        self.errors = {}
        self.dated += 1
        await self._read()
        return toasts.done(f"{wording.day(on)} has its own hours now.")

    @handler(Permission.CONFIGURE)
    async def clear_date(self, whose: str, day: str) -> Any:
        """Gives a date the hours of its weekday again."""
        on = date_of(day, "on_date")
        await transact(offering.set_special_hours, actor(), _calendar(whose), on, ())
        await self._read()
        return toasts.done(f"{wording.day(on)} keeps the hours of its weekday again.")

    async def _read(self) -> None:
        who = actor()
        zone = (await fetch(workspace_card, who)).time_zone
        calendars = [await fetch(catalogue.business_calendar, who), *await fetch(catalogue.team_calendars, who)]
        rooms = await fetch(catalogue.room_calendars, who)
        rows = sorted(
            ((row, one) for one in [*calendars, *rooms] for row in one.time_off), key=lambda pair: pair[0].starts_at
        )
        assign(
            self,
            away=[_away(row, one, zone) for row, one in rows],
            other=[line for one in calendars for line in _other(one)],
            people=[[_key(one), _name(one)] for one in calendars],
            whose=[[_key(one), _name(one)] for one in [*calendars, *rooms]],
        )


def _key(calendar: TeamCalendar) -> str:
    return BUSINESS if calendar.id is None else str(calendar.id)


def _name(calendar: TeamCalendar) -> str:
    return "The whole business" if calendar.id is None else calendar.name


def _calendar(key: str) -> int | None:
    """The calendar that was chosen; None is the business. Raises Invalid(away)."""
    if key == BUSINESS:
        return None
    if not key.isdecimal() or len(key) > 18:
        raise Invalid(away="Choose whose time it is.")
    return int(key)


def _windows(form: DateForm) -> Windows:
    """The hours of the date, and those after a break when there is one. Raises Invalid per field."""
    first = window_of(form["opens"], form["closes"])
    if not (form["opens_again"] or form["closes_again"]):
        return (first,)
    return (first, window_of(form["opens_again"], form["closes_again"], ("opens_again", "closes_again")))


def _named(problem: Invalid) -> dict[str, str]:
    """The fields of the command under the names of the form."""
    names = {"ends_at": "last_day", "starts_at": "first_day"}
    return {names.get(field, field): sentence for field, sentence in problem.fields.items()}


def _away(row: TimeOffRow, calendar: TeamCalendar, zone: str) -> Away:
    return Away(row.id, _name(calendar), in_words(row, zone), row.reason)


def _other(calendar: TeamCalendar) -> list[OtherHours]:
    return [
        OtherHours(
            f"{_key(calendar)}-{special.on.isoformat()}", _key(calendar), special.on.isoformat(), _name(calendar),
            f"{wording.day(special.on)}, {wording.listing(clock_words(window) for window in special.windows)}",
        )
        for special in calendar.special
    ]  # fmt: skip
