"""The item that is open beside the list: its figures, forecast, visits, services, and its ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace

import reflex as rx

from careops_app.errors import NotFound
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.inventory import queries, service
from careops_app.inventory.queries import ItemCard, ItemRow
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.inventory import rows
from careops_app.ui.inventory.address import Place
from careops_app.ui.inventory.rows import Day, Entry, Visit
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

MOST_DAYS, MOST_VISITS = 7, 12


@dataclass(frozen=True)
class Facts:
    """The head of the item, in words."""

    id: int = 0
    name: str = ""
    about: str = ""
    cost: str = ""
    status: str = "in_stock"
    on_hand: str = ""
    reserved: str = ""
    free: str = ""
    is_short: bool = False
    threshold: str = ""
    low_since: str = ""
    is_retired: bool = False


@dataclass(frozen=True)
class Use:
    """A service that uses the item."""

    service_id: int
    service: str
    quantity: str


class ItemState(rx.State):
    """The open item; `gone` when the address names none of this business."""

    shown: bool = False
    gone: bool = False
    facts: Facts = Facts()
    days: list[Day] = []
    short_word: str = ""
    visits: list[Visit] = []
    more_visits: str = ""
    used_by: list[Use] = []
    entries: list[Entry] = []
    pages: str = ""
    newer: str = ""
    older: str = ""
    close_to: str = ""
    _place: Place = Place()

    @handler(Permission.INVENTORY, temporal=True)
    async def undo(self, entry_id: int) -> rx.event.EventSpec:
        """Takes an entry back by a counter-entry; both stay in the ledger."""
        await transact(service.undo, actor(), entry_id)
        await self._read()
        return toasts.done("Taken back by a counter-entry. Both stay in the ledger.")

    async def _open(self, place: Place) -> None:
        self._place = place
        assign(self, close_to=replace(place, item=None).address())
        await self._read()

    async def _read(self) -> None:
        if self._place.item is None:
            assign(self, shown=False, gone=False)
            return
        try:
            card = await fetch(queries.item_card, actor(), self._place.item, self._place.entries)
        except NotFound:
            assign(self, shown=False, gone=True)
            return
        zone = clock.zone((await fetch(workspaces.workspace_card, actor())).time_zone)
        now, item = clock.now(), card.item
        since = f"Low since {wording.near(item.low_since, zone, now)}" if item.low_since else ""
        assign(
            self,
            shown=True, gone=False, facts=_facts(item, since), days=[rows.day(each) for each in card.days[:MOST_DAYS]],
            short_word=_short(card), visits=[rows.visit(each, item.unit, zone, now) for each in card.needs[:MOST_VISITS]],
            more_visits=f"and {len(card.needs) - MOST_VISITS} more" if len(card.needs) > MOST_VISITS else "",
            used_by=[
                Use(each.service_id, each.service_name, wording.quantity(each.quantity, item.unit)) for each in card.used_by
            ],
            entries=[rows.entry(each, zone, now) for each in card.movements.rows], **self._pager(card),
        )  # fmt: skip

    def _pager(self, card: ItemCard) -> dict[str, str]:
        page, pages = card.movements.page, card.movements.pages
        return {
            "pages": f"Page {page} of {pages}" if pages > 1 else "",
            "newer": replace(self._place, entries=page - 1).address() if page > 1 else "",
            "older": replace(self._place, entries=page + 1).address() if page < pages else "",
        }


def _facts(item: ItemRow, since: str) -> Facts:
    return Facts(
        id=item.id, name=item.name, about=rows.about_in_full(item), cost=item.cost_text, status=item.status,
        on_hand=wording.quantity(item.on_hand), reserved=wording.quantity(item.reserved),
        free=wording.quantity(abs(item.available)), is_short=item.available < 0,
        threshold=wording.quantity(item.threshold), low_since=since, is_retired=item.is_retired,
    )  # fmt: skip


def _short(card: ItemCard) -> str:
    """What upcoming visits lack, or that they lack nothing."""
    short = [need for need in card.needs if need.missing]
    if not short:
        return "Visits that need it"
    missing = wording.quantity(sum((need.missing for need in short), start=short[0].missing * 0), card.item.unit)
    return f"{wording.plural(len(short), 'visit is', 'visits are')} short of {missing}"
