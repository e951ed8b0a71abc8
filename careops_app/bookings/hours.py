"""Opening hours and closures as they are read: of the business and of the calendars that have some of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from sqlmodel import Session, col, or_, select

from careops_app.bookings.models import OpeningHours, SpecialHours, TimeOff
from careops_app.bookings.spans import Hours, Span, Window, effective


def hours_by_staff(session: Session, workspace_id: int, staff_ids: Sequence[int], span: Span) -> dict[int, Hours]:
    """The hours that count for each calendar; with the special ones of the dates in the span."""
    own = own_hours(session, workspace_id, staff_ids, span)
    business = own[None]
    shared = effective(Hours(), business)
    return {staff_id: effective(own[staff_id], business) if staff_id in own else shared for staff_id in staff_ids}


def own_hours(session: Session, workspace_id: int, staff_ids: Sequence[int], span: Span) -> dict[int | None, Hours]:
    """The hours as they are kept: of the business (None) and of the calendars that have some of their own."""
    weekly = session.exec(
        select(OpeningHours.resource_id, OpeningHours.weekday, OpeningHours.opens_minute, OpeningHours.closes_minute)
        .where(OpeningHours.workspace_id == workspace_id, _whose(OpeningHours.resource_id, staff_ids))
        .order_by(col(OpeningHours.opens_minute))
    )  # fmt: skip
    special = session.exec(
        select(
            col(SpecialHours.resource_id), col(SpecialHours.on_date), SpecialHours.opens_minute,
            SpecialHours.closes_minute,
        )
        .where(
            SpecialHours.workspace_id == workspace_id, _whose(SpecialHours.resource_id, staff_ids),
            col(SpecialHours.on_date).between(span.start.date(), span.end.date()),
        )
        .order_by(col(SpecialHours.opens_minute))
    )  # fmt: skip
    return hours_of(weekly, special)


def hours_of(
    weekly: Iterable[tuple[int | None, int, int, int]], special: Iterable[tuple[int | None, date, int, int]]
) -> dict[int | None, Hours]:
    """Rows (whose, weekday or date, opens, closes) gathered per calendar; None, the business, is always there."""
    weeks: dict[int | None, list[tuple[Window, ...]]] = defaultdict(lambda: [()] * 7)
    for whose, weekday, opens, closes in weekly:
        weeks[whose][weekday] += (Window(opens, closes),)
    gathered = {whose: Hours(week=tuple(week)) for whose, week in weeks.items()}
    dates: dict[int | None, dict[date, tuple[Window, ...]]] = defaultdict(lambda: defaultdict(tuple))
    for whose, on_date, opens, closes in special:
        dates[whose][on_date] += (Window(opens, closes),)
    for whose, days in dates.items():
        gathered[whose] = replace(gathered.get(whose, Hours()), special=tuple(sorted(days.items())))
    return {None: Hours(), **gathered}


def closures(session: Session, workspace_id: int, staff_ids: Sequence[int], span: Span) -> dict[int | None, list[Span]]:
    """Closures that reach into the span: of the business (None) and of single calendars, rooms and machines."""
    rows = session.exec(
        select(TimeOff.resource_id, TimeOff.starts_at, TimeOff.ends_at).where(
            TimeOff.workspace_id == workspace_id, _whose(TimeOff.resource_id, staff_ids),
            TimeOff.ends_at > span.start, TimeOff.starts_at < span.end,
        )
    )  # fmt: skip
    closed: dict[int | None, list[Span]] = defaultdict(list)
    for whose, start, end in rows:
        closed[whose].append(Span(start, end))
    return closed


def _whose(column: int | None, staff_ids: Sequence[int]):
    return or_(col(column).is_(None), col(column).in_(staff_ids))
