"""What is allowed: which starts are open, what a booking may become, and what a customer may still change. Pure.

Instants are aware UTC, durations are elapsed time, `zone` is the venue's. A start that is offered is a start that is
accepted: `is_open` asks the same function that lists the open starts.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter

from careops_app.bookings.spans import DAY, Hours, Span, Windows, local_day, merged, open_on, without
from careops_app.bookings.status import BookingStatus as S

STAFF_STEP_MINUTES = 5
LONGEST_VISIT = DAY
WALK_IN_GRACE_MINUTES = 15
STAFF_HORIZON_DAYS = 730
REFERENCE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"  # nothing that is misread, no vowels: no words by accident
REFERENCE_LENGTH = 5

MAY_BECOME: dict[S, frozenset[S]] = {
    S.PENDING: frozenset({S.CONFIRMED, S.CANCELLED}),
    S.CONFIRMED: frozenset({S.CHECKED_IN, S.COMPLETED, S.NO_SHOW, S.CANCELLED}),
    S.CHECKED_IN: frozenset({S.COMPLETED}),
    S.COMPLETED: frozenset(),
    S.NO_SHOW: frozenset(),
    S.CANCELLED: frozenset(),
}
MAY_MOVE = frozenset({S.PENDING, S.CONFIRMED})
AFTER_THE_START = frozenset({S.COMPLETED, S.NO_SHOW})
ON_THE_DAY = frozenset({S.CHECKED_IN})

# Which statuses take time: a promise does, a visit keeps the time it took, and what will not happen frees it.
OCCUPIES: dict[S, bool] = {
    S.PENDING: True,
    S.CONFIRMED: True,
    S.CHECKED_IN: True,
    S.COMPLETED: True,
    S.NO_SHOW: False,
    S.CANCELLED: False,
}


@dataclass(frozen=True)
class Limits:
    """What a service asks of a start. Buffers keep other visits away and may lie outside the opening hours.

    `notice_minutes` is elapsed time from now to the start; `horizon_days` counts dates on the venue's calendar.
    """

    duration_minutes: int
    before_minutes: int = 0
    after_minutes: int = 0
    step_minutes: int = 15
    notice_minutes: int = 0
    horizon_days: int = 60

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.duration_minutes)

    @property
    def step(self) -> timedelta:
        return timedelta(minutes=self.step_minutes)

    def visit(self, start: datetime) -> Span:
        """The visit itself."""
        return Span(start, start + self.duration)

    def taken(self, start: datetime) -> Span:
        """What the visit takes of a calendar: with its buffers."""
        return self.visit(start).grown(timedelta(minutes=self.before_minutes), timedelta(minutes=self.after_minutes))

    def earliest(self, now: datetime) -> datetime:
        return now + timedelta(minutes=self.notice_minutes)

    def last_day(self, now: datetime, zone: tzinfo) -> date:
        return local_day(now, zone) + timedelta(days=self.horizon_days)


def for_staff(limits: Limits) -> Limits:
    """What staff are held to: hours and other visits; notice and horizon hardly, and a walk-in may just have begun."""
    return replace(
        limits,
        step_minutes=STAFF_STEP_MINUTES,
        notice_minutes=-WALK_IN_GRACE_MINUTES,
        horizon_days=STAFF_HORIZON_DAYS,
    )


@dataclass(frozen=True)
class Calendar:
    """When somebody works and what is in the way: closures keep visits out, other visits also their buffers."""

    hours: Hours
    closed: tuple[Span, ...] = ()
    busy: tuple[Span, ...] = ()


class Obstacle(StrEnum):
    """Why a start is not open; the value is the code that machines read."""

    PAST = "past"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    CLOSED = "closed"
    OFF_GRID = "off_grid"
    TAKEN = "slot_taken"


def open_starts(
    calendar: Calendar, first: date, last: date, limits: Limits, zone: tzinfo, now: datetime
) -> list[datetime]:
    """Every start a visit may have on the dates first to last of the venue's calendar, in order.

    A start lies on the grid of `step_minutes` that begins where that day opens; the whole visit is within opening hours
    and outside closures; with its buffers it touches no other visit; notice and horizon are kept.
    """
    first, last = max(first, local_day(limits.earliest(now), zone)), min(last, limits.last_day(now, zone))
    if first > last:
        return []
    opened = _opened(calendar.hours, first, last, zone)
    allowed = _allowed(opened, calendar, limits, now)
    grids = [piece for day, pieces in opened for piece in pieces if first <= day <= last]
    return _on_grid(grids, allowed, limits.step)


def is_open(calendar: Calendar, start: datetime, limits: Limits, zone: tzinfo, now: datetime) -> bool:
    """Whether this start is one of `open_starts`."""
    day = local_day(start, zone)
    return start in open_starts(calendar, day, day, limits, zone, now)


def obstacles(calendar: Calendar, start: datetime, limits: Limits, zone: tzinfo, now: datetime) -> list[Obstacle]:
    """Every reason why this start is not open, the one that weighs most first; none exactly when it is open."""
    day = local_day(start, zone)
    opened = _opened(calendar.hours, day, day, zone)
    runs = without(merged(piece for _, pieces in opened for piece in pieces), calendar.closed)
    is_early, is_closed = start < limits.earliest(now), not any(run.covers(limits.visit(start)) for run in runs)
    grids = [piece for on, pieces in opened for piece in pieces if on == day]
    holds = {
        Obstacle.PAST: is_early and start < now,
        Obstacle.TOO_SOON: is_early and start >= now,
        Obstacle.TOO_FAR: day > limits.last_day(now, zone),
        Obstacle.CLOSED: is_closed,
        Obstacle.TAKEN: any(limits.taken(start).overlaps(busy) for busy in calendar.busy),
        Obstacle.OFF_GRID: not is_closed and not _on_grid(grids, [Span(start, start)], limits.step),
    }
    return [obstacle for obstacle, is_so in holds.items() if is_so]


def obstacle(calendar: Calendar, start: datetime, limits: Limits, zone: tzinfo, now: datetime) -> Obstacle | None:
    """The reason that weighs most why this start is not open; None when it is."""
    return next(iter(obstacles(calendar, start, limits, zone, now)), None)


def nearest(starts: Iterable[datetime], wanted: datetime, count: int = 3) -> list[datetime]:
    """The starts closest to the wanted one, in order of time."""
    return sorted(sorted(starts, key=lambda start: (abs(start - wanted), start))[:count])


def by_load(candidates: Iterable[int], calendars: dict[int, Calendar], day: Span) -> list[int]:
    """Who takes a visit that anyone may take: the least busy that day first, equals in an order that varies by day."""

    def rank(staff_id: int) -> tuple[timedelta, bytes]:
        taken = (busy.common(day) for busy in merged(calendars[staff_id].busy))
        load = sum((span.end - span.start for span in taken if span), timedelta())
        return load, hashlib.blake2b(f"{staff_id}:{day.start:%Y%m%d}".encode(), digest_size=8).digest()

    return sorted(candidates, key=rank)


def windows_problem(windows: Windows) -> str | None:
    """Why these windows of one day cannot be kept, or None."""
    if any(not 0 <= window.opens < window.closes <= 1440 for window in windows):
        return "The end must be after the start, both between 00:00 and 24:00."
    ordered = sorted(windows)
    if any(later.opens < earlier.closes for earlier, later in pairwise(ordered)):
        return "Two of these times overlap."
    return None


class CustomerMay(StrEnum):
    """Whether a customer may still move or cancel a visit."""

    CHANGE = "change"
    TOO_LATE = "too_late"  # inside the notice the service asks for
    NO_MORE = "no_more"  # begun, over or cancelled


def change_deadline(starts_at: datetime, cancel_notice_minutes: int) -> datetime:
    """Until when (not included) a customer may move or cancel."""
    return starts_at - timedelta(minutes=cancel_notice_minutes)


def may_customer_change(status: S, starts_at: datetime, cancel_notice_minutes: int, now: datetime) -> CustomerMay:
    """What the service's policy says now."""
    if status not in MAY_MOVE or now >= starts_at:
        return CustomerMay.NO_MORE
    return CustomerMay.CHANGE if now < change_deadline(starts_at, cancel_notice_minutes) else CustomerMay.TOO_LATE


def is_time_for(status: S, starts_at: datetime, zone: tzinfo, now: datetime) -> bool:
    """Whether the clock allows this status: outcomes once the visit has begun, arrival on its day or later."""
    if status in AFTER_THE_START:
        return now >= starts_at
    return status not in ON_THE_DAY or local_day(now, zone) >= local_day(starts_at, zone)


def next_statuses(status: S, starts_at: datetime, zone: tzinfo, now: datetime) -> tuple[S, ...]:
    """What the booking may become right now, in the order of the statuses."""
    return tuple(to for to in S if to in MAY_BECOME[status] and is_time_for(to, starts_at, zone, now))


def reference(business: str, number: int) -> str:
    """A code to say on the phone: two letters of the business and five that spell the number, such as “SA-7KQ4W”."""
    letters = "".join(letter for letter in business.upper() if letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    spelled = ""
    for _ in range(REFERENCE_LENGTH):
        number, rest = divmod(number, len(REFERENCE_LETTERS))
        spelled += REFERENCE_LETTERS[rest]
    return f"{(letters + 'CO')[:2]}-{spelled}"


@lru_cache(maxsize=512)
def _opened(hours: Hours, first: date, last: date, zone: tzinfo) -> tuple[tuple[date, list[Span]], ...]:
    """The open pieces of each date, with the dates around that a visit may reach into. Calendars often share hours."""
    days = [first - DAY + DAY * number for number in range((last - first).days + 4)]
    return tuple((day, open_on(day, hours.on(day), zone)) for day in days)


def _allowed(
    opened: Iterable[tuple[date, list[Span]]], calendar: Calendar, limits: Limits, now: datetime
) -> list[Span]:
    """Where a start may lie, both ends included."""
    runs = without(merged(piece for _, pieces in opened for piece in pieces), calendar.closed)
    earliest, duration = limits.earliest(now), limits.duration
    fitting = [Span(max(run.start, earliest), run.end - duration) for run in runs]
    return _clear_of([span for span in fitting if span.start <= span.end], calendar.busy, limits)


def _clear_of(allowed: list[Span], busy: Iterable[Span], limits: Limits) -> list[Span]:
    """Remove the starts whose visit with buffers would meet another visit: those strictly between two bounds."""
    before = timedelta(minutes=limits.before_minutes)
    after = limits.duration + timedelta(minutes=limits.after_minutes)
    blocked = sorted((other.start - after, other.end + before) for other in busy)
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


def _on_grid(grids: list[Span], allowed: list[Span], step: timedelta) -> list[datetime]:
    """The points of each grid (from its start, before its end) that lie in an allowed stretch, ends included."""
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


_end = attrgetter("end")
