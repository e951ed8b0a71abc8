"""The address of a dry run: the rule as it would be, and until when to look ahead."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

HOME = "/app/dry-run/"


def address(
    rule: str, *, on: str = "", leads: Sequence[int] = (), via: str = "", service: int | None = None, until: str = "",
    older: int | None = None,
) -> str:  # fmt: skip
    """`on` is "on", "off" or empty for as it is; `leads` are minutes, none for as they are; `until` is a date."""
    asks = {
        "rule": rule, "on": on, "leads": ",".join(map(str, leads)), "via": via, "service": str(service) if service else "",
        "until": until, "older": str(older) if older else "",
    }  # fmt: skip
    return f"{HOME}?{urlencode({name: value for name, value in asks.items() if value})}"
