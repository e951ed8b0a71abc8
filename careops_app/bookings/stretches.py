"""Where starts may lie: stretches of time whose both ends belong to them, and what visits in the way leave of them. Pure.

A `Span` in here is closed: a stretch may be a single instant. All lists are in order, their stretches apart.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter

from careops_app.bookings.spans import Span

_end = attrgetter("end")


def clear_of(allowed: Sequence[Span], busy: Iterable[Span], before: timedelta, after: timedelta) -> list[Span]:
    """What is left when a start must lie `after` before each busy span and `before` behind it, at least."""
    blocked = _blocked(busy, before, after)
    left: list[Span] = []
    next_block = 0
    for span in allowed:
        start = span.start
        while next_block < len(blocked) and blocked[next_block][0] < span.end:
            first, last = blocked[next_block]
            if last > start:
                if start <= first:
                    left.append(Span(start, first))
                start = last
            if last > span.end:
                break  # it may reach into the next span too
            next_block += 1
        if start <= span.end:
            left.append(Span(start, span.end))
    return left


def clear_points(
    points: Sequence[datetime], busy: Iterable[Span], before: timedelta, after: timedelta
) -> list[datetime]:
    """The points (in order) that `clear_of` would leave."""
    left: list[datetime] = []
    at = 0
    for first, last in _blocked(busy, before, after):
        upto = bisect_right(points, first, at)
        left += points[at:upto]
        at = bisect_left(points, last, upto)
    left += points[at:]
    return left


def points_in(points: Sequence[datetime], stretches: Iterable[Span]) -> list[datetime]:
    """The points (in order) that lie in one of the stretches."""
    return [
        point
        for stretch in stretches
        for point in points[bisect_left(points, stretch.start) : bisect_right(points, stretch.end)]
    ]


def _blocked(busy: Iterable[Span], before: timedelta, after: timedelta) -> list[tuple[datetime, datetime]]:
    """Between these two a start is impossible; they themselves are possible."""
    return sorted((other.start - after, other.end + before) for other in busy)


def in_both(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """What lies in a stretch of either list."""
    found: list[Span] = []
    at = 0
    for span in one:
        while at < len(other) and other[at].end < span.start:
            at += 1
        for candidate in other[at:]:
            if candidate.start > span.end:
                break
            found.append(Span(max(span.start, candidate.start), min(span.end, candidate.end)))
    return found


def contains(stretches: Sequence[Span], instant: datetime) -> bool:
    """Whether the instant lies in one of them."""
    at = bisect_left(stretches, instant, key=_end)
    return at < len(stretches) and stretches[at].start <= instant


def on_grid(grids: Iterable[Span], allowed: Sequence[Span], step: timedelta) -> list[datetime]:
    """The points of each grid (from its start, before its end) that lie in an allowed stretch."""
    found: list[datetime] = []
    for grid in sorted(grids):
        for span in allowed[bisect_left(allowed, grid.start, key=_end) :]:
            if span.start >= grid.end:
                break
            start = grid.start + -((grid.start - max(span.start, grid.start)) // step) * step
            while start <= span.end and start < grid.end:
                found.append(start)
                start += step
    return sorted(set(found))
