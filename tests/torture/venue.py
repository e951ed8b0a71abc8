"""A business for races and measurements, built by commands: ten people, hours every day, services of three lengths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from careops_app.bookings import offering
from careops_app.bookings.offering import CalendarDraft, ServiceDraft
from careops_app.bookings.spans import Window
from careops_app.infra import db
from careops_app.inventory import catalogue
from careops_app.inventory.catalogue import ItemDraft, Supply
from careops_app.workspace import queries
from careops_app.workspace import service as workspaces
from careops_app.workspace.access import Actor
from tests import people

EVERY_DAY = ((Window(540, 1080),),) * 7  # 09:00 to 18:00
LENGTHS = {"short": 30, "middle": 45, "long": 90}


@dataclass(frozen=True)
class Venue:
    """The open business; what `services` names is a service's length."""

    owner: Actor
    slug: str
    staff: list[int]
    services: dict[str, int]
    item: int

    def do(self, command: Callable[..., Any], *args: Any) -> Any:
        """The owner does this."""
        return db.transact_now(command, self.owner, *args)


def open_venue(staff: int = 10, stock: int = 100_000) -> Venue:
    """Everybody gives every service; each visit uses one of the only item."""
    owner = people.owner("Race Track", "olivia@example.com").actor

    def do(command: Callable[..., Any], *args: Any) -> Any:
        return db.transact_now(command, owner, *args)

    do(offering.set_hours, None, EVERY_DAY)
    calendars = [do(offering.add_calendar, CalendarDraft(f"Person {number + 1}")) for number in range(staff)]
    services = {
        name: do(offering.add_service, _draft(name, minutes, tuple(calendars))) for name, minutes in LENGTHS.items()
    }
    item = do(catalogue.add_item, ItemDraft("Towel", "pieces"), Decimal(stock))
    for service_id in services.values():
        do(catalogue.set_supplies, service_id, [Supply(item, Decimal(1))])
    do(workspaces.activate, [])
    slug = db.fetch_now(queries.workspace_card, owner).slug
    return Venue(owner, slug, calendars, services, item)


def _draft(name: str, minutes: int, calendars: tuple[int, ...]) -> ServiceDraft:
    return ServiceDraft(
        f"A {name} visit", minutes, step_minutes=15, notice_minutes=0, horizon_days=400, staff_ids=calendars
    )
