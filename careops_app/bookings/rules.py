"""What is allowed: which starts are open, what a booking may become, and what a customer may still change. Pure.

Instants are aware UTC, durations are elapsed time, `zone` is the venue's. A start that is offered is a start that is
accepted: `is_open` asks the same function that lists the open starts.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from careops_app.bookings.spans import DAY, Hours, Span, Windows, local_day, merged, open_on, without
from careops_app.bookings.status import BookingStatus as S
from careops_app.bookings.stretches import clear_points, contains, on_grid, points_in

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
RESTORABLE = frozenset({S.CANCELLED, S.NO_SHOW})
"""What staff may take back, by its own command: the time must still be free."""
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

    `notice_minutes` is elapsed time from now to the start; `horizon_days` counts dates on the venue's calendar; caps
    count visits per date and per ISO week there, a group as one. `capacity` is how many seats a start has.
    """

    duration_minutes: int
    before_minutes: int = 0
    after_minutes: int = 0
    step_minutes: int = 15
    notice_minutes: int = 0
    horizon_days: int = 60
    capacity: int = 1
    daily_cap: int | None = None
    weekly_cap: int | None = None

    @property
    def is_group(self) -> bool:
        return self.capacity > 1

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.duration_minutes)

    @property
    def before(self) -> timedelta:
        return timedelta(minutes=self.before_minutes)

    @property
    def after(self) -> timedelta:
        return timedelta(minutes=self.after_minutes)

    @property
    def step(self) -> timedelta:
        return timedelta(minutes=self.step_minutes)

    def visit(self, start: datetime) -> Span:
        """The visit itself."""
        return Span(start, start + self.duration)

    def taken(self, start: datetime) -> Span:
        """What the visit takes of a calendar: with its buffers."""
        return self.visit(start).grown(self.before, self.after)

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


Week = tuple[int, int]  # ISO year and week


@dataclass(frozen=True)
class Shared:
    """What counts for everybody who gives the service.

    `clear` are the stretches of starts (both ends included) at which a room and machine of every kind needed is free,
    buffers included; None when nothing is needed. On full days and weeks the caps are reached. `is_short`: stock is
    missing without which the service is not offered.
    """

    clear: tuple[Span, ...] | None = None
    full_days: frozenset[date] = frozenset()
    full_weeks: frozenset[Week] = frozenset()
    is_short: bool = False


@dataclass(frozen=True)
class Calendar:
    """When somebody works and what is in the way: closures keep visits out, other visits also their buffers.

    `groups` are the starts that a group of this service has already taken, with the seats that are left.
    """

    hours: Hours
    closed: tuple[Span, ...] = ()
    busy: tuple[Span, ...] = ()
    shared: Shared = Shared()
    groups: tuple[tuple[datetime, int], ...] = ()

    def seats_left(self, start: datetime) -> int | None:
        """Seats of the group that starts then; None when there is none."""
        return next((left for at, left in self.groups if at == start), None)


class Obstacle(StrEnum):
    """Why a start is not open; the value is the code that machines read."""

    PAST = "past"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    CLOSED = "closed"
    OFF_GRID = "off_grid"
    TAKEN = "slot_taken"
    NO_SEATS = "no_seats"
    NO_RESOURCE = "no_resource"
    DAY_FULL = "day_full"
    WEEK_FULL = "week_full"
    NO_STOCK = "no_stock"


OVERRIDABLE = frozenset(Obstacle) - {Obstacle.PAST, Obstacle.TOO_SOON, Obstacle.TOO_FAR, Obstacle.NO_SEATS}
"""What staff may set aside with a written reason."""


def open_starts(
    calendar: Calendar, first: date, last: date, limits: Limits, zone: tzinfo, now: datetime, seats: int = 1
) -> list[datetime]:
    """Every start a visit may have on the dates first to last of the venue's calendar, in order.

    A start lies on the grid of `step_minutes` that begins where that day opens; the whole visit is within opening hours
    and outside closures; with its buffers it touches no other visit, and there are rooms and machines for it; notice,
    horizon and caps are kept. Or it is the start of a group with seats left.
    """
    first, last = max(first, local_day(limits.earliest(now), zone)), min(last, limits.last_day(now, zone))
    if first > last or calendar.shared.is_short or seats > limits.capacity:
        return []
    grid = _grid(calendar.hours, calendar.closed, first, last, limits.duration, limits.step, zone)
    grid = grid[bisect_left(grid, limits.earliest(now)) :]
    free = clear_points(grid, calendar.busy, limits.before, limits.duration + limits.after)
    if calendar.shared.clear is not None:
        free = points_in(free, calendar.shared.clear)
    free = _below_caps(free, calendar.shared, zone)
    joinable = {start for start, left in calendar.groups if left >= seats}
    return sorted({*free, *joinable.intersection(grid)}) if joinable else free


def is_open(calendar: Calendar, start: datetime, limits: Limits, zone: tzinfo, now: datetime, seats: int = 1) -> bool:
    """Whether this start is one of `open_starts`."""
    day = local_day(start, zone)
    return start in open_starts(calendar, day, day, limits, zone, now, seats)


def obstacles(
    calendar: Calendar, start: datetime, limits: Limits, zone: tzinfo, now: datetime, seats: int = 1
) -> list[Obstacle]:
    """Every reason why this start is not open, the one that weighs most first; none exactly when it is open."""
    day, shared = local_day(start, zone), calendar.shared
    opened = _opened(calendar.hours, day, day, zone)
    runs = without(merged(piece for _, pieces in opened for piece in pieces), calendar.closed)
    is_early, is_closed = start < limits.earliest(now), not any(run.covers(limits.visit(start)) for run in runs)
    grids = [piece for on, pieces in opened for piece in pieces if on == day]
    seats_left = calendar.seats_left(start)
    is_new = seats_left is None
    holds = {
        Obstacle.PAST: is_early and start < now,
        Obstacle.TOO_SOON: is_early and start >= now,
        Obstacle.TOO_FAR: day > limits.last_day(now, zone),
        Obstacle.CLOSED: is_closed,
        Obstacle.OFF_GRID: not is_closed and not on_grid(grids, [Span(start, start)], limits.step),
        Obstacle.NO_SEATS: seats > (limits.capacity if seats_left is None else seats_left),
        Obstacle.TAKEN: is_new and any(limits.taken(start).overlaps(busy) for busy in calendar.busy),
        Obstacle.NO_RESOURCE: is_new and shared.clear is not None and not contains(shared.clear, start),
        Obstacle.DAY_FULL: is_new and day in shared.full_days,
        Obstacle.WEEK_FULL: is_new and week_of(day) in shared.full_weeks,
        Obstacle.NO_STOCK: shared.is_short,
    }
    return [obstacle for obstacle, is_so in holds.items() if is_so]


def obstacle(
    calendar: Calendar, start: datetime, limits: Limits, zone: tzinfo, now: datetime, seats: int = 1
) -> Obstacle | None:
    """The reason that weighs most why this start is not open; None when it is."""
    return next(iter(obstacles(calendar, start, limits, zone, now, seats)), None)


def week_of(day: date) -> Week:
    """The ISO week of a date."""
    iso = day.isocalendar()
    return iso.year, iso.week


def caps_reached(starts: Iterable[datetime], limits: Limits, zone: tzinfo) -> tuple[frozenset[date], frozenset[Week]]:
    """The dates and weeks on which one more visit would be too many; `starts` are those there are, a group once."""
    days = [local_day(start, zone) for start in starts]
    weeks = [week_of(day) for day in days]
    full_days = {day for day in days if limits.daily_cap and days.count(day) >= limits.daily_cap}
    full_weeks = {week for week in weeks if limits.weekly_cap and weeks.count(week) >= limits.weekly_cap}
    return frozenset(full_days), frozenset(full_weeks)


def nearest(starts: Iterable[datetime], wanted: datetime, count: int = 3) -> list[datetime]:
    """The starts closest to the wanted one, in order of time."""
    return sorted(sorted(starts, key=lambda start: (abs(start - wanted), start))[:count])


def by_load(candidates: Iterable[int], calendars: Mapping[int, Calendar], day: Span) -> list[int]:
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


@lru_cache(maxsize=2_048)
def _grid(
    hours: Hours, closed: tuple[Span, ...], first: date, last: date, duration: timedelta, step: timedelta, zone: tzinfo
) -> list[datetime]:
    """Every start on these dates whose whole visit lies within the hours and outside closures, whatever else there is."""
    opened = _opened(hours, first, last, zone)
    runs = without(merged(piece for _, pieces in opened for piece in pieces), closed)
    within = [Span(run.start, run.end - duration) for run in runs if run.start + duration <= run.end]
    return on_grid([piece for day, pieces in opened for piece in pieces if first <= day <= last], within, step)


def _below_caps(starts: list[datetime], shared: Shared, zone: tzinfo) -> list[datetime]:
    if not shared.full_days and not shared.full_weeks:
        return starts
    days = [(start, local_day(start, zone)) for start in starts]
    return [start for start, day in days if day not in shared.full_days and week_of(day) not in shared.full_weeks]
