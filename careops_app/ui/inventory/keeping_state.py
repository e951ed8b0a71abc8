"""What owners decide of stock: which items there are, when they are low, and what visits of each service use."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.bookings import catalogue as services
from careops_app.errors import Invalid, Refused
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.inventory import catalogue, queries, rules
from careops_app.inventory.catalogue import ItemDraft, Supply
from careops_app.inventory.models import ShortagePolicy
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.inventory.address import Place
from careops_app.ui.inventory.item_state import ItemState
from careops_app.ui.inventory.stocking_state import every_item
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission

CLOSED, NEW = -1, 0  # of `editing`, beside the id of the item in hand


class ItemForm(TypedDict):
    name: str
    unit: str
    threshold: str
    supplier: str
    cost_text: str
    on_hand: str
    reusable: bool
    shortage_policy: ShortagePolicy


@dataclass(frozen=True)
class ItemText:
    """An item as its form shows it."""

    name: str = ""
    unit: str = ""
    threshold: str = ""
    supplier: str = ""
    cost_text: str = ""
    reusable: bool = False
    shortage_policy: str = ShortagePolicy.WARN.value


@dataclass(frozen=True)
class Use:
    """How much of an item one visit of the open service uses; empty means none."""

    item_id: str
    name: str
    unit: str
    quantity: str


class KeepingState(rx.State):
    """The dialogs of an item, of its end, and of what a service uses. `version` makes their fields fresh."""

    editing: int = CLOSED
    version: int = 0
    text: ItemText = ItemText()
    retiring: bool = False
    refusal: str = ""
    uses_open: bool = False
    service: str = ""
    service_name: str = ""
    services: list[tuple[str, str]] = []
    uses: list[Use] = []
    errors: dict[str, str] = {}

    @handler(Permission.CONFIGURE)
    async def add(self) -> None:
        """Opens an empty item."""
        assign(self, editing=NEW, text=ItemText(), version=self.version + 1, errors={})

    @handler(Permission.CONFIGURE)
    async def edit(self, item_id: int) -> None:
        """Opens an item."""
        item = (await fetch(queries.item_card, actor(), item_id)).item
        text = ItemText(
            item.name, item.unit, wording.quantity(item.threshold).replace(",", ""), item.supplier, item.cost_text,
            item.reusable, item.shortage_policy.value,
        )  # fmt: skip
        assign(self, editing=item_id, text=text, version=self.version + 1, errors={})

    @handler(Permission.CONFIGURE)
    async def toggle_item(self, open: bool) -> None:
        if not open:
            assign(self, editing=CLOSED, errors={})

    @handler(Permission.CONFIGURE, temporal=True)
    async def save_item(self, form: ItemForm) -> Any:
        """Keeps the item, or says beside each field what is wrong."""
        try:
            item_id = await self._keep(form)
        except Invalid as invalid:
            assign(self, errors=invalid.fields)
            return focus_first()
        is_new = self.editing == NEW
        assign(self, editing=CLOSED, errors={})
        said = toasts.done(f"“{form['name'].strip()}” saved.")
        return [said, rx.redirect(Place(item=item_id).address())] if is_new else said

    async def _keep(self, form: ItemForm) -> int:
        threshold, on_hand = _amounts(form)
        draft = ItemDraft(
            form["name"], form["unit"], threshold, form["supplier"], form["cost_text"], form["reusable"],
            form["shortage_policy"],
        )  # fmt: skip
        if self.editing == NEW:
            return await transact(catalogue.add_item, actor(), draft, on_hand)
        await transact(catalogue.edit_item, actor(), self.editing, draft)
        return self.editing

    @handler(Permission.CONFIGURE)
    async def ask_retire(self, open: bool) -> None:
        assign(self, retiring=open, refusal="")

    @handler(Permission.CONFIGURE, temporal=True)
    async def retire(self) -> Any:
        """Keeps no more stock of the open item."""
        opened = await self.get_state(ItemState)
        try:
            await transact(catalogue.retire, actor(), opened.facts.id)
        except Refused as refusal:
            assign(self, refusal=str(refusal))
            return None
        assign(self, retiring=False, refusal="")
        return toasts.done(f"{opened.facts.name} is retired. Its ledger stays.")

    @handler(Permission.CONFIGURE)
    async def open_uses(self, service_id: int) -> None:
        """Opens what visits of a service use; 0 opens the first service."""
        cards = await fetch(services.service_cards, actor())
        ids = [card.id for card in cards]
        chosen = service_id if service_id in ids else ids[0] if ids else 0
        assign(self, uses_open=True, services=[(str(card.id), card.name) for card in cards])
        await self._show_uses(chosen)

    @handler(Permission.CONFIGURE)
    async def pick_service(self, value: str) -> None:
        """Shows another service."""
        if value in dict(self.services):
            await self._show_uses(int(value))

    @handler(Permission.CONFIGURE)
    async def toggle_uses(self, open: bool) -> None:
        assign(self, uses_open=open, errors={})

    def _shut(self) -> None:
        assign(self, editing=CLOSED, retiring=False, uses_open=False, errors={}, refusal="")

    async def _show_uses(self, service_id: int) -> None:
        used = {row.item_id: row.quantity for row in await fetch(queries.supplies_of_service, actor(), service_id)}
        uses = [
            Use(
                str(row.id),
                row.name,
                row.unit,
                wording.quantity(used[row.id]).replace(",", "") if row.id in used else "",
            )
            for row in await every_item()
        ]
        name = dict(self.services).get(str(service_id), "")
        assign(self, service=str(service_id), service_name=name, uses=uses, version=self.version + 1, errors={})

    @handler(Permission.CONFIGURE, temporal=True)
    async def save_uses(self, form: dict[str, str]) -> Any:
        """Keeps what a visit uses; the fields are named after the items."""
        try:
            supplies = [
                _supply(use, text) for use in self.uses if (text := form.get(f"item-{use.item_id}", "").strip())
            ]
            await transact(catalogue.set_supplies, actor(), int(self.service), supplies)
        except Invalid as invalid:
            assign(self, errors=invalid.fields)
            return focus_first()
        except Refused as refusal:
            assign(self, errors={"service": str(refusal)})
            return focus_first()
        assign(self, uses_open=False, errors={})
        return toasts.done(f"Saved. Each visit of {dict(self.services)[self.service]} sets this much aside.")


def _amounts(form: ItemForm) -> tuple[Decimal, Decimal]:
    """Threshold and what is on the shelf. Raises Invalid with every field of the form that is missing or no amount."""
    problems = {name: f"Write the {name} of the item." for name in ("name", "unit") if not form[name].strip()}
    amounts: list[Decimal] = []
    for name in ("threshold", "on_hand"):
        try:
            amounts.append(rules.amount_or_zero(form[name] or "0", name))
        except Invalid as invalid:
            problems |= invalid.fields
    if problems:
        raise Invalid(**problems)
    return amounts[0], amounts[1]


def _supply(use: Use, text: str) -> Supply:
    """Raises Invalid under the name of the field."""
    return Supply(int(use.item_id), rules.quantity(text, f"item-{use.item_id}"))
