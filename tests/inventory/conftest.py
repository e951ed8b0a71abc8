"""A business with one service and what its stock commands need."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session, select

from careops_app.infra import db
from careops_app.infra.outbox import OutboxEvent, told
from careops_app.inventory import catalogue, queries
from careops_app.inventory.catalogue import ItemDraft, Supply
from careops_app.workspace.access import Actor
from tests import facts, people


@dataclass(frozen=True)
class Store:
    """The owner's hands on the stock of one business."""

    owner: Actor
    service_id: int

    def do(self, command: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Run one command as the owner."""
        return db.transact_now(command, self.owner, *args, **named)

    def item(self, on_hand: float = 10, threshold: float = 0, *, name: str = "Gloves", reusable: bool = False) -> int:
        draft = ItemDraft(name, "pairs", Decimal(str(threshold)), reusable=reusable)
        return self.do(catalogue.add_item, draft, Decimal(str(on_hand)))

    def uses(self, quantities: dict[int, float]) -> None:
        supplies = [Supply(item_id, Decimal(str(quantity))) for item_id, quantity in quantities.items()]
        self.do(catalogue.set_supplies, self.service_id, supplies)

    def visit(self) -> int:
        return facts.visit(self.owner, self.service_id).id

    def figures(self, item_id: int) -> tuple[Decimal, Decimal]:
        """(on hand, reserved)."""
        item = db.fetch_now(queries.item_card, self.owner, item_id).item
        return item.on_hand, item.reserved

    def events(self, *names: str) -> list[Any]:
        return [event for event in db.fetch_now(_events, self.owner) if event.name in names]

    def drift(self) -> tuple[queries.DriftRow, ...]:
        return db.fetch_now(queries.drift, self.owner)


def _events(session: Session, actor: Actor) -> list[Any]:
    return [told(row) for row in session.exec(select(OutboxEvent).order_by(OutboxEvent.id))]  # type: ignore[arg-type]


@pytest.fixture
def store(database: str, clock: Any) -> Store:
    owner = people.owner().actor
    return Store(owner, facts.service(owner))
