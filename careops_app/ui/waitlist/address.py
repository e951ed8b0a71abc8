"""The addresses of the waitlist: which part of it, and which page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from careops_app.bookings.waitlist_queries import WaitlistFilter

HOME = "/app/waitlist/"


@dataclass(frozen=True)
class Place:
    """Where one is on the screen; everything of it is in the address."""

    chosen: WaitlistFilter = WaitlistFilter.OPEN
    page: int = 1

    def address(self) -> str:
        asks = {
            "filter": self.chosen.value if self.chosen != WaitlistFilter.OPEN else "",
            "page": str(self.page) if self.page > 1 else "",
        }
        given = {name: value for name, value in asks.items() if value}
        return f"{HOME}?{urlencode(given)}" if given else HOME
