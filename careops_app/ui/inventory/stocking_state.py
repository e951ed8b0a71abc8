"""The dialogs of everyday stock: a delivery, a count of the shelf, something thrown away."""

from __future__ import annotations

from typing import Any, Literal

import reflex as rx
from typing_extensions import TypedDict

from careops_app.errors import Invalid, Refused
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.inventory import queries, rules, service
from careops_app.inventory.queries import ItemRow
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.inventory.item_state import ItemState
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission

Kind = Literal["receive", "count", "waste"]


class StockForm(TypedDict):
    item: str
    quantity: str
    reason: str


class StockingState(rx.State):
    """At most one dialog; `kind` is empty while none is open."""

    kind: str = ""
    version: int = 0
    item: str = ""
    items: list[tuple[str, str]] = []
    unit: str = ""
    on_hand: str = ""
    errors: dict[str, str] = {}
    _on_hand: dict[str, tuple[str, str]] = {}

    @handler(Permission.INVENTORY)
    async def begin(self, kind: Kind) -> None:
        """Opens a dialog, for the open item when there is one."""
        found = await every_item()
        self._on_hand = {str(row.id): (row.unit, wording.quantity(row.on_hand, row.unit)) for row in found}
        opened = await self.get_state(ItemState)
        wanted = str(opened.facts.id) if opened.shown else ""
        first = wanted if wanted in self._on_hand else next(iter(self._on_hand), "")
        assign(self, kind=kind, version=self.version + 1, errors={}, items=[(str(row.id), row.name) for row in found])
        self._pick(first)

    @handler(Permission.INVENTORY)
    async def toggle(self, open: bool) -> None:
        if not open:
            assign(self, kind="", errors={})

    @handler(Permission.INVENTORY)
    async def pick(self, item: str) -> None:
        """Chooses another item; what was typed stays."""
        self._pick(item)

    def _shut(self) -> None:
        assign(self, kind="", errors={})

    def _pick(self, item: str) -> None:
        unit, on_hand = self._on_hand.get(item, ("", ""))
        assign(self, item=item, unit=unit, on_hand=on_hand)

    @handler(Permission.INVENTORY, temporal=True)
    async def save(self, form: StockForm) -> Any:
        """Writes the entry, or says beside the field why not."""
        try:
            entry = await self._write(form)
        except Invalid as invalid:
            said = invalid.fields
            assign(self, errors={"quantity": said["counted"]} if "counted" in said else said)
            return focus_first()
        except Refused as refusal:
            assign(self, errors={"quantity": str(refusal)})
            return focus_first()
        name = dict(self.items)[form["item"]]
        assign(self, kind="", errors={})
        return toasts.done(f"{name} is up to date.", undo=ItemState.undo(entry))

    async def _write(self, form: StockForm) -> int:
        if form["item"] not in self._on_hand:
            raise Invalid(item="Choose an item.")
        who, item = actor(), int(form["item"])
        if self.kind == "count":
            return await transact(service.count, who, item, rules.amount_or_zero(form["quantity"]), form["reason"])
        command = service.waste if self.kind == "waste" else service.receive
        return await transact(command, who, item, rules.quantity(form["quantity"]), form["reason"])


async def every_item() -> list[ItemRow]:
    """All items in use, by name."""
    page = await fetch(queries.item_list, actor())
    found = list(page.rows)
    for number in range(2, page.pages + 1):
        found += (await fetch(queries.item_list, actor(), page=number)).rows
    return found
