"""The month and its free times as rows that only have to be drawn. Pure: the same starts always give the same rows."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby

from careops_app.infra import clock, wording
from careops_app.infra.countries import city_of

START_FORMAT = "%Y-%m-%dT%H:%MZ"
LONGEST_MONTH = timedelta(days=31)
PARTS_OF_DAY = ((12, "Morning"), (17, "Afternoon"), (24, "Evening"))  # each ends at that hour of the venue's clock


@dataclass(frozen=True)
class Aim:
    """Where a link of the picker leads: another month, a day, a start (aware UTC), or the choice of a zone."""

    month: date | None = None
    day: date | None = None
    start: datetime | None = None
    chooses_zone: bool = False


Address = Callable[[Aim], str]


@dataclass(frozen=True)
class Frame:
    """What surrounds the free times: the venue's zone, the visitor's if known, today there, the last day on offer."""

    venue: str
    visitor: str | None
    today: date
    last_day: date

    @property
    def zone(self) -> tzinfo:
        return clock.zone(self.venue)

    def day_of(self, start: datetime) -> date:
        """The date of a start on the venue's calendar."""
        return start.astimezone(self.zone).date()


@dataclass(frozen=True)
class DayCell:
    """A day of the month; without an address nothing is free."""

    day: date
    address: str = ""
    is_chosen: bool = False


@dataclass(frozen=True)
class SlotCell:
    """A free start: the venue's time, the visitor's when it differs, and in words how many places are left of several."""

    text: str
    address: str
    elsewhere: str = ""
    start: str = ""
    left: str = ""
    is_held: bool = False


@dataclass(frozen=True)
class SlotGroup:
    """The free starts of a part of the day."""

    word: str
    slots: tuple[SlotCell, ...]


@dataclass(frozen=True)
class Picker:
    """One month, one of its days, that day's free times. Empty addresses of months say there is nothing that way.

    `drawn_for` is the zone of the visitor as far as it was known.
    """

    month: date
    weeks: tuple[tuple[DayCell | None, ...], ...]
    today: date
    earlier: str
    later: str
    day: date | None
    groups: tuple[SlotGroup, ...]
    zone_note: str
    other_zone_note: str
    zone_address: str
    drawn_for: str


def picker(
    month: date,
    day: date | None,
    starts: Iterable[datetime],
    frame: Frame,
    address: Address,
    *,
    left: Mapping[datetime, int] | None = None,
    held: datetime | None = None,
) -> Picker:
    """The rows for a month whose free starts are `starts`; without a wanted day the first free one is chosen.

    `left` says how many places each start has left, where there are several; `held` is the one kept for this visitor.
    """
    by_day = {on: list(those) for on, those in groupby(sorted(starts), key=frame.day_of)}
    chosen = day if day and month_of(day) == month else next(iter(by_day), None)
    slots = by_day.get(chosen, []) if chosen else []
    sample = slots[0] if slots else None
    return Picker(
        month=month,
        weeks=_weeks(month, chosen, by_day.keys(), address),
        today=frame.today,
        earlier=_month_address(month - timedelta(days=1), frame, address),
        later=_month_address(month + LONGEST_MONTH, frame, address),
        day=chosen,
        groups=_groups(slots, frame, address, left or {}, held),
        zone_note=_zone_note(frame, sample),
        other_zone_note=_other_zone_note(frame, sample),
        zone_address=address(Aim(day=chosen, month=None if chosen else month, chooses_zone=True)),
        drawn_for=frame.visitor or frame.venue,
    )


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def last_of(month: date) -> date:
    """The last day of a month given by its first."""
    return month_of(month + LONGEST_MONTH) - timedelta(days=1)


def _month_address(day: date, frame: Frame, address: Address) -> str:
    within = month_of(frame.today) <= month_of(day) <= month_of(frame.last_day)
    return address(Aim(month=month_of(day))) if within else ""


def _weeks(
    month: date, chosen: date | None, free: Container[date], address: Address
) -> tuple[tuple[DayCell | None, ...], ...]:
    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)
    return tuple(tuple(_cell(day, month, chosen, free, address) for day in week) for week in weeks)


def _cell(day: date, month: date, chosen: date | None, free: Container[date], address: Address) -> DayCell | None:
    if month_of(day) != month:
        return None
    return DayCell(day, address(Aim(day=day)) if day in free else "", day == chosen)


def _groups(
    starts: Sequence[datetime], frame: Frame, address: Address, left: Mapping[datetime, int], held: datetime | None
) -> tuple[SlotGroup, ...]:
    """By the venue's clock. On a day on which it changes every time carries its mark: 01:30 may come twice."""
    parts = groupby(starts, key=lambda start: _part_of_day(start.astimezone(frame.zone).hour))
    is_changing = len({wording.zone_mark(start, frame.zone) for start in starts}) > 1
    worded = wording.time_with_zone if is_changing else wording.clock_time

    def cell(start: datetime) -> SlotCell:
        places = f"{wording.plural(left[start], 'place')} left" if start in left else ""
        return SlotCell(
            worded(start, frame.zone), address(Aim(start=start)), elsewhere(start, frame), start_text(start), places,
            start == held,
        )  # fmt: skip

    return tuple(SlotGroup(word, tuple(cell(start) for start in those)) for word, those in parts)


def _part_of_day(hour: int) -> str:
    return next(word for ends, word in PARTS_OF_DAY if hour < ends)


def elsewhere(start: datetime, frame: Frame) -> str:
    """What the visitor's own clock shows, with the day when that is another one; empty when nothing differs."""
    if frame.visitor is None or _same_clock(start, frame.venue, frame.visitor):
        return ""
    time = wording.clock_time(start, frame.visitor)
    here, there = frame.day_of(start), start.astimezone(clock.zone(frame.visitor)).date()
    return time if here == there else f"{wording.WEEKDAYS[there.weekday()][:3]} {time}"


def _same_clock(start: datetime, one: str, other: str) -> bool:
    return start.astimezone(clock.zone(one)).utcoffset() == start.astimezone(clock.zone(other)).utcoffset()


def _zone_note(frame: Frame, sample: datetime | None) -> str:
    mark = f" ({wording.zone_mark(sample, frame.zone)})" if sample else ""
    return f"Times are {city_of(frame.venue)} time{mark}."


def _other_zone_note(frame: Frame, sample: datetime | None) -> str:
    """Says how the visitor's clock differs, by the first free time of the day; empty when it does not."""
    if sample is None or frame.visitor is None or not (there := elsewhere(sample, frame)):
        return ""
    here = wording.clock_time(sample, frame.zone)
    return f"{here} here is {there} in {city_of(frame.visitor)}; the smaller times are those."


def start_text(start: datetime) -> str:
    """A start as addresses spell it: "2026-06-23T12:00Z"."""
    return start.astimezone(UTC).strftime(START_FORMAT)


def start_named(text: str) -> datetime | None:
    """The start an address spells, aware UTC, or None."""
    try:
        found = datetime.strptime(text, START_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if _is_near(found.date()) else None


def month_text(month: date) -> str:
    """A month as addresses spell it: "2026-06"."""
    return f"{month:%Y-%m}"


def month_named(text: str) -> date | None:
    """The first day of the month that "2026-06" means, or None."""
    return day_named(f"{text}-01")


def day_named(text: str) -> date | None:
    """The day that "2026-06-23" means, or None."""
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-06-23") else None
    except ValueError:
        return None
    return found if found and _is_near(found) else None


def _is_near(day: date) -> bool:
    """Years that a calendar can compute with, and that nobody books outside of."""
    return 2000 <= day.year < 2200
