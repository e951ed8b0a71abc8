"""Which dates a repeated visit falls on, and which instants its wall time means there. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import count, takewhile

from careops_app.bookings.spans import DAY, instants_at
from careops_app.errors import Invalid

MOST_VISITS = 52
ONE_YEAR = timedelta(days=366)
MOST_BETWEEN = 52  # days, weeks or months from one visit to the next
LAST_WEEK_OF_MONTH = 5


class Every(StrEnum):
    """What the distance between two visits is counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH_DATE = "month_date"  # the same date; the last one where a month is too short for it
    MONTH_WEEKDAY = "month_weekday"  # the second Tuesday; a fifth one is the last of its month


@dataclass(frozen=True)
class Rhythm:
    """How often: every `step` days, weeks or months, `visits` times or until a date (included).

    Both ends may be given: the first that is reached counts.
    """

    every: Every = Every.WEEK
    step: int = 1
    visits: int | None = None
    until: date | None = None


def check(rhythm: Rhythm, first: date) -> None:
    """Raises Invalid(step | visits | until) for what is no series of at most 52 visits within one year."""
    if not 1 <= rhythm.step <= MOST_BETWEEN:
        raise Invalid(step=f"Choose a number from 1 to {MOST_BETWEEN}.")
    if rhythm.visits is None and rhythm.until is None:
        raise Invalid(visits="Say how many visits, or until when.")
    if rhythm.visits is not None and not 2 <= rhythm.visits <= MOST_VISITS:
        raise Invalid(visits=f"A series has 2 to {MOST_VISITS} visits.")
    if rhythm.until is not None and not first <= rhythm.until <= first + ONE_YEAR:
        raise Invalid(until="Choose a date within one year of the first visit.")
    if len(dates(first, rhythm)) < 2:
        raise Invalid(visits="Only one visit falls into that time. Choose a later end or a shorter distance.")


def dates(first: date, rhythm: Rhythm) -> list[date]:
    """The dates of the series, the first included; never more than 52, never beyond one year after the first."""
    last = min(rhythm.until or first + ONE_YEAR, first + ONE_YEAR)
    within = takewhile(lambda day: day <= last, _endless(first, rhythm))
    return [day for day, _ in zip(within, range(min(rhythm.visits or MOST_VISITS, MOST_VISITS)), strict=False)]


def instant(reading: datetime, zone: tzinfo) -> datetime | None:
    """When the venue's clock shows this naive reading; the first of two, None when the clocks skip it."""
    return next(iter(instants_at(reading, zone)), None)


def _endless(first: date, rhythm: Rhythm) -> Iterator[date]:
    for number in count():
        yield _nth(first, rhythm.every, number * rhythm.step)


def _nth(first: date, every: Every, number: int) -> date:
    """`number` days, weeks or months after the first; counted from the first, so that 31 January leads back to a 31st."""
    match every:
        case Every.DAY:
            return first + DAY * number
        case Every.WEEK:
            return first + DAY * (7 * number)
        case Every.MONTH_DATE:
            year, month = _month(first, number)
            return date(year, month, min(first.day, _days_in(year, month)))
        case Every.MONTH_WEEKDAY:
            return _same_weekday(first, *_month(first, number))


def _same_weekday(first: date, year: int, month: int) -> date:
    """The same weekday of the same week of another month; a fifth is the last one."""
    week = (first.day - 1) // 7
    if week + 1 == LAST_WEEK_OF_MONTH:
        last = date(year, month, _days_in(year, month))
        return last - DAY * ((last.weekday() - first.weekday()) % 7)
    begins = date(year, month, 1)
    return begins + DAY * ((first.weekday() - begins.weekday()) % 7 + 7 * week)


def _month(first: date, number: int) -> tuple[int, int]:
    years, month = divmod(first.month - 1 + number, 12)
    return first.year + years, month + 1


def _days_in(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]
