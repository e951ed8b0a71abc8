"""What the browser says about days, times and people, as values: pure functions; nothing is taken on trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from careops_app.bookings.readings import instant_at
from careops_app.bookings.spans import instants_at
from careops_app.errors import Invalid

STEP_MINUTES = 5
LONGEST_MINUTES = 24 * 60


@dataclass(frozen=True)
class Drop:
    """Where an entry of the calendar was put. `staff` None is whoever gives the visit; `minutes` None keeps its length."""

    booking: int
    revision: int
    day: date
    minute: int
    staff: int | None = None
    minutes: int | None = None


def drop(form: Mapping[str, str]) -> Drop:
    """Raises Invalid when the form is not one that the calendar sends."""
    booking, revision, day = (
        number(form.get("booking", "")),
        number(form.get("revision", "")),
        day_of(form.get("day", "")),
    )
    minute = number(form.get("minute", ""))
    if booking is None or revision is None or day is None or minute is None or minute >= 1440:
        raise Invalid(time="That place in the calendar could not be read. Move the visit by its form.")
    return Drop(booking, revision, day, minute, number(form.get("staff", "")), length(form.get("minutes", "")))


def number(text: str) -> int | None:
    """A whole number as it stands in a form; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def length(text: str) -> int | None:
    """Minutes of a visit; None for nothing. Raises Invalid(minutes)."""
    if not text.strip():
        return None
    found = number(text.strip())
    if found is None or not STEP_MINUTES <= found <= LONGEST_MINUTES:
        raise Invalid(minutes=f"A visit takes {STEP_MINUTES} minutes to 24 hours.")
    return found


def day_of(text: str) -> date | None:
    """A date of the years that a calendar shows."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2100 else None


def clock_of(text: str) -> time | None:
    """A reading of the clock, as a time field gives it."""
    try:
        return time.fromisoformat(text[:5])
    except ValueError:
        return None


def typed(day: str, clock: str) -> datetime | None:
    """What the two fields say of the venue's clock; None while one of them is empty."""
    on, at = day_of(day), clock_of(clock)
    return None if on is None or at is None else datetime.combine(on, at)


def shown(minute: int) -> str:
    """“13:05” for 785 minutes after midnight."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def start_at(day: date, at: time, zone: ZoneInfo, kept: datetime | None = None) -> datetime:
    """The instant at which the venue's clock shows this: `kept` when it is one of two, else the first.

    Raises Invalid(time) for a reading that the clocks skip.
    """
    reading = datetime.combine(day, at)
    return kept if kept is not None and kept in instants_at(reading, zone) else instant_at(reading, zone, "time")


def present_step(now: datetime) -> datetime:
    """The 5 minutes that have begun: when a walk-in starts."""
    return now.replace(second=0, microsecond=0) - timedelta(minutes=now.minute % STEP_MINUTES)
