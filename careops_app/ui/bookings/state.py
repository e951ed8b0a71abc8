"""What a person looks at on the bookings screen: a week, a day, or a list. All of it is in the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import reflex as rx

from careops_app.bookings.catalogue import business_calendar, team_calendars
from careops_app.bookings.lists import MOST_COUNTED, PAGE, BookingFilter, BookingRow, booking_list, figures
from careops_app.bookings.models import BookingStatus
from careops_app.bookings.queries import AgendaFilter, agenda
from careops_app.infra import clock, wording
from careops_app.ui import live
from careops_app.ui.bookings import grid
from careops_app.ui.bookings.address import Place
from careops_app.ui.bookings.agenda import Part, agenda_of, over_word
from careops_app.ui.bookings.columns import Shown, day_columns, week_columns, week_hours
from careops_app.ui.bookings.grid import Column
from careops_app.ui.bookings.making_state import MakingState
from careops_app.ui.bookings.reading import day_of
from careops_app.ui.bookings.record_state import RecordState
from careops_app.ui.fresh import asked, asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.reading import read
from careops_app.ui.session import actor
from careops_app.ui.waitlist.address import HOME as WAITLIST
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

VIEWS = ("week", "day", "list")
FILTERS: dict[BookingFilter, str] = {
    BookingFilter.UPCOMING: "Upcoming",
    BookingFilter.TODAY: "Today",
    BookingFilter.PENDING: "To confirm",
    BookingFilter.HERE: "Here now",
    BookingFilter.UNCLOSED: "Not closed",
    BookingFilter.PAST: "Past",
    BookingFilter.CANCELLED: "Cancelled",
}
MORE_FILTERS = {
    BookingFilter.TO_COME: "To come today",
    BookingFilter.COMPLETED: "Completed today",
    BookingFilter.NO_SHOW: "No-shows today",
    BookingFilter.WEEK: "Next 7 days",
}
SHOWN = frozenset(BookingStatus) - {BookingStatus.CANCELLED}


@dataclass(frozen=True)
class Choice:
    """A link of the screen: a view, a filter, a person, a day."""

    key: str
    word: str
    address: str
    is_current: bool
    number: str = ""
    day: str = ""


@dataclass(frozen=True)
class Line:
    """A booking in the list."""

    id: int
    when: str
    who: str
    what: str
    reference: str
    status: str
    address: str


class BookingsState(rx.State):
    """The calendar or the list. `hours` and `columns` are for the stylesheet."""

    loaded: bool = False
    view: str = "week"
    title: str = ""
    views: list[Choice] = []
    filters: list[Choice] = []
    people: list[tuple[str, str]] = []
    person: str = ""
    earlier: str = ""
    later: str = ""
    today: str = ""
    columns: list[Column] = []
    column_count: str = "7"
    hour_count: str = "11"
    hour_marks: list[tuple[str, str]] = []
    now_top: str = ""
    now_word: str = ""
    frame_first: str = ""
    frame_last: str = ""
    day: str = ""
    days: list[Choice] = []
    over: list[Part] = []
    over_word: str = ""
    agenda: list[Part] = []
    lines: list[Line] = []
    list_word: str = ""
    pages: str = ""
    earlier_page: str = ""
    later_page: str = ""
    total: int = 0
    _place: Place = Place()

    @handler(Permission.BOOKINGS)
    async def load(self) -> rx.event.EventSpec | None:
        """Opens the part of the calendar that the address names."""
        live.join(BookingsState.refresh)
        self._place = self._asked()
        record = await self.get_state(RecordState)
        await record._open(self._place)
        await self._read()
        if asked(self, "new"):
            making = await self.get_state(MakingState)
            return await making._begin(self._place, asked_id(self, "contact"))
        return None

    @handler(Permission.BOOKINGS)
    async def refresh(self) -> None:
        await self._again()

    @handler(Permission.BOOKINGS)
    async def pick_person(self, staff: str) -> rx.event.EventSpec:
        """Shows one person's calendar, or everybody's."""
        chosen = int(staff) if staff.isdecimal() and len(staff) < 19 else None
        return rx.redirect(replace(self._place, staff=chosen, booking=None).address())

    def _asked(self) -> Place:
        view, wanted = asked(self, "view"), asked(self, "filter")
        return Place(
            view=view if view in VIEWS else "list" if wanted else "week",
            day=day_of(asked(self, "day")), staff=asked_id(self, "staff"),
            chosen=BookingFilter(wanted) if wanted in tuple(BookingFilter) else BookingFilter.UPCOMING,
            page=min(asked_id(self, "page") or 1, 10_000), booking=asked_id(self, "booking"),
        )  # fmt: skip

    async def _again(self) -> None:
        record = await self.get_state(RecordState)
        await record._read()
        await self._read()

    async def _read(self) -> None:
        zone = clock.zone((await read(workspaces.workspace_card, actor())).time_zone)
        if self._place.view == "list":
            await self._read_list(zone)
        else:
            await self._read_calendar(zone)
        assign(self, loaded=True, view=self._place.view, views=_views(self._place))

    async def _read_list(self, zone: ZoneInfo) -> None:
        place = self._place
        found = await read(booking_list, actor(), place.chosen, page=place.page)
        counts = vars(await read(figures, actor()))
        first = (place.page - 1) * PAGE + 1
        many = found.total > PAGE
        assign(
            self,
            title="Bookings", filters=_filters(place, counts), total=found.total,
            list_word=(FILTERS | MORE_FILTERS)[place.chosen],
            lines=[_line(row, zone, place) for row in found.rows],
            pages=f"{first}–{first + len(found.rows) - 1} of {_counted(found.total)}" if many else "",
            earlier_page=replace(place, page=place.page - 1).address() if place.page > 1 else "",
            later_page=replace(place, page=place.page + 1).address() if found.has_more else "",
        )  # fmt: skip

    async def _read_calendar(self, zone: ZoneInfo) -> None:
        place, now = self._place, clock.now()
        today = now.astimezone(zone).date()
        day = place.day or today
        days = grid.week_of(day) if place.view == "week" else [day]
        stretch = AgendaFilter(
            _midnight(days[0], zone), _midnight(days[-1] + timedelta(days=1), zone), place.staff, SHOWN
        )
        rows = await read(agenda, actor(), stretch)
        team = await read(team_calendars, actor())
        business = await read(business_calendar, actor())
        watched = [one for one in team if place.staff in (None, one.id)]
        frame = grid.frame_of(rows, [week_hours(one, business) for one in watched] or [business.week], zone)
        shown = Shown(watched, business, rows, frame, zone, place, today)
        columns = day_columns(shown, day) if place.view == "day" else week_columns(shown, days)
        step = timedelta(days=7 if place.view == "week" else 1)
        parts = agenda_of(shown, day, now)
        minute = grid.minute_of(now, zone)
        assign(
            self,
            title=wording.days(days[0], days[-1]) if place.view == "week" else wording.long_day(day),
            columns=columns, column_count=str(max(1, len(columns))), hour_count=str((frame.last - frame.first) // 60),
            hour_marks=grid.hour_marks(frame), now_word=wording.clock_time(now, zone),
            now_top=f"{frame.share(minute):.3f}%" if today in days and frame.first < minute < frame.last else "",
            earlier=replace(place, day=day - step, booking=None).address(),
            later=replace(place, day=day + step, booking=None).address(),
            today=replace(place, day=None, booking=None).address(),
            frame_first=str(frame.first), frame_last=str(frame.last), day=day.isoformat(),
            people=[("", "All staff"), *((str(one.id), one.name) for one in team)],
            person=str(place.staff or ""), days=_strip(day, shown), over_word=over_word(parts),
            over=[part for part in parts if part.is_over], agenda=[part for part in parts if not part.is_over],
        )  # fmt: skip


def _counted(total: int) -> str:
    return f"{MOST_COUNTED:,} or more" if total >= MOST_COUNTED else str(total)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _views(place: Place) -> list[Choice]:
    return [
        Choice(view, word, replace(place, view=view, booking=None, page=1).address(), place.view == view)
        for view, word in (("day", "Day"), ("week", "Week"), ("list", "List"))
    ] + [Choice("waitlist", "Waitlist", WAITLIST, False)]


def _filters(place: Place, counts: dict[str, int]) -> list[Choice]:
    listed = FILTERS | {place.chosen: (FILTERS | MORE_FILTERS)[place.chosen]}
    return [
        Choice(
            each.value, word, Place(view="list", chosen=each).address(), place.chosen == each,
            str(counts[each.value]) if each.value in counts else "",
        )
        for each, word in listed.items()
    ]  # fmt: skip


def _strip(day: date, shown: Shown) -> list[Choice]:
    """The phone's days: the week around the chosen one. Counts are known for the week view only."""
    place = shown.place
    return [
        Choice(
            each.isoformat(), f"{each:%a}", replace(place, view="week", day=each, booking=None).address(), each == day,
            str(len(shown.on(each))) if place.view == "week" else "", str(each.day),
        )
        for each in grid.week_of(day)
    ]  # fmt: skip


def _line(row: BookingRow, zone: ZoneInfo, place: Place) -> Line:
    return Line(
        row.id, wording.in_list(row.starts_at, zone, clock.now()), row.contact, f"{row.service}, {row.staff}",
        row.reference, row.status, replace(place, booking=row.id).address(),
    )  # fmt: skip
