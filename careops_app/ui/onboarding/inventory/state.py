"""What an owner does with stock during set-up: adds items, says what a visit of each service uses."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.bookings import catalogue as services
from careops_app.errors import Invalid
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.inventory import catalogue, queries, rules
from careops_app.inventory.catalogue import ItemDraft, Supply
from careops_app.inventory.queries import ItemRow
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission


class ItemForm(TypedDict):
    name: str
    unit: str
    on_hand: str
    threshold: str


@dataclass(frozen=True)
class ItemLine:
    """An item with what is on the shelf."""

    id: int
    name: str
    about: str


@dataclass(frozen=True)
class Use:
    """How much of an item one visit of the open service uses; empty means none."""

    item_id: str
    name: str
    unit: str
    quantity: str


@dataclass(frozen=True)
class ServiceUse:
    """A service and what its visits use."""

    id: int
    name: str
    about: str


class StartStockState(rx.State):
    """The items there are, and what services use; at most one service is open."""

    loaded: bool = False
    items: list[ItemLine] = []
    services: list[ServiceUse] = []
    uses: list[Use] = []
    using: int = 0
    added: int = 0
    errors: dict[str, str] = {}

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the lists."""
        self.using, self.errors = 0, {}
        await self._read()
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change; the service in hand is left alone."""
        await self._read()

    @handler(Permission.CONFIGURE)
    async def add(self, form: ItemForm) -> Any:
        """Adds an item with what is on the shelf now."""
        try:
            on_hand = rules.amount_or_zero(form["on_hand"] or "0", "on_hand")
            threshold = rules.amount_or_zero(form["threshold"] or "0", "threshold")
            await transact(catalogue.add_item, actor(), ItemDraft(form["name"], form["unit"], threshold), on_hand)
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        self.errors = {}
        self.added += 1
        await self._read()
        return toasts.done(f"“{form['name'].strip()}” added.")

    @handler(Permission.CONFIGURE)
    async def open_service(self, service_id: int) -> None:
        """Opens what visits of a service use; 0 closes."""
        self.using, self.errors = service_id, {}
        if service_id:
            who = actor()
            used = {each.item_id: each.quantity for each in await fetch(queries.supplies_of_service, who, service_id)}
            rows = (await fetch(queries.item_list, who)).rows
            self.uses = [_use(row, used.get(row.id)) for row in rows]

    @handler(Permission.CONFIGURE)
    async def save_uses(self, form: dict[str, str]) -> Any:
        """Keeps what a visit uses; the fields are named after the items."""
        try:
            supplies = [
                _supply(use, form[f"item-{use.item_id}"]) for use in self.uses if form.get(f"item-{use.item_id}")
            ]
            await transact(catalogue.set_supplies, actor(), self.using, supplies)
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        self.using, self.errors = 0, {}
        await self._read()
        return toasts.done("Saved. Each booking sets this much aside.")

    async def _read(self) -> None:
        who = actor()
        rows = (await fetch(queries.item_list, who)).rows
        cards = await fetch(services.service_cards, who)
        lines = []
        for card in cards:
            used = await fetch(queries.supplies_of_service, who, card.id)
            words = wording.listing(f"{wording.quantity(each.quantity, each.unit)} {each.item_name}" for each in used)
            lines.append(ServiceUse(card.id, card.name, words or "Uses nothing yet"))
        assign(self, items=[_item(row) for row in rows], services=lines)


def _item(row: ItemRow) -> ItemLine:
    have = wording.quantity(row.on_hand, row.unit)
    return ItemLine(row.id, row.name, f"{have} on the shelf, low below {wording.quantity(row.threshold)}")


def _use(row: ItemRow, quantity: Any) -> Use:
    return Use(str(row.id), row.name, row.unit, "" if quantity is None else wording.quantity(quantity).replace(",", ""))


def _supply(use: Use, text: str) -> Supply:
    """Raises Invalid under the name of the field."""
    return Supply(int(use.item_id), rules.quantity(text, f"item-{use.item_id}"))
