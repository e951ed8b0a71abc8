"""What an owner does with weekly hours: those of the business, and own ones for whoever works differently."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from careops_app.bookings import catalogue, offering, queries
from careops_app.bookings.catalogue import TeamCalendar
from careops_app.errors import Invalid, Refused
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.ui.settings.hours import week
from careops_app.ui.settings.hours.week import Day
from careops_app.workspace.access import Actor, Permission
from careops_app.workspace.queries import workspace_card

BUSINESS = "business"
NEVER = "Open at least one day, or turn off the hours of their own. For a holiday, plan time off."


@dataclass(frozen=True)
class Whose:
    """Whose hours can be edited."""

    key: str
    word: str


class HoursState(rx.State):
    """One week in hand. `drawn` rises when the fields have to be drawn anew; typing leaves them alone."""

    loaded: bool = False
    drawn: int = 0
    whose: str = BUSINESS
    choices: list[Whose] = []
    name: str = ""
    is_own: bool = True
    is_suggestion: bool = False
    several: bool = False
    days: list[Day] = []
    zone: str = ""
    first_free: str = ""
    error: str = ""
    _unsaved: bool = False

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the hours of the business."""
        self.whose = BUSINESS
        await self._open()
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change, unless a week is being edited."""
        if not self._unsaved:
            await self._open()

    @handler(Permission.CONFIGURE)
    async def show(self, whose: str) -> None:
        """Opens somebody else's hours."""
        self.whose = whose
        await self._open()

    @handler(Permission.CONFIGURE)
    def own_hours(self, own: bool) -> None:
        """Gives somebody hours of their own to edit, or takes those of the business; kept on Save."""
        self.is_own = own
        self._draw(week.toggled(self.days, 0) if own and not any(day.is_open for day in self.days) else self.days)

    @handler(Permission.CONFIGURE)
    def toggle(self, day: int) -> None:
        """Opens or closes a weekday."""
        if 0 <= day <= 6:
            self._draw(week.toggled(self.days, day))

    @handler(Permission.CONFIGURE)
    def set_opens(self, day: int, window: int, text: str) -> None:
        """The start of a window was typed."""
        if self._has(day, window):
            self.days, self._unsaved = week.typed(self.days, day, window, opens=text[:5]), True

    @handler(Permission.CONFIGURE)
    def set_closes(self, day: int, window: int, text: str) -> None:
        """The end of a window was typed."""
        if self._has(day, window):
            self.days, self._unsaved = week.typed(self.days, day, window, closes=text[:5]), True

    @handler(Permission.CONFIGURE)
    def add_break(self, day: int) -> None:
        """Parts the last window of a day by a break."""
        if self._has(day, 0):
            self._draw(week.split(self.days, day))

    @handler(Permission.CONFIGURE)
    def remove(self, day: int, window: int) -> None:
        """Takes a window away."""
        if self._has(day, window):
            self._draw(week.without(self.days, day, window))

    @handler(Permission.CONFIGURE)
    def copy_to_weekdays(self, day: int) -> None:
        """The same hours from Monday to Friday."""
        if 0 <= day <= 6:
            self._draw(week.copied(self.days, day, range(5)))

    @handler(Permission.CONFIGURE)
    def copy_to_all(self, day: int) -> None:
        """The same hours on every day."""
        if 0 <= day <= 6:
            self._draw(week.copied(self.days, day, range(7)))

    @handler(Permission.CONFIGURE)
    async def save(self) -> Any:
        """Keeps the week in hand, or says what is wrong with it."""
        calendar_id = None if self.whose == BUSINESS else int(self.whose)
        try:
            kept = week.week_of(self.days) if self.is_own else ((),) * 7
            if self.is_own and calendar_id is not None and not any(kept):
                raise Invalid(hours=NEVER)
            await transact(offering.set_hours, actor(), calendar_id, kept)
        except Invalid as problem:
            self.error = str(problem)
            return focus_first()
        await self._open()
        return toasts.done(f"Hours of {self.name} saved.")

    def _has(self, day: int, window: int) -> bool:
        return 0 <= day < len(self.days) and 0 <= window < len(self.days[day].times)

    def _draw(self, days: list[Day]) -> None:
        self.days, self.error, self._unsaved, self.is_suggestion = days, "", True, False
        self.drawn += 1

    async def _open(self) -> None:
        who = actor()
        card = await fetch(workspace_card, who)
        business = await fetch(catalogue.business_calendar, who)
        team = await fetch(catalogue.team_calendars, who)
        calendars = {BUSINESS: business} | {str(calendar.id): calendar for calendar in team}
        self.whose = self.whose if self.whose in calendars else BUSINESS
        shown = calendars[self.whose]
        choices = [Whose(BUSINESS, "The business"), *(Whose(str(one.id), _word(one)) for one in team)]
        is_suggestion = shown is business and not card.is_open and not any(business.week)
        kept = business.week if shown.keeps_business_hours else shown.week
        days = week.suggested() if is_suggestion else week.days_of(kept)
        if days != self.days:
            self.drawn += 1
        assign(
            self, choices=choices, days=days, is_suggestion=is_suggestion, is_own=not shown.keeps_business_hours,
            several=bool(team), error="",
            name="the business" if self.whose == BUSINESS else shown.name, zone=card.time_zone,
            first_free=await _first_free(who, card.time_zone),
        )  # fmt: skip
        self._unsaved = False


def _word(calendar: TeamCalendar) -> str:
    return calendar.name if calendar.keeps_business_hours else f"{calendar.name}, own hours"


async def _first_free(who: Actor, zone: str) -> str:
    """What these hours mean for the first service that customers can book."""
    services = await fetch(catalogue.bookable_services, who)
    if not services:
        return ""
    try:
        free = await fetch(queries.next_free, who, services[0].id)
    except Refused:
        return ""
    starts = [each.starts_at for each in free if each.starts_at is not None]
    name = services[0].name
    if not starts:
        return f"With these hours {name} has no free time in the next weeks."
    return f"With these hours the first free time for {name} is {wording.moment(min(starts), zone)}."
