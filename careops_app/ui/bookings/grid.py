"""Bookings and hours as positions in a calendar: pure functions. Shares are percent of a column's height."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from careops_app.bookings.queries import AgendaRow
from careops_app.bookings.spans import Windows
from careops_app.infra import wording
from careops_app.infra.states import STATE

EARLIEST, LATEST = 8 * 60, 19 * 60  # what a calendar shows at least, in minutes after midnight
SHORTEST = 18  # minutes a booking is drawn at least


@dataclass(frozen=True)
class Frame:
    """The hours a calendar shows: minutes after local midnight, whole hours."""

    first: int
    last: int

    def share(self, minute: float) -> float:
        return (min(max(minute, self.first), self.last) - self.first) / (self.last - self.first) * 100


@dataclass(frozen=True)
class Bar:
    """A closed stretch of a column: as shares to draw, and in minutes for the pointer."""

    top: str
    height: str
    first: int
    last: int


@dataclass(frozen=True)
class Entry:
    """A booking in a column, ready to draw; `left` and `width` make room for those at the same time.

    `minute`, `minutes`, `staff` and `revision` are for the pointer and the keyboard, which move what `may_move`.
    """

    id: int
    top: str
    height: str
    left: str
    width: str
    who: str
    what: str
    time: str
    status: str
    is_done: bool
    is_open: bool
    label: str
    address: str
    minute: int
    minutes: int
    staff: int
    revision: int
    may_move: bool


@dataclass(frozen=True)
class Column:
    """One day, or one person's day; `day` and `staff` ("" for everybody) are what a new visit in it begins with."""

    key: str
    day: str
    staff: str
    spoken: str
    initials: str
    title: str
    word: str
    support: str
    is_today: bool
    off: list[Bar]
    visits: list[Entry]
    address: str


def minute_of(instant: datetime, zone: ZoneInfo) -> int:
    """Minutes after local midnight on the wall clock."""
    local = instant.astimezone(zone)
    return local.hour * 60 + local.minute


def frame_of(rows: Iterable[AgendaRow], weeks: Iterable[Sequence[Windows]], zone: ZoneInfo) -> Frame:
    """Wide enough for every booking and every opening hour that is shown."""
    windows = [window for week in weeks for day in week for window in day]
    starts = [minute_of(row.starts_at, zone) for row in rows] + [window.opens for window in windows]
    ends = [end_minute(row, zone) for row in rows] + [window.closes for window in windows]
    first, last = min([*starts, EARLIEST]), max([*ends, LATEST])
    return Frame(first // 60 * 60, min(1440, -(-last // 60) * 60))


def closed(frame: Frame, windows: Windows) -> list[Bar]:
    """What lies between the windows of a day, within the frame."""
    bars, at = [], frame.first
    for window in sorted(windows, key=lambda each: each.opens):
        if window.opens > at:
            bars.append(_bar(frame, at, window.opens))
        at = max(at, window.closes)
    return [*bars, _bar(frame, at, frame.last)] if at < frame.last else bars


def placed(
    rows: Sequence[AgendaRow], frame: Frame, zone: ZoneInfo, addresses: dict[int, str], open_id: int | None
) -> list[Entry]:
    """The bookings of one column; those that overlap stand side by side."""
    lanes = _lanes(rows)
    return [_entry(row, frame, zone, lanes[row.id], addresses[row.id], row.id == open_id) for row in rows]


def _lanes(rows: Sequence[AgendaRow]) -> dict[int, tuple[int, int]]:
    """(lane, lanes) per booking: each cluster of overlapping bookings is divided evenly."""
    found: dict[int, tuple[int, int]] = {}
    cluster: list[AgendaRow] = []
    for row in [*sorted(rows, key=lambda each: (each.starts_at, each.ends_at)), None]:
        if cluster and (row is None or row.starts_at >= max(each.ends_at for each in cluster)):
            found |= _divided(cluster)
            cluster = []
        if row is not None:
            cluster.append(row)
    return found


def _divided(cluster: list[AgendaRow]) -> dict[int, tuple[int, int]]:
    free_at: list[datetime] = []
    lane_of: dict[int, int] = {}
    for row in cluster:
        lane = next((at for at, free in enumerate(free_at) if free <= row.starts_at), len(free_at))
        free_at[lane : lane + 1] = [row.ends_at]
        lane_of[row.id] = lane
    return {booking_id: (lane, len(free_at)) for booking_id, lane in lane_of.items()}


def _entry(row: AgendaRow, frame: Frame, zone: ZoneInfo, lane: tuple[int, int], to: str, is_open: bool) -> Entry:
    top = frame.share(minute_of(row.starts_at, zone))
    end = frame.share(max(end_minute(row, zone), minute_of(row.starts_at, zone) + SHORTEST))
    state = STATE[f"booking.{row.status}"]
    times = f"{wording.clock_time(row.starts_at, zone)}–{wording.clock_time(row.ends_at, zone)}"
    at, lanes = lane
    return Entry(
        id=row.id, top=f"{top:.3f}%", height=f"calc({end - top:.3f}% - 2px)", left=f"calc({at / lanes * 100:.2f}% + 3px)",
        width=f"calc({100 / lanes:.2f}% - 7px)", who=row.contact, what=row.service, time=times, status=row.status,
        is_done=row.status == "completed", is_open=is_open,
        label=f"{row.contact}, {row.service} with {row.staff}, {times}, {state.word}", address=to,
        minute=minute_of(row.starts_at, zone), minutes=int((row.ends_at - row.starts_at).total_seconds() // 60),
        staff=row.staff_id, revision=row.revision, may_move=row.may_move,
    )  # fmt: skip


def end_minute(row: AgendaRow, zone: ZoneInfo) -> int:
    """Where the booking ends on the day it begins; one that runs past midnight ends with the day."""
    same_day = row.ends_at.astimezone(zone).date() == row.starts_at.astimezone(zone).date()
    return minute_of(row.ends_at, zone) if same_day else 1440


def _bar(frame: Frame, start: int, end: int) -> Bar:
    top = frame.share(start)
    return Bar(f"{top:.3f}%", f"{frame.share(end) - top:.3f}%", start, end)


def hour_marks(frame: Frame) -> list[tuple[str, str]]:
    """(word, top) of each full hour but the last."""
    return [(f"{minute // 60:02d}:00", f"{frame.share(minute):.3f}%") for minute in range(frame.first, frame.last, 60)]


def week_of(day: date) -> list[date]:
    """Monday to Sunday of the week a day is in."""
    return [date.fromordinal(day.toordinal() - day.weekday() + ahead) for ahead in range(7)]
