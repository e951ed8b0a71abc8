"""What a person looks at on the bookings screen: a week, a day, or a list. All of it is in the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import reflex as rx

from careops_app.bookings.catalogue import TeamCalendar, business_calendar, team_calendars
from careops_app.bookings.lists import PAGE, BookingFilter, BookingRow, booking_list, figures
from careops_app.bookings.models import BookingStatus
from careops_app.bookings.queries import AgendaFilter, AgendaRow, agenda
from careops_app.bookings.spans import Windows
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch
from careops_app.ui import live
from careops_app.ui.bookings import grid
from careops_app.ui.bookings.address import Place
from careops_app.ui.bookings.grid import Column, Frame
from careops_app.ui.bookings.making_state import MakingState
from careops_app.ui.bookings.record_state import RecordState
from careops_app.ui.fresh import asked, asked_id, assign
from careops_app.ui.guard import handler
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
    """A booking in the list, or in the phone's agenda."""

    id: int
    when: str
    time: str
    until: str
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
    days: list[Choice] = []
    agenda: list[Line] = []
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
        record = await self.get_state(RecordState)
        await record._read()
        await self._read()

    @handler(Permission.BOOKINGS)
    async def pick_person(self, staff: str) -> rx.event.EventSpec:
        """Shows one person's calendar, or everybody's."""
        chosen = int(staff) if staff.isdecimal() and len(staff) < 19 else None
        return rx.redirect(replace(self._place, staff=chosen, booking=None).address())

    def _asked(self) -> Place:
        view, wanted = asked(self, "view"), asked(self, "filter")
        return Place(
            view=view if view in VIEWS else "list" if wanted else "week",
            day=_day(asked(self, "day")), staff=asked_id(self, "staff"),
            chosen=BookingFilter(wanted) if wanted in tuple(BookingFilter) else BookingFilter.UPCOMING,
            page=min(asked_id(self, "page") or 1, 10_000), booking=asked_id(self, "booking"),
        )  # fmt: skip

    async def _read(self) -> None:
        zone = clock.zone((await fetch(workspaces.workspace_card, actor())).time_zone)
        if self._place.view == "list":
            await self._read_list(zone)
        else:
            await self._read_calendar(zone)
        assign(self, loaded=True, view=self._place.view, views=_views(self._place))

    async def _read_list(self, zone: ZoneInfo) -> None:
        place = self._place
        found = await fetch(booking_list, actor(), place.chosen, page=place.page)
        counts = vars(await fetch(figures, actor()))
        first = (place.page - 1) * PAGE + 1
        many = found.total > PAGE
        assign(
            self,
            title="Bookings", filters=_filters(place, counts), total=found.total,
            list_word=(FILTERS | MORE_FILTERS)[place.chosen],
            lines=[_line(row, zone, place) for row in found.rows],
            pages=f"{first}–{first + len(found.rows) - 1} of {found.total}" if many else "",
            earlier_page=replace(place, page=place.page - 1).address() if place.page > 1 else "",
            later_page=replace(place, page=place.page + 1).address() if place.page * PAGE < found.total else "",
        )  # fmt: skip

    async def _read_calendar(self, zone: ZoneInfo) -> None:
        place, now = self._place, clock.now()
        today = now.astimezone(zone).date()
        day = place.day or today
        days = grid.week_of(day) if place.view == "week" else [day]
        shown = AgendaFilter(
            _midnight(days[0], zone), _midnight(days[-1] + timedelta(days=1), zone), place.staff, SHOWN
        )
        rows = await fetch(agenda, actor(), shown)
        team = await fetch(team_calendars, actor())
        business = await fetch(business_calendar, actor())
        watched = [one for one in team if place.staff in (None, one.id)]
        frame = grid.frame_of(rows, [_week(one, business) for one in watched] or [business.week], zone)
        columns = (
            _day_columns(day, rows, watched, business, frame, zone, place)
            if place.view == "day"
            else _week_columns(days, today, rows, watched, business, frame, zone, place)
        )
        step = timedelta(days=7 if place.view == "week" else 1)
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
            people=[("", "All staff"), *((str(one.id), one.name) for one in team)],
            person=str(place.staff or ""), days=_strip(day, today, rows, place, zone),
            agenda=[_agenda_line(row, zone, place) for row in rows if _date(row, zone) == day],
        )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _date(row: AgendaRow, zone: ZoneInfo) -> date:
    return row.starts_at.astimezone(zone).date()


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


def _week(calendar: TeamCalendar, business: TeamCalendar) -> tuple[Windows, ...]:
    return business.week if calendar.keeps_business_hours else calendar.week


def _windows(calendar: TeamCalendar, business: TeamCalendar, day: date) -> Windows:
    """The windows of a date: special hours before those of the week."""
    own = next((each.windows for each in calendar.special if each.on == day), None)
    common = next((each.windows for each in business.special if each.on == day), None)
    weekly = _week(calendar, business)[day.weekday()]
    return own if own is not None else common if common is not None else weekly


def _week_columns(
    days: list[date], today: date, rows: tuple[AgendaRow, ...], team: list[TeamCalendar], business: TeamCalendar,
    frame: Frame, zone: ZoneInfo, place: Place,
) -> list[Column]:  # fmt: skip
    columns = []
    for day in days:
        on_day = [row for row in rows if _date(row, zone) == day]
        windows = tuple(window for one in team for window in _windows(one, business, day))
        columns.append(
            Column(
                key=day.isoformat(), title=str(day.day), word=f"{day:%a}", support=wording.plural(len(on_day), "visit"),
                is_today=day == today, off=grid.closed(frame, windows),
                visits=grid.placed(on_day, frame, zone, _addresses(on_day, place), place.booking),
                address=replace(place, view="day", day=day, booking=None).address(),
            )
        )  # fmt: skip
    return columns


def _day_columns(
    day: date, rows: tuple[AgendaRow, ...], team: list[TeamCalendar], business: TeamCalendar, frame: Frame,
    zone: ZoneInfo, place: Place,
) -> list[Column]:  # fmt: skip
    columns = []
    for one in team:
        theirs = [row for row in rows if row.staff_id == one.id]
        columns.append(
            Column(
                key=str(one.id), title="", word=one.name, support=wording.plural(len(theirs), "visit"), is_today=False,
                off=grid.closed(frame, _windows(one, business, day)),
                visits=grid.placed(theirs, frame, zone, _addresses(theirs, place), place.booking),
                address=replace(place, view="week", staff=one.id, booking=None).address(),
            )
        )  # fmt: skip
    return columns


def _addresses(rows: list[AgendaRow], place: Place) -> dict[int, str]:
    return {row.id: replace(place, booking=row.id).address() for row in rows}


def _strip(day: date, today: date, rows: tuple[AgendaRow, ...], place: Place, zone: ZoneInfo) -> list[Choice]:
    """The phone's days: the week around the chosen one. Counts are known for the week view only."""
    counted = {each: sum(_date(row, zone) == each for row in rows) for each in grid.week_of(day)}
    return [
        Choice(
            each.isoformat(), f"{each:%a}", replace(place, view="week", day=each, booking=None).address(), each == day,
            str(counted[each]) if place.view == "week" else "", str(each.day),
        )
        for each in grid.week_of(day)
    ]  # fmt: skip


def _agenda_line(row: AgendaRow, zone: ZoneInfo, place: Place) -> Line:
    return Line(
        row.id, "", wording.clock_time(row.starts_at, zone), wording.clock_time(row.ends_at, zone), row.contact,
        f"{row.service}, {row.staff}", row.reference, row.status, replace(place, booking=row.id).address(),
    )  # fmt: skip


def _line(row: BookingRow, zone: ZoneInfo, place: Place) -> Line:
    return Line(
        row.id, wording.in_list(row.starts_at, zone, clock.now()), wording.clock_time(row.starts_at, zone),
        wording.clock_time(row.ends_at, zone), row.contact, f"{row.service}, {row.staff}", row.reference, row.status,
        replace(place, booking=row.id).address(),
    )  # fmt: skip
