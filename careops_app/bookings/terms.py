"""What a service is offered under: its limits, who gives it and when they work, what it needs besides.

All of it changes rarely, so each process keeps it under the workspace's calendar stamp, which the database changes
with every row that matters (ddl); one look at the stamp tells whether what is kept still holds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, or_, select

from careops_app.bookings import supplies
from careops_app.bookings.hours import closures, hours_by_staff
from careops_app.bookings.models import (
    NeedChoice,
    NeedResource,
    Resource,
    ResourceKind,
    Service,
    ServiceNeed,
    ServiceStaff,
)
from careops_app.bookings.rules import Limits
from careops_app.bookings.spans import Hours, Span
from careops_app.errors import NotFound
from careops_app.infra import clock
from careops_app.infra.db import load
from careops_app.workspace.faces import stamp_of
from careops_app.workspace.models import Member, Workspace

MOST = 4_096
BACK, AHEAD = timedelta(days=3), timedelta(days=1_500)


@dataclass(frozen=True)
class Staff:
    """Somebody who can be booked; `id` is that of the calendar."""

    id: int
    name: str


@dataclass(frozen=True)
class Need:
    """Rooms or machines of which a visit takes one, or all; each with its number of lanes."""

    choice: NeedChoice
    resources: tuple[tuple[int, int], ...]  # (id, lanes), by id


@dataclass(frozen=True)
class Terms:
    """A service as it is set up. `closed` has the closures of the business under None."""

    service_id: int
    name: str
    business: str
    is_open: bool
    is_retired: bool
    needs_approval: bool
    decide_minutes: int
    offer_minutes: int
    limits: Limits
    zone: ZoneInfo
    staff: tuple[Staff, ...]
    hours: Mapping[int, Hours]
    closed: Mapping[int | None, tuple[Span, ...]]
    needs: tuple[Need, ...]
    minds_stock: bool

    @property
    def resources(self) -> tuple[tuple[int, int], ...]:
        """Every room and machine that a visit may take, with its lanes."""
        return tuple(resource for need in self.needs for resource in need.resources)


_kept: OrderedDict[tuple[int, int], tuple[int, Terms]] = OrderedDict()
_lock = Lock()


def terms_of(session: Session, workspace_id: int, service_id: int) -> Terms:
    """The terms that hold now. Raises NotFound."""
    stamp = stamp_of(session, workspace_id)
    if stamp is None:
        raise NotFound(Service.__title__)
    kept = _kept.get((workspace_id, service_id))
    if kept is None or kept[0] != stamp:
        kept = stamp, _read(session, workspace_id, service_id)
        with _lock:
            _kept[workspace_id, service_id] = kept
            if len(_kept) > MOST:
                _kept.popitem(last=False)
    return kept[1]


def _read(session: Session, workspace_id: int, service_id: int) -> Terms:
    service, workspace = load(session, Service, service_id), load(session, Workspace, workspace_id)
    staff, needs = givers(session, workspace_id, service_id), _needs(session, workspace_id, service_id)
    span = Span(clock.now() - BACK, clock.now() + AHEAD)
    ids = [one.id for one in staff]
    rooms = [resource_id for need in needs for resource_id, _ in need.resources]
    closed = closures(session, workspace_id, [*ids, *rooms], span)
    return Terms(
        service_id=service.id, name=service.name, business=workspace.name,
        is_open=workspace.activated_at is not None, is_retired=service.retired_at is not None,
        needs_approval=service.needs_approval, decide_minutes=service.decide_minutes,
        offer_minutes=service.offer_minutes, limits=limits_of(service), zone=clock.zone(workspace.time_zone),
        staff=tuple(staff), hours=hours_by_staff(session, workspace_id, ids, span),
        closed={whose: tuple(spans) for whose, spans in closed.items()}, needs=needs,
        minds_stock=supplies.minds_stock(session, workspace_id, service_id),
    )  # fmt: skip


def limits_of(service: Service) -> Limits:
    """What the service asks of a start made by a customer."""
    return Limits(
        duration_minutes=service.duration_minutes, before_minutes=service.buffer_before_minutes,
        after_minutes=service.buffer_after_minutes, step_minutes=service.step_minutes,
        notice_minutes=service.notice_minutes, horizon_days=service.horizon_days, capacity=service.capacity,
        daily_cap=service.daily_cap, weekly_cap=service.weekly_cap,
    )  # fmt: skip


def live_staff() -> tuple:
    """Conditions on Resource (outer-joined with Member): a calendar in use, of somebody who still works here."""
    return (
        Resource.kind == ResourceKind.STAFF,
        col(Resource.retired_at).is_(None),
        or_(col(Resource.member_id).is_(None), col(Member.deactivated_at).is_(None)),
    )


def givers(session: Session, workspace_id: int, service_id: int) -> list[Staff]:
    """Who gives the service, by name."""
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


def _needs(session: Session, workspace_id: int, service_id: int) -> tuple[Need, ...]:
    """What the service needs. Of several to choose from the retired are left out; a need without any cannot be met."""
    rows = session.exec(
        select(ServiceNeed, Resource)
        .join(NeedResource, col(NeedResource.need_id) == ServiceNeed.id)
        .join(Resource, col(Resource.id) == NeedResource.resource_id)
        .where(ServiceNeed.workspace_id == workspace_id, ServiceNeed.service_id == service_id)
        .order_by(col(ServiceNeed.id), col(NeedResource.resource_id))
    )
    found: dict[int, tuple[NeedChoice, list[Resource]]] = {}
    for need, resource in rows:
        found.setdefault(need.id, (NeedChoice(need.choice), []))[1].append(resource)
    return tuple(_need(choice, resources) for choice, resources in found.values())


def _need(choice: NeedChoice, resources: list[Resource]) -> Need:
    live = tuple((resource.id, resource.lanes) for resource in resources if resource.retired_at is None)
    return Need(choice, live if choice == NeedChoice.ANY or len(live) == len(resources) else ())
