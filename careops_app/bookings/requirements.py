"""What visits need besides a person, as it is shown: rooms and equipment, and which of them each service asks for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlmodel import Session, col, select

from careops_app.bookings.models import NeedChoice, NeedResource, Resource, ResourceKind, Service, ServiceNeed
from careops_app.infra import wording
from careops_app.infra.db import InWorkspace, workspace_of

Scope = InWorkspace | int


@dataclass(frozen=True)
class Needed:
    """A room or machine that a service names."""

    id: int
    name: str
    is_retired: bool


@dataclass(frozen=True)
class NeedCard:
    """One of these (any), or each of them (all)."""

    choice: NeedChoice
    resources: tuple[Needed, ...]

    @property
    def can_be_met(self) -> bool:
        """Whether what is still in use is enough."""
        in_use = [not one.is_retired for one in self.resources]
        return any(in_use) if self.choice == NeedChoice.ANY else all(in_use)

    @property
    def words(self) -> str:
        """“Room 1 or Room 2”, “Room 1 and Laser”."""
        joint = "and" if self.choice == NeedChoice.ALL else "or"
        return wording.listing((one.name for one in self.resources), joint)


@dataclass(frozen=True)
class ResourceCard:
    """A room or machine. `lanes` visits can use it at once; `services` are the offered ones that ask for it."""

    id: int
    kind: ResourceKind
    name: str
    lanes: int
    is_retired: bool
    services: tuple[str, ...]


def resource_cards(session: Session, scope: Scope, *, retired: bool = False) -> tuple[ResourceCard, ...]:
    """Rooms first, then equipment, by name; with `retired`, also those that are out of use, last."""
    query = select(Resource).where(Resource.workspace_id == workspace_of(scope), Resource.kind != ResourceKind.STAFF)
    if not retired:
        query = query.where(col(Resource.retired_at).is_(None))
    asking = _asking(session, scope)
    in_order = sorted(
        session.exec(query),
        key=lambda one: (one.retired_at is not None, one.kind != ResourceKind.ROOM, one.name, one.id),
    )
    return tuple(
        ResourceCard(
            one.id, ResourceKind(one.kind), one.name, one.lanes, one.retired_at is not None, tuple(asking[one.id])
        )
        for one in in_order
    )


def needs_by_service(session: Session, scope: Scope) -> dict[int, tuple[NeedCard, ...]]:
    """What each service asks for, in the order it was written."""
    rows = session.exec(
        select(ServiceNeed.service_id, ServiceNeed.id, ServiceNeed.choice, Resource)
        .join(NeedResource, col(NeedResource.need_id) == ServiceNeed.id)
        .join(Resource, col(Resource.id) == NeedResource.resource_id)
        .where(ServiceNeed.workspace_id == workspace_of(scope))
        .order_by(col(ServiceNeed.id), col(Resource.name), col(Resource.id))
    )
    named: dict[tuple[int, int, NeedChoice], list[Needed]] = defaultdict(list)
    for service_id, need_id, choice, one in rows:
        named[service_id, need_id, NeedChoice(choice)].append(Needed(one.id, one.name, one.retired_at is not None))
    needs: dict[int, tuple[NeedCard, ...]] = defaultdict(tuple)
    for (service_id, _, choice), resources in named.items():
        needs[service_id] += (NeedCard(choice, tuple(resources)),)
    return needs


def _asking(session: Session, scope: Scope) -> dict[int, list[str]]:
    """The names of the offered services that ask for each room or machine."""
    rows = session.exec(
        select(NeedResource.resource_id, Service.name)
        .join(ServiceNeed, col(ServiceNeed.id) == NeedResource.need_id)
        .join(Service, col(Service.id) == ServiceNeed.service_id)
        .where(NeedResource.workspace_id == workspace_of(scope), col(Service.retired_at).is_(None))
        .order_by(col(Service.position), col(Service.id))
    )
    asking: dict[int, list[str]] = defaultdict(list)
    for resource_id, name in rows:
        asking[resource_id].append(name)
    return asking
