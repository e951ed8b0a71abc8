"""How a chosen visit is to be repeated, as an address or a form spells it, and what was chosen for single dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from careops_app.bookings.recurring import Every, Rhythm
from careops_app.bookings.series import Instead, SeriesWish
from careops_app.public.book.choice import Choice, choice_of
from careops_app.public.picker.rows import day_named, start_named

DATE, OUT, AS_WISHED = "on-", "out", "as-wished"


@dataclass(frozen=True)
class Repeat:
    """A chosen service, person and first start, and the rhythm; `visits` None while it was not asked yet."""

    choice: Choice
    every: Every = Every.WEEK
    step: int = 1
    visits: int | None = None

    def address(self) -> str:
        """The page of this wish."""
        return f"/b/{self.choice.slug}/repeat?{urlencode(self.spelled())}"

    def spelled(self) -> dict[str, str]:
        """What the address says of it."""
        rhythm = {"every": self.every.value, "step": str(self.step), "visits": str(self.visits)} if self.visits else {}
        return self.choice.spelled() | rhythm

    def wish(self, zone: ZoneInfo) -> SeriesWish:
        """The same for the engine of bookings: the first start as the venue's clock shows it."""
        assert self.choice.start is not None and self.choice.service_id is not None
        first = self.choice.start.astimezone(zone).replace(tzinfo=None)
        rhythm = Rhythm(self.every, self.step, self.visits)
        return SeriesWish(self.choice.service_id, first, rhythm, self.choice.staff_id)


def repeat_of(slug: str, given: Mapping[str, str]) -> Repeat:
    """The wish that an address or a form spells; what is not understood is as usual."""
    every = given.get("every", "")
    return Repeat(
        choice_of(slug, given),
        Every(every) if every in set(Every) else Every.WEEK,
        _number(given.get("step", ""), 1) or 1,
        _number(given.get("visits", ""), None),
    )


def instead_of(given: Mapping[str, str]) -> tuple[Instead, ...]:
    """What a form says of single dates; those it says nothing of are taken as wished."""
    said = {day_named(name.removeprefix(DATE)): value for name, value in given.items() if name.startswith(DATE)}
    return tuple(
        Instead(day, start_named(value))
        for day, value in said.items()
        if day is not None and (value == OUT or start_named(value) is not None)
    )


def undecided(given: Mapping[str, str]) -> set[date]:
    """The dates that need a choice and have none."""
    days = {day_named(name.removeprefix(DATE)) for name, value in given.items() if name.startswith(DATE) and not value}
    return {day for day in days if day is not None}


def _number(text: str, otherwise: int | None) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else otherwise
