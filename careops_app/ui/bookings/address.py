"""The addresses of the bookings screen: view, day, whose calendar, list, and the booking that is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from careops_app.bookings.lists import BookingFilter

HOME = "/app/bookings/"


@dataclass(frozen=True)
class Place:
    """Where one is on the screen; everything of it is in the address."""

    view: str = "week"
    day: date | None = None
    staff: int | None = None
    chosen: BookingFilter = BookingFilter.UPCOMING
    page: int = 1
    booking: int | None = None

    def address(self) -> str:
        asks = {
            "view": self.view if self.view != "week" else "",
            "day": self.day.isoformat() if self.day and self.view != "list" else "",
            "staff": str(self.staff) if self.staff and self.view != "list" else "",
            "filter": self.chosen.value if self.view == "list" else "",
            "page": str(self.page) if self.page > 1 else "",
            "booking": str(self.booking) if self.booking else "",
        }
        given = {name: value for name, value in asks.items() if value}
        return f"{HOME}?{urlencode(given)}" if given else HOME
