"""What a visitor has chosen so far. The address holds all of it, so that Back, reload and links to friends just work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

from careops_app.public.picker.rows import Aim, day_named, month_named, month_text, start_named, start_text

ANYONE = "any"
TOKEN = re.compile(r"[\w-]{20,64}", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """A step is taken when its value is there; `staff_id` None with `is_staff_chosen` means anyone who is free."""

    slug: str
    service_id: int | None = None
    is_staff_chosen: bool = False
    staff_id: int | None = None
    month: date | None = None
    day: date | None = None
    start: datetime | None = None
    zone: str = ""
    chooses_zone: bool = False
    hold: str = ""

    def address(self) -> str:
        """The page of this choice."""
        query = urlencode(self.spelled())
        return f"/b/{self.slug}" + (f"?{query}" if query else "")

    def spelled(self) -> dict[str, str]:
        """What the address says of this choice."""
        values = {
            "service": self.service_id,
            "staff": (self.staff_id or ANYONE) if self.is_staff_chosen else None,
            "month": month_text(self.month) if self.month and not self.day else None,
            "day": self.day.isoformat() if self.day else None,
            "start": start_text(self.start) if self.start else None,
            "tz": self.zone or None,
            "zones": 1 if self.chooses_zone else None,
            "hold": self.hold or None,
        }
        return {name: str(value) for name, value in values.items() if value is not None}

    def with_service(self, service_id: int) -> Choice:
        return replace(self.again(), service_id=service_id)

    def with_staff(self, staff_id: int | None) -> Choice:
        return replace(self.again(), service_id=self.service_id, is_staff_chosen=True, staff_id=staff_id)

    def at(self, aim: Aim) -> Choice:
        """The same service and person, at another month, day or start."""
        return replace(self, month=aim.month, day=aim.day, start=aim.start, chooses_zone=aim.chooses_zone)

    def again(self) -> Choice:
        """From the beginning; the chosen zone stays, and so does a held time until another is chosen."""
        return Choice(self.slug, zone=self.zone, hold=self.hold)

    def held_by(self, token: str) -> Choice:
        """The same choice with its time held under this token; with none it is not held."""
        return replace(self, hold=token)


def choice_of(slug: str, given: Mapping[str, str]) -> Choice:
    """The choice that an address or a form spells; what is not understood was not chosen."""
    staff = given.get("staff", "")
    return Choice(
        slug=slug,
        service_id=_number(given.get("service", "")),
        is_staff_chosen=staff == ANYONE or _number(staff) is not None,
        staff_id=_number(staff),
        month=month_named(given.get("month", "")),
        day=day_named(given.get("day", "")),
        start=start_named(given.get("start", "")),
        zone=given.get("tz", ""),
        chooses_zone="zones" in given,
        hold=hold if TOKEN.fullmatch(hold := given.get("hold", "")) else "",
    )


def _number(text: str) -> int | None:
    """An id; nothing longer than the database holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
