"""A business for races and measurements, built by commands: ten people, hours every day, services of all sorts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from careops_app.bookings import offering, resources
from careops_app.bookings.models import NeedChoice, ResourceKind
from careops_app.bookings.offering import CalendarDraft
from careops_app.bookings.resources import ResourceDraft
from careops_app.bookings.service_draft import Need, ServiceDraft
from careops_app.bookings.spans import Window
from careops_app.infra import db
from careops_app.inventory import catalogue
from careops_app.inventory.catalogue import ItemDraft, Supply
from careops_app.inventory.models import ShortagePolicy
from careops_app.workspace import queries
from careops_app.workspace import service as workspaces
from careops_app.workspace.access import Actor
from tests import people

EVERY_DAY = ((Window(540, 1080),),) * 7  # 09:00 to 18:00
LANES, SEATS, LAST_PIECES = 4, 6, 30
PLENTY = 100_000


@dataclass(frozen=True)
class Venue:
    """The open business; `services` names them by what is special about them."""

    owner: Actor
    slug: str
    staff: list[int]
    services: dict[str, int]

    def do(self, command: Callable[..., Any], *args: Any) -> Any:
        """The owner does this."""
        return db.transact_now(command, self.owner, *args)


def open_venue(staff: int = 10) -> Venue:
    """Everybody gives every service; each visit uses a towel, of which there are plenty.

    `short` and `middle` need a person only. `room` shares a room of four lanes, `long` needs that room and one of two
    machines, `suite` needs both machines, `group` has six seats, `scarce` uses something of which there are thirty.
    """
    owner = people.owner("Race Track", "olivia@example.com").actor

    def do(command: Callable[..., Any], *args: Any) -> Any:
        return db.transact_now(command, owner, *args)

    do(offering.set_hours, None, EVERY_DAY)
    calendars = tuple(do(offering.add_calendar, CalendarDraft(f"Person {number + 1}")) for number in range(staff))
    room = do(resources.add_resource, ResourceDraft(ResourceKind.ROOM, "Hall", LANES))
    machines = tuple(
        do(resources.add_resource, ResourceDraft(ResourceKind.EQUIPMENT, f"Machine {name}")) for name in "AB"
    )
    in_room, any_machine = Need(NeedChoice.ANY, (room,)), Need(NeedChoice.ANY, machines)
    asked: dict[str, tuple[int, dict[str, Any]]] = {
        "short": (30, {}),
        "middle": (45, {}),
        "room": (30, {"needs": (in_room,)}),
        "long": (90, {"needs": (in_room, any_machine)}),
        "suite": (60, {"needs": (Need(NeedChoice.ALL, machines),)}),
        "group": (30, {"capacity": SEATS}),
        "scarce": (30, {}),
    }
    services = {
        name: do(offering.add_service, _draft(name, minutes, calendars, more))
        for name, (minutes, more) in asked.items()
    }
    towel = do(catalogue.add_item, ItemDraft("Towel", "pieces"), Decimal(PLENTY))
    last = ItemDraft("Rare cream", "jars", shortage_policy=ShortagePolicy.HIDE)
    scarce = do(catalogue.add_item, last, Decimal(LAST_PIECES))
    for name, service_id in services.items():
        uses = [Supply(towel, Decimal(1)), *([Supply(scarce, Decimal(1))] if name == "scarce" else [])]
        do(catalogue.set_supplies, service_id, uses)
    do(workspaces.activate, [])
    slug = db.fetch_now(queries.workspace_card, owner).slug
    return Venue(owner, slug, list(calendars), services)


def _draft(name: str, minutes: int, calendars: tuple[int, ...], more: dict[str, Any]) -> ServiceDraft:
    return ServiceDraft(
        f"A {name} visit", minutes, step_minutes=15, notice_minutes=0, horizon_days=400, staff_ids=calendars, **more
    )
