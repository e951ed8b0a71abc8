"""The addresses of the forms screen: which list, the request that is open, or the form in the builder."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from careops_app.forms.queries import RequestFilter

HOME = "/app/forms/"


@dataclass(frozen=True)
class Place:
    """Where one is on the screen; everything of it is in the address. `tab` is "requests" or "forms"."""

    tab: str = "requests"
    chosen: RequestFilter = RequestFilter.PENDING
    page: int = 1
    request: int | None = None
    form: int | None = None

    def address(self) -> str:
        is_list = self.tab == "requests" and self.form is None
        asks = {
            "tab": self.tab if self.tab != "requests" and self.form is None else "",
            "filter": self.chosen.value if is_list else "",
            "page": str(self.page) if is_list and self.page > 1 else "",
            "request": str(self.request) if is_list and self.request else "",
            "form": str(self.form) if self.form else "",
        }
        given = {name: value for name, value in asks.items() if value}
        return f"{HOME}?{urlencode(given)}" if given else HOME
