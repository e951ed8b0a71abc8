"""What can be booked, with whom and when, as it is shown and edited; and what keeps a service from being bookable."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from threading import Lock

from sqlmodel import Session, col, select

from careops_app.bookings import sentences
from careops_app.bookings.hours import hours_by_staff, own_hours
from careops_app.bookings.models import Resource, ResourceKind, Service, ServiceStaff, TimeOff
from careops_app.bookings.requirements import NeedCard, needs_by_service
from careops_app.bookings.spans import Hours, Span, Windows
from careops_app.bookings.terms import Staff, live_staff
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace, load, workspace_of
from careops_app.workspace.faces import stamp_of
from careops_app.workspace.models import Member, Workspace

Scope = InWorkspace | int
AHEAD = timedelta(days=730)
MOST_KEPT = 4_096


class Blocker(StrEnum):
    """What keeps a service from being bookable."""

    NO_STAFF = "no_staff"
    NO_HOURS = "no_hours"
    NO_ROOM = "no_room"  # what it needs is out of use


@dataclass(frozen=True)
class ServiceCard:
    """A service with who gives it. `place` is its location, or the address of the business when it has none.

    `policy` says in a sentence until when customers may change a visit.
    """

    id: int
    name: str
    description: str
    duration_minutes: int
    price_text: str
    payment_url: str
    location: str
    place: str
    buffer_before_minutes: int
    buffer_after_minutes: int
    step_minutes: int
    notice_minutes: int
    horizon_days: int
    cancel_notice_minutes: int
    needs_approval: bool
    decide_minutes: int
    capacity: int
    daily_cap: int | None
    weekly_cap: int | None
    takes_waitlist: bool
    offer_minutes: int
    needs: tuple[NeedCard, ...]
    reminder_offsets: tuple[int, ...]
    staff: tuple[Staff, ...]
    is_retired: bool
    blocker: Blocker | None
    policy: str

    @property
    def is_bookable(self) -> bool:
        return not self.is_retired and self.blocker is None


_kept: OrderedDict[int, tuple[tuple[int | None, date], tuple[ServiceCard, ...]]] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class _Asked:
    """Whom and what a visit takes."""

    staff: tuple[Staff, ...]
    needs: tuple[NeedCard, ...]


@dataclass(frozen=True)
class TimeOffRow:
    id: int
    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True)
class DateHours:
    """The windows of one date that replace those of the week."""

    on: date
    windows: Windows


@dataclass(frozen=True)
class TeamCalendar:
    """A calendar with its own hours as they are kept; `id` None is the business.

    `week` has seven days, Monday first; when `keeps_business_hours`, they are empty and the business's count. Special
    dates and time off are those to come.
    """

    id: int | None
    name: str
    member_id: int | None
    is_retired: bool
    keeps_business_hours: bool
    week: tuple[Windows, ...]
    special: tuple[DateHours, ...]
    time_off: tuple[TimeOffRow, ...]
    service_ids: tuple[int, ...]


def service_cards(session: Session, scope: Scope, *, retired: bool = False) -> tuple[ServiceCard, ...]:
    """Every service in the owner's order; with `retired`, also those that are no longer offered, last."""
    query = select(Service).where(Service.workspace_id == workspace_of(scope))
    if not retired:
        query = query.where(col(Service.retired_at).is_(None))
    in_order = query.order_by(col(Service.retired_at).is_not(None), col(Service.position), col(Service.id))
    return _cards(session, scope, list(session.exec(in_order).all()))


def bookable_services(session: Session, scope: Scope) -> tuple[ServiceCard, ...]:
    """What customers can book: offered, given by somebody who has hours.

    Each process keeps it under the workspace's calendar stamp (terms), and for a day: hours of single dates pass.
    """
    workspace_id = workspace_of(scope)
    holds = stamp_of(session, workspace_id), clock.now().date()
    kept = _kept.get(workspace_id)
    if kept is None or kept[0] != holds:
        kept = holds, tuple(card for card in service_cards(session, scope) if card.is_bookable)
        with _lock:
            _kept[workspace_id] = kept
            if len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return kept[1]


def service_card(session: Session, scope: Scope, service_id: int) -> ServiceCard:
    """One service, retired or not. Raises NotFound."""
    return _cards(session, scope, [load(session, Service, service_id)])[0]


def bookable_services_count(session: Session, scope: Scope) -> int:
    """How many services customers can book; the business opens with one at least."""
    return len(bookable_services(session, scope))


def services_without_hours(session: Session, scope: Scope) -> tuple[ServiceCard, ...]:
    """Services that are offered but cannot be booked; `blocker` says why."""
    return tuple(card for card in service_cards(session, scope) if card.blocker is not None)


def business_calendar(session: Session, scope: Scope) -> TeamCalendar:
    """The hours and closures of the business itself."""
    name = load(session, Workspace, workspace_of(scope)).name
    hours, time_off = own_hours(session, workspace_of(scope), [], _to_come()), _time_off(session, scope)
    return TeamCalendar(
        id=None, name=name, member_id=None, is_retired=False, keeps_business_hours=False, week=hours[None].week,
        special=_special(hours[None]), time_off=tuple(time_off[None]), service_ids=(),
    )  # fmt: skip


def team_calendars(session: Session, scope: Scope, *, retired: bool = False) -> tuple[TeamCalendar, ...]:
    """Everybody who can be booked, by name; without those who left and, unless `retired`, without retired calendars."""
    query = (
        select(Resource)
        .join(Member, col(Member.id) == Resource.member_id, isouter=True)
        .where(Resource.workspace_id == workspace_of(scope), *(_staff() if retired else live_staff()))
    )
    return _team_calendars(session, scope, list(session.exec(query.order_by(col(Resource.name), col(Resource.id)))))


def room_calendars(session: Session, scope: Scope) -> tuple[TeamCalendar, ...]:
    """Rooms and equipment in use as calendars, by name: their hours and when they cannot be used."""
    query = select(Resource).where(
        Resource.workspace_id == workspace_of(scope), Resource.kind != ResourceKind.STAFF,
        col(Resource.retired_at).is_(None),
    )  # fmt: skip
    return _team_calendars(session, scope, list(session.exec(query.order_by(col(Resource.name), col(Resource.id)))))


def _team_calendars(session: Session, scope: Scope, calendars: list[Resource]) -> tuple[TeamCalendar, ...]:
    hours = own_hours(session, workspace_of(scope), [calendar.id for calendar in calendars], _to_come())
    time_off, given = _time_off(session, scope), _given(session, scope)
    return tuple(
        _calendar(calendar, hours.get(calendar.id, Hours()), time_off[calendar.id], given[calendar.id])
        for calendar in calendars
    )


def _cards(session: Session, scope: Scope, services: list[Service]) -> tuple[ServiceCard, ...]:
    workspace = load(session, Workspace, workspace_of(scope))
    givers, needs = _givers(session, scope), needs_by_service(session, scope)
    staff_ids = sorted({staff.id for staff_of in givers.values() for staff in staff_of})
    hours = hours_by_staff(session, workspace.id, staff_ids, _to_come())
    working = {staff_id for staff_id, kept in hours.items() if kept.any_weekly() or any(w for _, w in kept.special)}
    return tuple(
        _card(service, _Asked(tuple(givers[service.id]), needs.get(service.id, ())), working, workspace.address)
        for service in services
    )


def _card(service: Service, asked: _Asked, working: set[int], address: str) -> ServiceCard:
    return ServiceCard(
        id=service.id, name=service.name, description=service.description, duration_minutes=service.duration_minutes,
        price_text=service.price_text, payment_url=service.payment_url, location=service.location,
        place=service.location or address, buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes, step_minutes=service.step_minutes,
        notice_minutes=service.notice_minutes, horizon_days=service.horizon_days,
        cancel_notice_minutes=service.cancel_notice_minutes, needs_approval=service.needs_approval,
        decide_minutes=service.decide_minutes, capacity=service.capacity, daily_cap=service.daily_cap,
        weekly_cap=service.weekly_cap, takes_waitlist=service.takes_waitlist, offer_minutes=service.offer_minutes,
        needs=asked.needs, reminder_offsets=tuple(service.reminder_offsets), staff=asked.staff,
        is_retired=service.retired_at is not None, blocker=_blocker(asked, working),
        policy=sentences.policy(service.cancel_notice_minutes),
    )  # fmt: skip


def _blocker(asked: _Asked, working: set[int]) -> Blocker | None:
    if not asked.staff:
        return Blocker.NO_STAFF
    if not any(one.id in working for one in asked.staff):
        return Blocker.NO_HOURS
    return None if all(need.can_be_met for need in asked.needs) else Blocker.NO_ROOM


def _givers(session: Session, scope: Scope) -> dict[int, list[Staff]]:
    """Who gives each service, by name."""
    rows = session.exec(
        select(ServiceStaff.service_id, Resource.id, Resource.name)
        .join(Resource, col(Resource.id) == ServiceStaff.resource_id)
        .join(Member, col(Member.id) == Resource.member_id, isouter=True)
        .where(ServiceStaff.workspace_id == workspace_of(scope), *live_staff())
        .order_by(col(Resource.name), col(Resource.id))
    )
    givers: dict[int, list[Staff]] = defaultdict(list)
    for service_id, staff_id, name in rows:
        givers[service_id].append(Staff(staff_id, name))
    return givers


def _given(session: Session, scope: Scope) -> dict[int, list[int]]:
    """Which services each calendar gives."""
    rows = session.exec(
        select(ServiceStaff.resource_id, ServiceStaff.service_id)
        .where(ServiceStaff.workspace_id == workspace_of(scope))
        .order_by(col(ServiceStaff.service_id))
    )
    given: dict[int, list[int]] = defaultdict(list)
    for calendar_id, service_id in rows:
        given[calendar_id].append(service_id)
    return given


def _time_off(session: Session, scope: Scope) -> dict[int | None, list[TimeOffRow]]:
    rows = session.exec(
        select(TimeOff)
        .where(TimeOff.workspace_id == workspace_of(scope), TimeOff.ends_at > clock.now())
        .order_by(col(TimeOff.starts_at))
    )
    found: dict[int | None, list[TimeOffRow]] = defaultdict(list)
    for row in rows:
        found[row.resource_id].append(TimeOffRow(row.id, row.starts_at, row.ends_at, row.reason))
    return found


def _calendar(calendar: Resource, hours: Hours, time_off: list[TimeOffRow], service_ids: list[int]) -> TeamCalendar:
    return TeamCalendar(
        id=calendar.id, name=calendar.name, member_id=calendar.member_id, is_retired=calendar.retired_at is not None,
        keeps_business_hours=not hours.any_weekly(), week=hours.week, special=_special(hours),
        time_off=tuple(time_off), service_ids=tuple(service_ids),
    )  # fmt: skip


def _special(hours: Hours) -> tuple[DateHours, ...]:
    return tuple(DateHours(on, windows) for on, windows in hours.special)


def _to_come() -> Span:
    now = clock.now().astimezone(UTC)
    return Span(now - timedelta(days=1), now + AHEAD)


def _staff() -> tuple:
    return (Resource.kind == ResourceKind.STAFF,)
