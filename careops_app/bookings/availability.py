"""Who may give a service, when they work and what is in the way, in a few queries however many days and calendars.

What the rules need comes from here for both sides, the one that offers starts and the one that accepts them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from careops_app.bookings import rules, supplies
from careops_app.bookings.models import NeedChoice, Resource
from careops_app.bookings.rules import OCCUPIES, Calendar, Limits, Shared
from careops_app.bookings.spans import DAY, Hours, Span, local_day, merged, whole_days
from careops_app.bookings.stretches import clear_of, in_both
from careops_app.bookings.supplies import Supply
from careops_app.bookings.terms import Need, Staff, Terms, terms_of
from careops_app.errors import Refused
from careops_app.infra import clock
from careops_app.infra.db import load, rows, whole_sight

REACH = timedelta(days=2)  # a visit and its buffers are shorter: nothing further away can be in the way
LONGEST_TAKEN = timedelta(hours=40)
DAYS_TO_LOOK_AROUND = (3, 14, 62)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OCCUPYING = [status.value for status, takes in OCCUPIES.items() if takes]

NO_ID = 0  # ids begin at 1

Lane = tuple[int, int]  # of a resource: (resource id, number from 0)


@dataclass(frozen=True)
class Mine:
    """What counts as free for the one who asks: the time of a booking that moves, and of a hold."""

    booking_id: int | None = None
    hold_id: int | None = None


NOTHING = Mine()


@dataclass(frozen=True)
class Offer:
    """A service as it can be booked: under which terms, by whom, with how many seats."""

    workspace_id: int
    terms: Terms
    limits: Limits
    staff: tuple[Staff, ...]
    seats: int = 1

    @property
    def service_id(self) -> int:
        return self.terms.service_id

    @property
    def zone(self) -> ZoneInfo:
        return self.terms.zone

    @property
    def staff_ids(self) -> list[int]:
        return [staff.id for staff in self.staff]


@dataclass(frozen=True)
class Timetable:
    """The calendars of everybody who gives a service, and what takes each lane of staff, rooms and machines."""

    calendars: Mapping[int, Calendar]
    taken: Mapping[Lane, Sequence[Span]]

    def is_free(self, lane: Lane, span: Span) -> bool:
        return not any(span.overlaps(taken) for taken in self.taken.get(lane, ()))


def offer(
    session: Session, workspace_id: int, service: int | Terms, *, staff_id: int | None = None, by_staff: bool = False,
    seats: int = 1, minutes: int | None = None,
) -> Offer:  # fmt: skip
    """The service as it can be booked now, by customers or by staff; `staff_id` None means whoever gives it.

    `service` is its id, or its terms when they have just been read. `minutes` is another length than the service's.
    Raises NotFound, Refused(code="staff_unavailable") for somebody who does not give it.
    """
    terms = service if isinstance(service, Terms) else terms_of(session, workspace_id, service)
    staff = tuple(one for one in terms.staff if staff_id in (None, one.id))
    if staff_id is not None and not staff:
        name = load(session, Resource, staff_id).name
        raise Refused(f"{name} does not offer {terms.name}. Choose somebody else.", code="staff_unavailable")
    limits = terms.limits if minutes is None else replace(terms.limits, duration_minutes=minutes)
    return Offer(workspace_id, terms, rules.for_staff(limits) if by_staff else limits, staff, seats)


def bookable(session: Session, workspace_id: int, service: int | Terms) -> Terms:
    """The terms of a service that customers can still book. Raises NotFound, Refused(code="service_retired")."""
    terms = service if isinstance(service, Terms) else terms_of(session, workspace_id, service)
    if terms.is_retired:
        raise Refused(f"{terms.name} is no longer offered. Choose another service.", code="service_retired")
    return terms


def requestable(session: Session, workspace_id: int, service_id: int) -> Terms:
    """The terms of a service that customers can book online. Raises as `bookable`, Refused(code="not_open")."""
    terms = terms_of(session, workspace_id, service_id)
    if not terms.is_open:
        raise Refused(f"{terms.business} is not taking online requests yet.", code="not_open")
    return bookable(session, workspace_id, terms)


def timetable(session: Session, wanted: Offer, first: date, last: date, mine: Mine = Mine()) -> Timetable:
    """All that decides about visits that start on the dates first to last; what is `mine` is not in the way."""
    terms, days = wanted.terms, whole_days(first, last, wanted.zone)
    taken = _taken(session, wanted, days.grown(REACH, REACH), mine)
    shared, groups = _shared(session, wanted, first, last, taken, mine), _groups(session, wanted, days, mine)
    business = terms.closed.get(None, ())
    return Timetable(
        {
            staff_id: Calendar(
                terms.hours.get(staff_id, Hours()), business + terms.closed.get(staff_id, ()),
                tuple(taken.get((staff_id, 0), ())), shared, groups.get(staff_id, ()),
            )
            for staff_id in wanted.staff_ids
        },
        taken,
    )  # fmt: skip


def starts_by_staff(
    wanted: Offer, known: Timetable, first: date, last: date, now: datetime
) -> dict[int, list[datetime]]:
    """The open starts of each calendar on the dates first to last."""
    return {
        staff_id: rules.open_starts(calendar, first, last, wanted.limits, wanted.zone, now, wanted.seats)
        for staff_id, calendar in known.calendars.items()
    }


def nearest_starts(session: Session, wanted: Offer, start: datetime, mine: Mine = Mine()) -> list[datetime]:
    """The three free starts closest to the one that was wanted, looking further out until there are three."""
    now = clock.now()
    last_day = wanted.limits.last_day(now, wanted.zone)
    middle = min(max(local_day(start, wanted.zone), local_day(now, wanted.zone)), last_day)
    found: list[datetime] = []
    for days in DAYS_TO_LOOK_AROUND:
        first, last = middle - timedelta(days=days), min(middle + timedelta(days=days), last_day)
        first = max(first, local_day(now, wanted.zone))
        by_staff = starts_by_staff(wanted, timetable(session, wanted, first, last, mine), first, last, now)
        found = rules.nearest({one for starts in by_staff.values() for one in starts}, start)
        if len(found) == 3:
            break
    return found


# --- what is taken ----------------------------------------------------------------------------------------------------

# A hold counts until it ends, and a group while somebody else has a seat in it. Touching spans come as one: a full day
# is a few rows. The lower bound keeps the index range as short as the days asked; times travel as whole microseconds.
_TAKEN = """
    select resource_id, lane,
           array(select (extract(epoch from lower(r)) * 1000000)::bigint from unnest(taken) as r) as starts,
           array(select (extract(epoch from upper(r)) * 1000000)::bigint from unnest(taken) as r) as ends
    from (
        select a.resource_id, a.lane, range_agg(tstzrange(a.from_at, a.until_at)) as taken
        from allocation a
        where a.workspace_id = %(workspace)s and a.resource_id = any(%(resources)s::bigint[]) and a.active
          and a.from_at >= %(low)s and a.from_at < %(high)s
          and (a.expires_at is null or a.expires_at > %(now)s)
          and a.booking_id is distinct from %(booking)s and a.hold_id is distinct from %(hold)s
          and (a.session_id is null or exists (
                select from seat s where s.workspace_id = a.workspace_id and s.session_id = a.session_id
                   and (s.expires_at is null or s.expires_at > %(now)s)
                   and s.booking_id is distinct from %(booking)s and s.hold_id is distinct from %(hold)s))
        group by a.resource_id, a.lane) as by_lane
"""

_GROUPS = """
    select g.staff_id, g.starts_at, g.capacity - count(s.id) as left_over
    from group_session g
    join seat s on s.workspace_id = g.workspace_id and s.session_id = g.id
               and (s.expires_at is null or s.expires_at > %(now)s)
               and s.booking_id is distinct from %(booking)s and s.hold_id is distinct from %(hold)s
    where g.workspace_id = %(workspace)s and g.service_id = %(service)s
      and g.starts_at >= %(low)s and g.starts_at < %(high)s
    group by g.id
"""

_VISITS = """
    select b.staff_id, b.starts_at from booking b
    where b.workspace_id = %(workspace)s and b.service_id = %(service)s
      and b.starts_at >= %(low)s and b.starts_at < %(high)s
      and b.status = any(%(occupying)s) and b.id is distinct from %(booking)s
    union
    select h.staff_id, h.starts_at from slot_hold h
    where h.workspace_id = %(workspace)s and h.service_id = %(service)s
      and h.starts_at >= %(low)s and h.starts_at < %(high)s
      and h.expires_at > %(now)s and h.id is distinct from %(hold)s
"""


def _bound(wanted: Offer, span: Span, mine: Mine) -> dict[str, Any]:
    return {
        "workspace": wanted.workspace_id, "low": span.start, "high": span.end, "now": clock.now(),
        "booking": mine.booking_id or NO_ID, "hold": mine.hold_id or NO_ID,
    }  # fmt: skip


def _taken(session: Session, wanted: Offer, span: Span, mine: Mine) -> dict[Lane, list[Span]]:
    """What takes the lanes of everybody and everything the service may need, buffers of those visits included."""
    lanes_of = [*wanted.staff_ids, *(resource_id for resource_id, _ in wanted.terms.resources)]
    asked = {"resources": f"{{{','.join(map(str, lanes_of))}}}"}  # as PostgreSQL writes it: the driver is slow at lists
    bound = _bound(wanted, Span(span.start - LONGEST_TAKEN, span.end), mine)
    taken: dict[Lane, list[Span]] = defaultdict(list)
    for resource_id, lane, starts, ends in rows(session, _TAKEN, bound | asked):
        taken[resource_id, lane] = [
            Span(_instant(start), _instant(end)) for start, end in zip(starts, ends, strict=True)
        ]
    for staff_id in wanted.staff_ids:
        beyond = [spans for (resource_id, lane), spans in taken.items() if resource_id == staff_id and lane > 0]
        if beyond:  # put beside another visit, with a reason: still in the way of everybody else
            taken[staff_id, 0] = merged([*taken[staff_id, 0], *(span for spans in beyond for span in spans)])
    return taken


def _shared(
    session: Session, wanted: Offer, first: date, last: date, taken: Mapping[Lane, Sequence[Span]], mine: Mine
) -> Shared:
    terms, days = wanted.terms, whole_days(first, last, wanted.zone)
    clear = _clear(terms.needs, wanted.limits, days, taken, terms.closed) if terms.needs else None
    full_days, full_weeks = _full(session, wanted, first, last, mine)
    is_short = terms.minds_stock and supplies.supply(session, wanted.workspace_id, wanted.service_id) == Supply.HIDE
    return Shared(clear, full_days, full_weeks, is_short)


def _clear(
    needs: Iterable[Need], limits: Limits, days: Span, taken: Mapping[Lane, Sequence[Span]],
    closed: Mapping[int | None, tuple[Span, ...]],
) -> tuple[Span, ...]:  # fmt: skip
    """The starts at which every need is met: by one lane, for the whole visit with its buffers."""

    def of_resource(resource_id: int, lanes: int) -> list[Span]:
        away = closed.get(resource_id, ())
        return merged(
            start
            for lane in range(lanes)
            for start in clear_of(
                [days], [*taken.get((resource_id, lane), ()), *away], limits.before, limits.duration + limits.after
            )
        )

    def of_need(need: Need) -> list[Span]:
        found = [of_resource(*resource) for resource in need.resources]
        if not found:
            return []
        return (
            merged(start for each in found for start in each)
            if need.choice == NeedChoice.ANY
            else reduce(in_both, found)
        )

    return tuple(reduce(in_both, [of_need(need) for need in needs]))


def _full(session: Session, wanted: Offer, first: date, last: date, mine: Mine) -> Any:
    """The dates and weeks on which the caps are reached."""
    limits = wanted.limits
    if limits.daily_cap is None and limits.weekly_cap is None:
        return frozenset(), frozenset()
    monday, sunday = first - DAY * first.weekday(), last + DAY * (6 - last.weekday())
    bound = _bound(wanted, whole_days(monday, sunday, wanted.zone), mine)
    with whole_sight(session):  # caps count everybody's visits, whoever looks
        visits = rows(session, _VISITS, bound | {"service": wanted.service_id, "occupying": OCCUPYING})
    return rules.caps_reached([starts_at for _, starts_at in visits], limits, wanted.zone)


def _groups(session: Session, wanted: Offer, days: Span, mine: Mine) -> dict[int, tuple[tuple[datetime, int], ...]]:
    """The groups of this service by who gives them, each with the seats that are left."""
    found: dict[int, tuple[tuple[datetime, int], ...]] = {}
    if wanted.limits.is_group:
        for staff_id, at, left in rows(session, _GROUPS, _bound(wanted, days, mine) | {"service": wanted.service_id}):
            found[staff_id] = (*found.get(staff_id, ()), (at, left))
    return found


def _instant(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)
