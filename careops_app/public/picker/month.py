"""Which month to show, and what is free in it: one read for the pages that book and those that move."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from careops_app.bookings import queries
from careops_app.bookings.queries import SlotSearch
from careops_app.infra.db import Session
from careops_app.public.picker.rows import Frame, last_of, month_of

Starts = TypeVar("Starts", bound=Collection[datetime])
LOOK_AHEAD = timedelta(days=queries.MOST_DAYS - 1)


def free_month(
    session: Session, workspace_id: int, search: SlotSearch, frame: Frame, wanted: date | None
) -> tuple[date, dict[datetime, int]]:
    """The first day of the wanted month, or else of the first one with a free time; its free starts, with places left.

    Raises as `queries.slots_on`.
    """
    return month_with(lambda first, last: _free_starts(session, workspace_id, search, first, last), frame, wanted)


def month_with(free: Callable[[date, date], Starts], frame: Frame, wanted: date | None) -> tuple[date, Starts]:
    """The same for anything that has free starts: `free` lists those on the dates first to last, at most 62 days."""
    if wanted is None or not month_of(frame.today) <= month_of(wanted) <= month_of(frame.last_day):
        wanted = frame.today
        this_month = free(month_of(wanted), last_of(wanted))
        if this_month:
            return month_of(wanted), this_month
        ahead = free(frame.today, frame.today + LOOK_AHEAD)
        wanted = frame.day_of(next(iter(ahead))) if ahead else frame.today
    return month_of(wanted), free(month_of(wanted), last_of(wanted))


def _free_starts(
    session: Session, workspace_id: int, search: SlotSearch, first: date, last: date
) -> dict[datetime, int]:
    """Every free start on the dates first to last, in order."""
    asked = replace(search, first_day=first, days=(last - first).days + 1)
    found = queries.slots_on(session, workspace_id, asked)
    return {slot.starts_at: slot.seats_left for day in found for slot in day.slots}
