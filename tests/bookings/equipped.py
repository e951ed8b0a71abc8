"""What the clinic can have besides people: rooms and machines, groups, limits, stock that decides; and held times."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import text

from careops_app.bookings import holding, offering, resources
from careops_app.bookings.holding import Held, HoldRequest
from careops_app.bookings.models import NeedChoice, ResourceKind
from careops_app.bookings.resources import ResourceDraft
from careops_app.bookings.service_draft import Need, ServiceDraft
from careops_app.infra import db
from careops_app.inventory import catalogue
from careops_app.inventory.catalogue import ItemDraft, Supply
from careops_app.inventory.models import ShortagePolicy
from tests.bookings.clinic import Clinic

_holders = count()


def room(clinic: Clinic, name: str = "Room 1", lanes: int = 1) -> int:
    return clinic.do(resources.add_resource, ResourceDraft(ResourceKind.ROOM, name, lanes))


def machine(clinic: Clinic, name: str = "Laser") -> int:
    return clinic.do(resources.add_resource, ResourceDraft(ResourceKind.EQUIPMENT, name))


def offered(clinic: Clinic, name: str, minutes: int = 60, **draft: Any) -> int:
    """A service that starts every 30 minutes and that both people give, unless the draft says otherwise."""
    usual = {"step_minutes": 30, "staff_ids": (clinic.priya, clinic.jonas)}
    return clinic.do(offering.add_service, ServiceDraft(name, minutes, **(usual | draft)))


def any_of(*resource_ids: int) -> Need:
    return Need(NeedChoice.ANY, resource_ids)


def all_of(*resource_ids: int) -> Need:
    return Need(NeedChoice.ALL, resource_ids)


def stocked(clinic: Clinic, service_id: int, pieces: int, policy: ShortagePolicy) -> int:
    """Every visit of the service uses one piece of an item of which there are so many."""
    item = clinic.do(catalogue.add_item, ItemDraft("Rare cream", "jars", shortage_policy=policy), Decimal(pieces))
    clinic.do(catalogue.set_supplies, service_id, [Supply(item, Decimal(1))])
    return item


def held(clinic: Clinic, service_id: int, at: datetime, **wish: Any) -> Held:
    """A visitor holds a time; each is somebody else unless a holder is named."""
    asked = {"holder": f"visitor {next(_holders)}"} | wish
    return db.transact_now(holding.hold_time, clinic.owner.workspace_id, HoldRequest(service_id, at, **asked))


def number(clinic: Clinic, question: str, **values: Any) -> int:
    """The single number that SQL answers within the business."""
    return clinic.ask(lambda session, _: session.execute(text(question), values).scalar())


def rows(clinic: Clinic, question: str, **values: Any) -> list[tuple[Any, ...]]:
    """What SQL answers within the business."""
    return clinic.ask(lambda session, _: [tuple(row) for row in session.execute(text(question), values)])


def lanes_of(clinic: Clinic, booking_id: int) -> list[tuple[int, int]]:
    """Every resource and lane that a booking takes, and that counts."""
    taken = "select resource_id, lane from allocation where booking_id = :id and active order by 1, 2"
    return rows(clinic, taken, id=booking_id)


def later(at: datetime, minutes: int) -> datetime:
    return at + timedelta(minutes=minutes)
