"""Stretches of time and how opening hours become them: pure, exact across clock changes.

An instant is aware UTC; a wall reading is what the venue's clock shows. A minute is open exactly when its wall reading
lies in a window, so a window of a day on which the clocks change may be shorter, longer or in two pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise

DAY = timedelta(days=1)
FARTHEST_OFFSET = timedelta(hours=26)  # no zone is further from UTC
PROBE = timedelta(hours=6)  # no zone changes its clocks twice within so short a time
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The instants in [start, end), aware UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    def covers(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def common(self, other: Span) -> Span | None:
        """What both have, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def grown(self, before: timedelta, after: timedelta) -> Span:
        return Span(self.start - before, self.end + after)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Open on the venue's clock in [opens, closes): minutes after local midnight, 0 to 1440."""

    opens: int
    closes: int


Windows = tuple[Window, ...]


@dataclass(frozen=True)
class Hours:
    """Windows per weekday, Monday first, and those of single dates, which replace the weekday's."""

    week: tuple[Windows, ...] = ((),) * 7
    special: tuple[tuple[date, Windows], ...] = ()

    def on(self, day: date) -> Windows:
        return next((windows for on, windows in self.special if on == day), self.week[day.weekday()])

    def any_weekly(self) -> bool:
        return any(self.week)


def effective(own: Hours, business: Hours) -> Hours:
    """Whose hours count for a calendar: its own week if it has one, else the business's; its own dates always win."""
    if own.any_weekly():
        return own
    dates = {**dict(business.special), **dict(own.special)}
    return Hours(business.week, tuple(sorted(dates.items())))


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same instants in the fewest spans, in order; touching ones become one."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def without(spans: Iterable[Span], taken: Sequence[Span]) -> list[Span]:
    """What is left of `spans` (in order, apart from each other) when `taken` is removed."""
    left: list[Span] = []
    holes = merged(taken)
    for span in spans:
        start = span.start
        for hole in holes:
            if hole.end <= start:
                continue
            if hole.start >= span.end:
                break
            if start < hole.start:
                left.append(Span(start, hole.start))
            start = hole.end
        if start < span.end:
            left.append(Span(start, span.end))
    return left


def open_on(day: date, windows: Windows, zone: tzinfo) -> list[Span]:
    """The instants whose reading on the venue's clock is that date and lies in a window: in order, joined.

    The day is cut where the zone's offset changes; with a constant offset a window is one shift of its wall readings.
    """
    midnight = datetime.combine(day, time(), UTC)
    pieces = []
    for stretch, offset in _constant_offsets(zone, Span(midnight - FARTHEST_OFFSET, midnight + DAY + FARTHEST_OFFSET)):
        for window in windows:
            opens, closes = timedelta(minutes=window.opens), timedelta(minutes=window.closes)
            if (piece := Span(midnight + opens - offset, midnight + closes - offset).common(stretch)) is not None:
                pieces.append(piece)
    return merged(pieces)


def whole_days(first: date, last: date, zone: tzinfo) -> Span:
    """From the first instant of `first` to the end of `last` in the zone; both dates included."""
    all_day = (Window(0, 1440),)
    return Span(open_on(first, all_day, zone)[0].start, open_on(last, all_day, zone)[-1].end)


def instants_at(wall: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """When the venue's clock shows this naive reading: once, twice (clocks go back) or never (clocks go forward)."""
    guesses = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(instant for instant in guesses if instant.astimezone(zone).replace(tzinfo=None) == wall))


def around_gap(wall: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """For a naive reading that the clocks skip: the reading they jump from, and the one they jump to."""
    guesses = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    jump = _change_between(min(guesses) - SECOND, max(guesses), zone)
    before = (jump - SECOND).astimezone(zone).replace(tzinfo=None) + SECOND
    return before, jump.astimezone(zone).replace(tzinfo=None)


def local_day(instant: datetime, zone: tzinfo) -> date:
    """The date on the venue's calendar at that instant."""
    return instant.astimezone(zone).date()


def _constant_offsets(zone: tzinfo, span: Span) -> list[tuple[Span, timedelta]]:
    """The span, cut so that the zone keeps one offset in each part."""
    years = range(span.start.year, span.end.year + 1)
    changes = [at for year in years for at in _offset_changes(zone, year) if span.start < at < span.end]
    edges = [span.start, *changes, span.end]
    return [(Span(start, end), _offset(start, zone)) for start, end in pairwise(edges)]


@lru_cache(maxsize=1024)
def _offset_changes(zone: tzinfo, year: int) -> tuple[datetime, ...]:
    """The instants of a UTC year at which the zone's offset becomes another, to the second."""
    start, end = datetime(year, 1, 1, tzinfo=UTC) - PROBE, datetime(year + 1, 1, 1, tzinfo=UTC)
    changes = []
    while start < end:
        if _offset(start, zone) != _offset(start + PROBE, zone):
            changes.append(_change_between(start, start + PROBE, zone))
        start += PROBE
    return tuple(at for at in changes if at.year == year)


def _change_between(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    was = _offset(before, zone)
    while after - before > SECOND:
        middle = before + (after - before) // 2
        middle -= timedelta(microseconds=middle.microsecond)
        before, after = (middle, after) if _offset(middle, zone) == was else (before, middle)
    return after


def _offset(instant: datetime, zone: tzinfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()
