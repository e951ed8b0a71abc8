"""The owner's commands on rooms and equipment. Visits that are planned in one keep it, whatever changes here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import Session, col, func, or_, select

from careops_app.bookings.models import (
    Allocation,
    Booking,
    NeedResource,
    Resource,
    ResourceKind,
    Seat,
    Service,
    ServiceNeed,
)
from careops_app.bookings.service_draft import Need
from careops_app.contacts.rules import one_line
from careops_app.errors import Invalid, NotFound, Refused
from careops_app.infra import clock, wording
from careops_app.infra.db import load
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit

MOST_LANES = 100
WORD = {ResourceKind.ROOM: "room", ResourceKind.EQUIPMENT: "equipment"}


@dataclass(frozen=True)
class ResourceDraft:
    """A room or machine as the owner writes it; `lanes` visits can use it at once."""

    kind: ResourceKind
    name: str
    lanes: int = 1


def add_resource(session: Session, actor: Actor, draft: ResourceDraft) -> int:
    """Something that visits can need. Raises Forbidden, Invalid per field."""
    require(actor, Permission.CONFIGURE)
    draft = _checked(draft)
    resource = Resource(workspace_id=actor.workspace_id, kind=draft.kind, name=draft.name, lanes=draft.lanes)
    session.add(resource)
    session.flush()
    audit(session, actor, f"added the {WORD[draft.kind]}", draft.name, lanes=draft.lanes)
    return resource.id


def edit_resource(session: Session, actor: Actor, resource_id: int, draft: ResourceDraft) -> None:
    """Change it for visits to come. Raises Forbidden, NotFound, Invalid per field: lanes in use cannot be taken away."""
    require(actor, Permission.CONFIGURE)
    draft, resource = _checked(draft), _room(session, resource_id)
    if draft.lanes < (used := _lanes_in_use(session, resource_id)):
        raise Invalid(lanes=f"Visits to come are planned on {used} at once. Keep at least {used}, or move them first.")
    resource.kind, resource.name, resource.lanes = draft.kind, draft.name, draft.lanes
    session.add(resource)
    audit(session, actor, f"edited the {WORD[draft.kind]}", draft.name, lanes=draft.lanes)


def retire_resource(session: Session, actor: Actor, resource_id: int) -> int:
    """Use it for no new visits; returns how many upcoming ones still count on it.

    Raises Forbidden, NotFound, Refused(code="needed") while services ask for it: they would offer no times.
    """
    require(actor, Permission.CONFIGURE)
    resource = _room(session, resource_id)
    if asking := _asking(session, resource_id):
        names = f"{wording.listing(asking)} {'needs' if len(asking) == 1 else 'need'}"
        raise Refused(f"{names} {resource.name}. Change what they need first.", code="needed")
    resource.retired_at = resource.retired_at or clock.now()
    session.add(resource)
    audit(session, actor, f"retired the {WORD[ResourceKind(resource.kind)]}", resource.name)
    ahead = visits_in(resource_id) & (col(Booking.starts_at) > clock.now())
    return session.exec(select(func.count()).select_from(Booking).where(ahead)).one()


def restore_resource(session: Session, actor: Actor, resource_id: int) -> None:
    """Use it again. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    resource = _room(session, resource_id)
    resource.retired_at = None
    session.add(resource)
    audit(session, actor, f"restored the {WORD[ResourceKind(resource.kind)]}", resource.name)


def set_needs(session: Session, actor: Actor, service_id: int, needs: Iterable[Need]) -> None:
    """Replace what a service needs besides a person. Raises NotFound, Invalid(needs) for what is out of use.

    The key-share locks make this wait for whoever is retiring one of them, and the other way round.
    """
    needs = [Need(need.choice, tuple(dict.fromkeys(need.resource_ids))) for need in needs]
    wanted = {resource_id for need in needs for resource_id in need.resource_ids}
    rows = select(Resource).where(col(Resource.id).in_(wanted), Resource.kind != ResourceKind.STAFF)
    locked = rows.order_by(col(Resource.id)).with_for_update(read=True, key_share=True)
    found = {one.id: one for one in session.exec(locked.execution_options(populate_existing=True))}
    if wanted - set(found):
        raise NotFound("The room")
    if retired := [one.name for one in found.values() if one.retired_at is not None]:
        raise Invalid(needs=f"{wording.listing(retired)} {'is' if len(retired) == 1 else 'are'} out of use.")
    session.execute(delete(ServiceNeed).where(col(ServiceNeed.service_id) == service_id))
    for need in needs:
        row = ServiceNeed(workspace_id=actor.workspace_id, service_id=service_id, choice=need.choice)
        session.add(row)
        session.flush()
        session.add_all(
            NeedResource(workspace_id=actor.workspace_id, service_id=service_id, need_id=row.id, resource_id=one)
            for one in need.resource_ids
        )
    session.flush()


def visits_in(resource_id: int):
    """The condition on Booking of visits that take this room or machine, alone or as part of a group."""
    of_it = (col(Allocation.resource_id) == resource_id) & col(Allocation.active)
    alone = select(Allocation.booking_id).where(of_it, col(Allocation.booking_id).is_not(None))
    grouped = select(Seat.booking_id).join(Allocation, col(Allocation.session_id) == Seat.session_id).where(
        of_it, col(Seat.booking_id).is_not(None)
    )  # fmt: skip
    return or_(col(Booking.id).in_(alone), col(Booking.id).in_(grouped))


def _checked(draft: ResourceDraft) -> ResourceDraft:
    """The draft with a clean name. Raises Invalid per field."""
    name, problems = one_line(draft.name), {}
    if draft.kind not in WORD:
        problems["kind"] = "Choose room or equipment."
    if not 1 <= len(name) <= 80:
        problems["name"] = "Enter a name of at most 80 characters."
    if not 1 <= draft.lanes <= MOST_LANES:
        problems["lanes"] = f"Enter a number from 1 to {MOST_LANES}."
    if problems:
        raise Invalid(**problems)
    return ResourceDraft(ResourceKind(draft.kind), name, draft.lanes)


def _room(session: Session, resource_id: int) -> Resource:
    """The room or machine, locked against visits that would take it meanwhile. Raises NotFound, also for a person."""
    resource = load(session, Resource, resource_id, lock=True)
    if resource.kind == ResourceKind.STAFF:
        raise NotFound("The room")
    return resource


def _lanes_in_use(session: Session, resource_id: int) -> int:
    """How many lanes it must keep for visits to come; those that staff put beside with a reason have none of their own."""
    now = clock.now()
    highest = select(func.max(Allocation.lane)).where(
        Allocation.resource_id == resource_id, Allocation.active, col(Allocation.until_at) > now,
        Allocation.overlap_reason == "", or_(col(Allocation.expires_at).is_(None), col(Allocation.expires_at) > now),
    )  # fmt: skip
    lane = session.exec(highest).one()
    return 0 if lane is None else lane + 1


def _asking(session: Session, resource_id: int) -> list[str]:
    """The offered services that name it."""
    query = (
        select(Service.name)
        .join(ServiceNeed, col(ServiceNeed.service_id) == Service.id)
        .join(NeedResource, col(NeedResource.need_id) == ServiceNeed.id)
        .where(NeedResource.resource_id == resource_id, col(Service.retired_at).is_(None))
    )
    return sorted(set(session.exec(query)))
