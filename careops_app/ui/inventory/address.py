"""The addresses of the inventory screen: which list, what is searched, the item that is open."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from careops_app.inventory.queries import StockFilter

HOME = "/app/inventory/"


@dataclass(frozen=True)
class Place:
    """Where one is on the screen; everything of it is in the address. `entries` is the page of the open ledger."""

    chosen: StockFilter = StockFilter.ALL
    q: str = ""
    page: int = 1
    item: int | None = None
    entries: int = 1

    def address(self) -> str:
        asks = {
            "filter": self.chosen.value if self.chosen != StockFilter.ALL else "",
            "q": self.q,
            "page": str(self.page) if self.page > 1 else "",
            "item": str(self.item) if self.item else "",
            "entries": str(self.entries) if self.item and self.entries > 1 else "",
        }
        given = {name: value for name, value in asks.items() if value}
        return f"{HOME}?{urlencode(given)}" if given else HOME
