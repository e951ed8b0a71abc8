"""Who may give a service, when they work and what is in the way, in a few queries however many days and calendars.

What the rules need comes from here for both sides, the one that offers starts and the one that accepts them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, cast, func
from sqlmodel import Session, col, or_, select

from careops_app.bookings import rules
from careops_app.bookings.models import (
    Allocation,
    OpeningHours,
    Resource,
    ResourceKind,
    Service,
    ServiceStaff,
    SpecialHours,
    TimeOff,
)
from careops_app.bookings.rules import Calendar, Limits
from careops_app.bookings.spans import Hours, Span, Window, effective, local_day, whole_days
from careops_app.errors import Refused
from careops_app.infra import clock
from careops_app.infra.db import load
from careops_app.workspace.models import Member, Workspace

REACH = timedelta(days=2)  # a visit and its buffers are shorter: nothing further away can be in the way
LONGEST_TAKEN = timedelta(hours=40)
DAYS_TO_LOOK_AROUND = (3, 14, 62)
EPOCH, MILLION = datetime(1970, 1, 1, tzinfo=UTC), 1_000_000
_FROM, _UNTIL = col(Allocation.from_at), col(Allocation.until_at)


@dataclass(frozen=True)
class Staff:
    """Somebody who can be booked; `id` is that of the calendar."""

    id: int
    name: str


@dataclass(frozen=True)
class Offer:
    """A service with its limits, on the venue's clock, and who gives it."""

    workspace_id: int
    service_id: int
    limits: Limits
    zone: ZoneInfo
    staff: tuple[Staff, ...]

    @property
    def staff_ids(self) -> list[int]:
        return [staff.id for staff in self.staff]


def limits_of(service: Service) -> Limits:
    """What the service asks of a start made by a customer."""
    return Limits(
        duration_minutes=service.duration_minutes,
        before_minutes=service.buffer_before_minutes,
        after_minutes=service.buffer_after_minutes,
        step_minutes=service.step_minutes,
        notice_minutes=service.notice_minutes,
        horizon_days=service.horizon_days,
    )


def offer(
    session: Session, workspace_id: int, service: Service, *, staff_id: int | None = None, by_staff: bool = False
) -> Offer:
    """The service as it can be booked now, by customers or by staff; `staff_id` None means whoever gives it.

    Raises NotFound for an unknown calendar, Refused(code="staff_unavailable") for one that does not give it.
    """
    staff = [one for one in _givers(session, workspace_id, service.id) if staff_id in (None, one.id)]
    if staff_id is not None and not staff:
        name = load(session, Resource, staff_id).name
        raise Refused(f"{name} does not offer {service.name}. Choose somebody else.", code="staff_unavailable")
    limits = limits_of(service)
    zone = clock.zone(load(session, Workspace, workspace_id).time_zone)
    return Offer(workspace_id, service.id, rules.for_staff(limits) if by_staff else limits, zone, tuple(staff))


def bookable(session: Session, service_id: int) -> Service:
    """The service, when customers can still book it. Raises NotFound, Refused(code="service_retired")."""
    service = load(session, Service, service_id)
    if service.retired_at is not None:
        raise Refused(f"{service.name} is no longer offered. Choose another service.", code="service_retired")
    return service


def live_staff() -> tuple:
    """Conditions on Resource (outer-joined with Member): a calendar in use, of somebody who still works here."""
    return (
        Resource.kind == ResourceKind.STAFF,
        col(Resource.retired_at).is_(None),
        or_(col(Resource.member_id).is_(None), col(Member.deactivated_at).is_(None)),
    )


def _givers(session: Session, workspace_id: int, service_id: int) -> list[Staff]:
    rows = session.exec(
        select(Resource.id, Resource.name)
        .join(ServiceStaff, col(ServiceStaff.resource_id) == Resource.id)
        .join(Member, col(Member.id) == Resource.member_id, isouter=True)
        .where(
            ServiceStaff.workspace_id == workspace_id, ServiceStaff.service_id == service_id,
            Resource.workspace_id == workspace_id, *live_staff(),
        )
        .order_by(col(Resource.name), col(Resource.id))
    )  # fmt: skip
    return [Staff(staff_id, name) for staff_id, name in rows]


def calendars(
    session: Session, wanted: Offer, first: date, last: date, *, except_booking: int | None = None
) -> dict[int, Calendar]:
    """The calendar of everybody who gives the service, good for visits that start on the dates first to last.

    `except_booking` leaves that booking's own time out: it may move within it.
    """
    span = whole_days(first, last, wanted.zone).grown(REACH, REACH)
    hours = hours_by_staff(session, wanted.workspace_id, wanted.staff_ids, span)
    closed = _closed(session, wanted.workspace_id, wanted.staff_ids, span)
    busy = _busy(session, wanted.workspace_id, wanted.staff_ids, span, except_booking)
    return {
        staff_id: Calendar(hours[staff_id], tuple(closed[None] + closed[staff_id]), tuple(busy.get(staff_id, ())))
        for staff_id in wanted.staff_ids
    }


def starts_by_staff(
    wanted: Offer, known: dict[int, Calendar], first: date, last: date, now: datetime
) -> dict[int, list[datetime]]:
    """The open starts of each calendar on the dates first to last."""
    return {
        staff_id: rules.open_starts(calendar, first, last, wanted.limits, wanted.zone, now)
        for staff_id, calendar in known.items()
    }


def nearest_starts(
    session: Session, wanted: Offer, start: datetime, *, except_booking: int | None = None
) -> list[datetime]:
    """The three free starts closest to the one that was wanted, looking further out until there are three."""
    now = clock.now()
    last_day = wanted.limits.last_day(now, wanted.zone)
    middle = min(max(local_day(start, wanted.zone), local_day(now, wanted.zone)), last_day)
    found: list[datetime] = []
    for days in DAYS_TO_LOOK_AROUND:
        first, last = middle - timedelta(days=days), min(middle + timedelta(days=days), last_day)
        first = max(first, local_day(now, wanted.zone))
        known = calendars(session, wanted, first, last, except_booking=except_booking)
        by_staff = starts_by_staff(wanted, known, first, last, now)
        found = rules.nearest({one for starts in by_staff.values() for one in starts}, start)
        if len(found) == 3:
            break
    return found


def hours_by_staff(session: Session, workspace_id: int, staff_ids: Sequence[int], span: Span) -> dict[int, Hours]:
    """The hours that count for each calendar; with the special ones of the dates in the span."""
    own = own_hours(session, workspace_id, staff_ids, span)
    business = own[None]
    shared = effective(Hours(), business)
    return {staff_id: effective(own[staff_id], business) if staff_id in own else shared for staff_id in staff_ids}


def own_hours(session: Session, workspace_id: int, staff_ids: Sequence[int], span: Span) -> dict[int | None, Hours]:
    """The hours as they are kept: of the business (None) and of the calendars that have some of their own."""
    weekly = session.exec(
        select(OpeningHours.resource_id, OpeningHours.weekday, OpeningHours.opens_minute, OpeningHours.closes_minute)
        .where(OpeningHours.workspace_id == workspace_id, _whose(OpeningHours.resource_id, staff_ids))
        .order_by(col(OpeningHours.opens_minute))
    )  # fmt: skip
    special = session.exec(
        select(
            col(SpecialHours.resource_id), col(SpecialHours.on_date), SpecialHours.opens_minute,
            SpecialHours.closes_minute,
        )
        .where(
            SpecialHours.workspace_id == workspace_id, _whose(SpecialHours.resource_id, staff_ids),
            col(SpecialHours.on_date).between(span.start.date(), span.end.date()),
        )
        .order_by(col(SpecialHours.opens_minute))
    )  # fmt: skip
    return hours_of(weekly, special)


def hours_of(
    weekly: Iterable[tuple[int | None, int, int, int]], special: Iterable[tuple[int | None, date, int, int]]
) -> dict[int | None, Hours]:
    """Rows (whose, weekday or date, opens, closes) gathered per calendar; None, the business, is always there."""
    weeks: dict[int | None, list[tuple[Window, ...]]] = defaultdict(lambda: [()] * 7)
    for whose, weekday, opens, closes in weekly:
        weeks[whose][weekday] += (Window(opens, closes),)
    gathered = {whose: Hours(week=tuple(week)) for whose, week in weeks.items()}
    dates: dict[int | None, dict[date, tuple[Window, ...]]] = defaultdict(lambda: defaultdict(tuple))
    for whose, on_date, opens, closes in special:
        dates[whose][on_date] += (Window(opens, closes),)
    for whose, days in dates.items():
        gathered[whose] = replace(gathered.get(whose, Hours()), special=tuple(sorted(days.items())))
    return {None: Hours(), **gathered}


def _closed(session: Session, workspace_id: int, staff_ids: Sequence[int], span: Span) -> dict[int | None, list[Span]]:
    rows = session.exec(
        select(TimeOff.resource_id, TimeOff.starts_at, TimeOff.ends_at).where(
            TimeOff.workspace_id == workspace_id, _whose(TimeOff.resource_id, staff_ids),
            TimeOff.ends_at > span.start, TimeOff.starts_at < span.end,
        )
    )  # fmt: skip
    closed: dict[int | None, list[Span]] = defaultdict(list)
    for whose, start, end in rows:
        closed[whose].append(Span(start, end))
    return closed


def _busy(
    session: Session, workspace_id: int, staff_ids: Sequence[int], span: Span, except_booking: int | None
) -> dict[int, list[Span]]:
    """What other bookings take, with buffers: one row per calendar, since thousands of rows take longer than the index.

    The lower bound keeps the index range as short as the days asked; times travel as whole microseconds.
    """
    taken = [func.array_agg(cast(func.extract("epoch", at) * MILLION, BigInteger)) for at in (_FROM, _UNTIL)]
    query = select(Allocation.resource_id, *taken).where(
        Allocation.workspace_id == workspace_id, col(Allocation.resource_id).in_(staff_ids), Allocation.active,
        span.start - LONGEST_TAKEN <= _FROM, span.end > _FROM,
    )  # fmt: skip
    if except_booking is not None:
        query = query.where(Allocation.booking_id != except_booking)
    return {
        staff_id: [Span(_instant(start), _instant(end)) for start, end in zip(starts, ends, strict=True)]
        for staff_id, starts, ends in session.execute(query.group_by(col(Allocation.resource_id)))
    }


def _instant(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def _whose(column: int | None, staff_ids: Sequence[int]):
    return or_(col(column).is_(None), col(column).in_(staff_ids))
