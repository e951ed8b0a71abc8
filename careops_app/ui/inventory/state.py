"""What a person looks at in the inventory: a list under a filter, or what a search finds. All of it is in the address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import reflex as rx

from careops_app.inventory import queries
from careops_app.inventory.queries import PAGE, ItemPage, StockFilter
from careops_app.ui import live
from careops_app.ui.fresh import asked, asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.inventory import rows
from careops_app.ui.inventory.address import Place
from careops_app.ui.inventory.item_state import ItemState
from careops_app.ui.inventory.keeping_state import KeepingState
from careops_app.ui.inventory.rows import Choice, Line
from careops_app.ui.inventory.stocking_state import StockingState
from careops_app.ui.reading import read
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission

LONGEST_SEARCH = 80


class InventoryState(rx.State):
    """The list. `box` changes when the search line must show another text than the one typed."""

    loaded: bool = False
    q: str = ""
    box: int = 0
    filters: list[Choice] = []
    lines: list[Line] = []
    total: int = 0
    is_new: bool = False
    list_word: str = ""
    support: str = ""
    pages: str = ""
    earlier_page: str = ""
    later_page: str = ""
    clear: str = ""
    _place: Place = Place()
    _typed: str = ""

    @handler(Permission.INVENTORY)
    async def load(self) -> None:
        """Opens the list and the item that the address names."""
        live.join(InventoryState.refresh)
        self._place = self._asked()
        if self._place.q != self._typed:
            self._typed, self.box = self._place.q, self.box + 1
        item = await self.get_state(ItemState)
        await item._open(self._place)
        (await self.get_state(StockingState))._shut()
        (await self.get_state(KeepingState))._shut()
        await self._read()

    @handler(Permission.INVENTORY)
    async def refresh(self) -> None:
        """Reads list and item again after a change."""
        item = await self.get_state(ItemState)
        await item._read()
        await self._read()

    @handler(Permission.INVENTORY, debounce=250)
    async def search(self, text: str) -> Any:
        """Narrows the list to names with these letters."""
        self._typed = text[:LONGEST_SEARCH].strip()
        return rx.redirect(replace(self._place, q=self._typed, page=1).address(), replace=True)

    def _asked(self) -> Place:
        wanted = asked(self, "filter")
        return Place(
            chosen=StockFilter(wanted) if wanted in tuple(StockFilter) else StockFilter.ALL,
            q=asked(self, "q")[:LONGEST_SEARCH].strip(), page=min(asked_id(self, "page") or 1, 10_000),
            item=asked_id(self, "item"), entries=min(asked_id(self, "entries") or 1, 10_000),
        )  # fmt: skip

    async def _read(self) -> None:
        who, place = actor(), self._place
        page = await read(queries.item_list, who, place.chosen, place.page, search=place.q)
        counts = await read(queries.stock_counts, who)
        assign(
            self,
            loaded=True, q=place.q, filters=rows.filters(place, counts), total=page.total,
            lines=[rows.line(row, place) for row in page.rows], is_new=counts.all == 0,
            list_word=rows.FILTERS[place.chosen], clear=Place(item=place.item).address(), **_pager(place, page),
        )  # fmt: skip


def _pager(place: Place, page: ItemPage) -> dict[str, str]:
    first = (page.page - 1) * PAGE + 1
    many = page.total > PAGE
    return {
        "pages": f"{first}–{first + len(page.rows) - 1} of {page.total}" if many else "",
        "earlier_page": replace(place, page=page.page - 1).address() if page.page > 1 else "",
        "later_page": replace(place, page=page.page + 1).address() if page.page < page.pages else "",
    }
