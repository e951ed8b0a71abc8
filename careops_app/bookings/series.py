"""The same visit again and again: every date looked at before anything is saved, then all of it booked or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlmodel import Session

from careops_app.bookings import groups, readings, recurring, rules, sentences
from careops_app.bookings.availability import Offer, bookable, offer, starts_by_staff, timetable
from careops_app.bookings.groups import Form, ForWhom, Leg
from careops_app.bookings.making import require_instant
from careops_app.bookings.models import GroupKind
from careops_app.bookings.placing import closest, lock_times
from careops_app.bookings.recurring import Rhythm
from careops_app.bookings.terms import Staff
from careops_app.errors import Invalid, Refused
from careops_app.infra import clock
from careops_app.infra.db import workspace_of
from careops_app.workspace.access import Actor


@dataclass(frozen=True)
class SeriesWish:
    """What is repeated. `first` is a naive reading of the venue's clock, kept on every date; `staff_id` None is anyone."""

    service_id: int
    first: datetime
    rhythm: Rhythm
    staff_id: int | None = None


@dataclass(frozen=True)
class Instead:
    """What becomes of one date that cannot be had as wished: another start (an instant), or None to leave it out."""

    day: date
    starts_at: datetime | None


@dataclass(frozen=True)
class SeriesBooking:
    """A series as it is to be saved, with what was chosen for single dates."""

    wish: SeriesWish
    whom: ForWhom
    idempotency_key: str
    instead: tuple[Instead, ...] = ()
    source: str = "public"


@dataclass(frozen=True)
class SeriesDay:
    """One date before it is saved: who is free, or what is in the way and which starts of that day are nearest.

    `starts_at` is None when the clocks skip the wished reading.
    """

    reading: datetime
    starts_at: datetime | None
    staff: tuple[Staff, ...]
    problem: str
    nearest: tuple[datetime, ...]

    @property
    def day(self) -> date:
        return self.reading.date()

    @property
    def is_free(self) -> bool:
        return not self.problem


def preview_series(session: Session, scope: Actor | int, wish: SeriesWish) -> tuple[SeriesDay, ...]:
    """Every date of the series, free or not, for staff (an actor) or for customers (a workspace id); writes nothing.

    Raises NotFound, Invalid(first | step | visits | until), Refused(code="service_retired" | "staff_unavailable").
    """
    asked = _asked(session, scope, wish)
    return tuple(_day(session, asked, reading) for reading in _readings(wish))


def book_series(session: Session, scope: Actor | int, wanted: SeriesBooking) -> int:
    """Book every date that is not left out, for a visitor or by staff; returns the group's id. All of it or nothing.

    The same idempotency key returns the same group. Raises what `preview_series` and `service.request` raise: a date
    that cannot be had refuses the whole series, with the nearest starts of that date's service.
    """
    form = Form(wanted.idempotency_key, wanted.whom, groups.told(wanted), wanted.source)
    if (earlier := groups.replayed(session, workspace_of(scope), form)) is not None:
        return earlier
    asked = _asked(session, scope, wanted.wish)
    starts = _starts(wanted, asked)
    lock_times(session, [(asked, asked.limits.taken(start)) for start in starts])
    legs = [Leg(wanted.wish.service_id, start, wanted.wish.staff_id) for start in starts]
    return groups.make(session, scope, GroupKind.SERIES, legs, form)


def _asked(session: Session, scope: Actor | int, wish: SeriesWish) -> Offer:
    if wish.first.tzinfo is not None:
        raise Invalid(first="The first visit is named by the venue's clock, without a zone.")
    require_instant(wish.first.replace(tzinfo=UTC))
    recurring.check(wish.rhythm, wish.first.date())
    bookable(session, workspace_of(scope), wish.service_id)
    staff_id = groups.wanted_staff(session, scope, wish.staff_id)
    return offer(
        session, workspace_of(scope), wish.service_id, staff_id=staff_id, by_staff=isinstance(scope, Actor)
    )  # fmt: skip


def _readings(wish: SeriesWish) -> list[datetime]:
    return [datetime.combine(day, wish.first.time()) for day in recurring.dates(wish.first.date(), wish.rhythm)]


def _day(session: Session, asked: Offer, reading: datetime) -> SeriesDay:
    day, now = reading.date(), clock.now()
    known = timetable(session, asked, day, day)
    by_staff = starts_by_staff(asked, known, day, day, now)
    everyone = {start for starts in by_staff.values() for start in starts}
    start = recurring.instant(reading, asked.zone)
    if start is None:
        close = reading.replace(tzinfo=asked.zone).astimezone(UTC)
        return SeriesDay(reading, None, (), readings.skipped(reading, asked.zone), _near(everyone, close))
    free = tuple(one for one in asked.staff if start in by_staff[one.id])
    if free:
        return SeriesDay(reading, start, free, "", ())
    in_the_way = closest(
        [rules.obstacle(one, start, asked.limits, asked.zone, now) for one in known.calendars.values()]
    )
    problem = sentences.why_not(in_the_way, start, asked.limits, asked.zone)
    return SeriesDay(reading, start, (), problem, _near(everyone, start))


def _near(starts: set[datetime], wanted: datetime) -> tuple[datetime, ...]:
    return tuple(rules.nearest(starts, wanted))


def _starts(wanted: SeriesBooking, asked: Offer) -> list[datetime]:
    """The instants that are left, in order. Raises Invalid(instead), Refused(code="no_such_time")."""
    instead = {one.day: one.starts_at for one in wanted.instead}
    asked_for = _readings(wanted.wish)
    if not instead.keys() <= {reading.date() for reading in asked_for}:
        raise Invalid(instead="One of the chosen dates is none of this series. Look at the dates again.")
    starts: list[datetime] = []
    for reading in asked_for:
        start = instead[reading.date()] if reading.date() in instead else recurring.instant(reading, asked.zone)
        if start is not None:
            require_instant(start)
            starts.append(start.astimezone(UTC))
        elif reading.date() not in instead:
            raise Refused(readings.skipped(reading, asked.zone), code="no_such_time")
    if not starts:
        raise Invalid(instead="Every date is left out. Keep one at least.")
    return sorted(starts)
