"""Which services a visitor wants in one visit, as an address spells it: “3.any-5.7” is service 3 by anyone, then 5 by 7."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

from careops_app.bookings.visits import FEWEST_PARTS, MOST_PARTS, Part
from careops_app.public.book.choice import ANYONE
from careops_app.public.picker.rows import Aim, day_named, month_named, month_text, start_named, start_text


@dataclass(frozen=True)
class Several:
    """The services in their order, and how far the visitor has come; `is_complete` once no other is to be added."""

    slug: str
    parts: tuple[Part, ...] = ()
    is_complete: bool = False
    month: date | None = None
    day: date | None = None
    start: datetime | None = None
    zone: str = ""
    chooses_zone: bool = False

    @property
    def may_go_on(self) -> bool:
        return len(self.parts) >= FEWEST_PARTS

    @property
    def may_add(self) -> bool:
        return len(self.parts) < MOST_PARTS

    def address(self) -> str:
        """The page of this choice."""
        return f"/b/{self.slug}/several?{urlencode(self.spelled())}"

    def spelled(self) -> dict[str, str]:
        """What the address says of it."""
        values = {
            "parts": "-".join(f"{part.service_id}.{part.staff_id or ANYONE}" for part in self.parts),
            "time": "1" if self.is_complete else "",
            "month": month_text(self.month) if self.month and not self.day else "",
            "day": self.day.isoformat() if self.day else "",
            "start": start_text(self.start) if self.start else "",
            "tz": self.zone,
            "zones": "1" if self.chooses_zone else "",
        }
        return {name: value for name, value in values.items() if value}

    def plus(self, part: Part) -> Several:
        """With one more service at the end."""
        return self._of((*self.parts, part))

    def minus(self, at: int) -> Several:
        """Without the service at that place."""
        return self._of(self.parts[:at] + self.parts[at + 1 :])

    def by(self, at: int, staff_id: int | None) -> Several:
        """With another person for the service at that place."""
        return self._of(tuple(replace(one, staff_id=staff_id) if at == n else one for n, one in enumerate(self.parts)))

    def at(self, aim: Aim) -> Several:
        """The same services at another month, day or start."""
        return replace(
            self, is_complete=True, month=aim.month, day=aim.day, start=aim.start, chooses_zone=aim.chooses_zone
        )

    def _of(self, parts: tuple[Part, ...]) -> Several:
        return Several(self.slug, parts, zone=self.zone)


def several_of(slug: str, given: Mapping[str, str]) -> Several:
    """The choice that an address or a form spells; what is not understood was not chosen."""
    parts = tuple(part for text in given.get("parts", "").split("-") if (part := _part(text)) is not None)
    return Several(
        slug=slug, parts=parts[:MOST_PARTS], is_complete="time" in given, month=month_named(given.get("month", "")),
        day=day_named(given.get("day", "")), start=start_named(given.get("start", "")), zone=given.get("tz", ""),
        chooses_zone="zones" in given,
    )  # fmt: skip


def _part(text: str) -> Part | None:
    service, _, staff = text.partition(".")
    if not _is_number(service):
        return None
    return Part(int(service), int(staff) if _is_number(staff) else None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
