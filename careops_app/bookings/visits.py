"""Several services one after the other for one person: where all of them fit, then all of it booked or nothing.

A service starts when the one before has ended. With the same person or room the buffers of both lie between them too;
where the grid of a service asks for it, the customer waits a little.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session

from careops_app.bookings import groups, rules
from careops_app.bookings.availability import Offer, bookable, offer, starts_by_staff, timetable
from careops_app.bookings.groups import Form, ForWhom, Leg
from careops_app.bookings.making import require_instant
from careops_app.bookings.models import GroupKind
from careops_app.bookings.placing import lock_times
from careops_app.bookings.queries import MOST_DAYS
from careops_app.bookings.spans import DAY, Span, local_day, whole_days
from careops_app.errors import Invalid, Refused
from careops_app.infra import clock, wording
from careops_app.infra.db import workspace_of
from careops_app.workspace.access import Actor

FEWEST_PARTS, MOST_PARTS = 2, 5
LONGEST_WAIT = timedelta(minutes=30)  # between two services, beyond what buffers ask for
MOST_TRIED = 3  # people tried for one service before another start is looked at
DAYS_AROUND = 7


@dataclass(frozen=True)
class Part:
    """One of the services; `staff_id` None means anyone who is free."""

    service_id: int
    staff_id: int | None = None


@dataclass(frozen=True)
class VisitSearch:
    """Which services in which order, on which dates of the venue (1 to 62)."""

    parts: tuple[Part, ...]
    first_day: date
    days: int = 1


@dataclass(frozen=True)
class VisitLeg:
    """One service of a visit at its time, with somebody who is free then; `things` are rooms and machines it may take."""

    service_id: int
    staff_id: int
    starts_at: datetime
    ends_at: datetime
    taken: Span
    things: frozenset[int] = frozenset()


@dataclass(frozen=True)
class VisitSlot:
    """A start at which all services fit, one after the other."""

    legs: tuple[VisitLeg, ...]

    @property
    def starts_at(self) -> datetime:
        return self.legs[0].starts_at

    @property
    def ends_at(self) -> datetime:
        return self.legs[-1].ends_at


@dataclass(frozen=True)
class VisitBooking:
    """A visit as it is to be saved; `starts_at` is an instant, the start of the first service."""

    parts: tuple[Part, ...]
    starts_at: datetime
    whom: ForWhom
    idempotency_key: str
    source: str = "public"


@dataclass(frozen=True)
class _Side:
    """What is known of one part on the days that are looked at; the open starts of each calendar, who is free first."""

    asked: Offer
    starts: dict[int, list[datetime]]


def visit_slots(session: Session, scope: Actor | int, wanted: VisitSearch) -> tuple[VisitSlot, ...]:
    """Every start at which all parts fit, in order, for staff (an actor) or customers (a workspace id); writes nothing.

    Raises NotFound, Invalid(parts | days), Refused(code="service_retired" | "staff_unavailable").
    """
    if not 1 <= wanted.days <= MOST_DAYS:
        raise Invalid(days=f"Choose 1 to {MOST_DAYS} days.")
    asked = _offers(session, scope, wanted.parts)
    return tuple(_fitting(session, asked, wanted.first_day, wanted.first_day + DAY * (wanted.days - 1)))


def book_visit(session: Session, scope: Actor | int, wanted: VisitBooking) -> int:
    """Book all parts, for a visitor or by staff; returns the group's id. All of it or nothing.

    The same idempotency key returns the same group. Raises what `visit_slots` and `service.request` raise;
    Refused(code="slot_taken") with the nearest starts at which all parts fit.
    """
    form = Form(wanted.idempotency_key, wanted.whom, groups.told(wanted), wanted.source)
    if (earlier := groups.replayed(session, workspace_of(scope), form)) is not None:
        return earlier
    require_instant(wanted.starts_at)
    asked, start = _offers(session, scope, wanted.parts), wanted.starts_at.astimezone(UTC)
    lock_times(session, [(one, _reach(asked, start)) for one in asked])
    day = local_day(start, asked[0].zone)
    slot = next((one for one in _fitting(session, asked, day, day) if one.starts_at == start), None)
    if slot is None:
        raise _refusal(session, asked, start)
    legs = [Leg(leg.service_id, leg.starts_at, leg.staff_id) for leg in slot.legs]
    return groups.make(session, scope, GroupKind.VISIT, legs, form)


def _offers(session: Session, scope: Actor | int, parts: Sequence[Part]) -> list[Offer]:
    if not FEWEST_PARTS <= len(parts) <= MOST_PARTS:
        raise Invalid(parts=f"A visit has {FEWEST_PARTS} to {MOST_PARTS} services.")
    return [_offer(session, scope, part) for part in parts]


def _offer(session: Session, scope: Actor | int, part: Part) -> Offer:
    bookable(session, workspace_of(scope), part.service_id)
    staff_id = groups.wanted_staff(session, scope, part.staff_id)
    return offer(session, workspace_of(scope), part.service_id, staff_id=staff_id, by_staff=isinstance(scope, Actor))


def _reach(asked: Sequence[Offer], start: datetime) -> Span:
    """Everything the visit may take of anybody, so that all of it is locked before it is looked at."""
    taken = [one.limits.taken(start) for one in asked]
    length = sum((span.end - span.start + LONGEST_WAIT for span in taken), timedelta())
    return Span(min(span.start for span in taken), start + length)


def _refusal(session: Session, asked: Sequence[Offer], start: datetime) -> Refused:
    zone = asked[0].zone
    day, today = local_day(start, zone), local_day(clock.now(), zone)
    around = _fitting(session, asked, max(today, day - DAY * DAYS_AROUND), max(today, day + DAY * DAYS_AROUND))
    return Refused(
        f"{wording.moment(start, zone)} is not free for all of these services any more.", code="slot_taken",
        nearest=rules.nearest((slot.starts_at for slot in around), start),
    )  # fmt: skip


def _fitting(session: Session, asked: Sequence[Offer], first: date, last: date) -> list[VisitSlot]:
    sides = [_side(session, one, first, last if at == 0 else last + DAY) for at, one in enumerate(asked)]
    beginnings = sorted({start for starts in sides[0].starts.values() for start in starts})
    found = (_chain(sides, [], start) for start in beginnings)
    return [VisitSlot(tuple(legs)) for legs in found if legs is not None]


def _side(session: Session, asked: Offer, first: date, last: date) -> _Side:
    """The least busy person first, as for anyone who books one service."""
    known = timetable(session, asked, first, last)
    starts = starts_by_staff(asked, known, first, last, clock.now())
    ranked = rules.by_load(asked.staff_ids, known.calendars, whole_days(first, last, asked.zone))
    return _Side(asked, {staff_id: starts[staff_id] for staff_id in ranked})


def _chain(sides: Sequence[_Side], before: list[VisitLeg], at: datetime) -> list[VisitLeg] | None:
    """The rest of a visit whose first service starts exactly `at`; None when some part finds no place."""
    if len(before) == len(sides):
        return before
    side = sides[len(before)]
    for leg in _next_legs(side, before, at):
        if (whole := _chain(sides, [*before, leg], leg.ends_at)) is not None:
            return whole
    return None


def _next_legs(side: _Side, before: Sequence[VisitLeg], at: datetime) -> list[VisitLeg]:
    """The earliest place of a part with each person, soonest first; the first part waits for nobody."""
    wait = LONGEST_WAIT if before else timedelta()
    legs = [
        _leg(side.asked, staff_id, starts[index])
        for staff_id, starts in side.starts.items()
        if (index := bisect_left(starts, earliest := _earliest(side.asked, staff_id, before, at))) < len(starts)
        and starts[index] <= earliest + wait
    ]
    return sorted(legs, key=lambda leg: leg.starts_at)[:MOST_TRIED]


def _earliest(asked: Offer, staff_id: int, before: Sequence[VisitLeg], at: datetime) -> datetime:
    """When the part may start at the earliest: after the buffers of both where it may need the same person or room."""
    gap, things = asked.limits.visit(at).start - asked.limits.taken(at).start, _things(asked)
    shared = (leg for leg in before if leg.staff_id == staff_id or leg.things & things)
    return max([at, *(leg.taken.end + gap for leg in shared)])


def _things(asked: Offer) -> frozenset[int]:
    """The rooms and machines that the service may take."""
    return frozenset(one for one, _ in asked.terms.resources)


def _leg(asked: Offer, staff_id: int, start: datetime) -> VisitLeg:
    visit = asked.limits.visit(start)
    return VisitLeg(asked.service_id, staff_id, visit.start, visit.end, asked.limits.taken(start), _things(asked))
