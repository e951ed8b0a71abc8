"""The columns of the calendar: days with everybody or one person, or one day with a column per person. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from careops_app.bookings.catalogue import TeamCalendar, TimeOffRow
from careops_app.bookings.queries import AgendaRow
from careops_app.bookings.spans import Window, Windows
from careops_app.infra import wording
from careops_app.ui.bookings import grid
from careops_app.ui.bookings.address import Place
from careops_app.ui.bookings.grid import Column, Frame

MIDNIGHT = 24 * 60


@dataclass(frozen=True)
class Shown:
    """What the calendar shows: whose, the visits, the hours of the business, and where one is."""

    team: list[TeamCalendar]
    business: TeamCalendar
    rows: tuple[AgendaRow, ...]
    frame: Frame
    zone: ZoneInfo
    place: Place
    today: date

    def on(self, day: date) -> list[AgendaRow]:
        return [row for row in self.rows if row.starts_at.astimezone(self.zone).date() == day]

    def windows(self, day: date, calendars: Sequence[TeamCalendar] | None = None) -> Windows:
        """When at least one of them works, in order."""
        watched = self.team if calendars is None else calendars
        return tuple(sorted(window for one in watched for window in windows_of(one, self.business, day, self.zone)))


def week_columns(shown: Shown, days: Sequence[date]) -> list[Column]:
    """One column per day."""
    staff = str(shown.place.staff or "")
    return [
        Column(
            key=day.isoformat(), day=day.isoformat(), staff=staff, spoken=f"{day:%A} {day.day} {day:%B}", initials="",
            title=str(day.day), word=f"{day:%a}", support=wording.plural(len(on_day := shown.on(day)), "visit"),
            is_today=day == shown.today, off=grid.closed(shown.frame, shown.windows(day)),
            visits=_placed(shown, on_day), address=replace(shown.place, view="day", day=day, booking=None).address(),
        )
        for day in days
    ]  # fmt: skip


def day_columns(shown: Shown, day: date) -> list[Column]:
    """One column per person."""
    return [
        Column(
            key=str(one.id), day=day.isoformat(), staff=str(one.id), spoken=one.name, initials=wording.initials(one.name),
            title="", word=one.name, support=wording.plural(len(theirs := _of(shown, one)), "visit"), is_today=False,
            off=grid.closed(shown.frame, shown.windows(day, [one])), visits=_placed(shown, theirs),
            address=replace(shown.place, view="week", staff=one.id, booking=None).address(),
        )
        for one in shown.team
    ]  # fmt: skip


def week_hours(calendar: TeamCalendar, business: TeamCalendar) -> tuple[Windows, ...]:
    """The usual week of somebody: their own, or that of the business."""
    return business.week if calendar.keeps_business_hours else calendar.week


def windows_of(calendar: TeamCalendar, business: TeamCalendar, day: date, zone: ZoneInfo) -> Windows:
    """When somebody works on a date: special hours before those of the week, without anybody's time off."""
    own = next((each.windows for each in calendar.special if each.on == day), None)
    common = next((each.windows for each in business.special if each.on == day), None)
    weekly = week_hours(calendar, business)[day.weekday()]
    windows = own if own is not None else common if common is not None else weekly
    for off in (*calendar.time_off, *business.time_off):
        windows = _without(windows, _minutes(off, day, zone))
    return windows


def _without(windows: Windows, off: Window) -> Windows:
    kept = [
        piece
        for window in windows
        for piece in (
            Window(window.opens, min(window.closes, off.opens)), Window(max(window.opens, off.closes), window.closes)
        )
        if piece.opens < piece.closes
    ]  # fmt: skip
    return windows if off.opens >= off.closes else tuple(kept)


def _minutes(off: TimeOffRow, day: date, zone: ZoneInfo) -> Window:
    """What of a date a time off takes, in minutes after midnight; nothing when it takes none."""
    return Window(_minute_on(off.starts_at, day, zone), _minute_on(off.ends_at, day, zone))


def _minute_on(instant: datetime, day: date, zone: ZoneInfo) -> int:
    on = instant.astimezone(zone).date()
    return 0 if on < day else MIDNIGHT if on > day else grid.minute_of(instant, zone)


def _of(shown: Shown, one: TeamCalendar) -> list[AgendaRow]:
    return [row for row in shown.rows if row.staff_id == one.id]


def _placed(shown: Shown, rows: list[AgendaRow]) -> list[grid.Entry]:
    addresses = {row.id: replace(shown.place, booking=row.id).address() for row in rows}
    return grid.placed(rows, shown.frame, shown.zone, addresses, shown.place.booking)
