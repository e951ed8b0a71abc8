"""Finding and taking the time of a booking: the locks, the last look, and the row that the database lets in only once.

The exclusion constraint on allocations is the guarantee; the locks make visitors queue instead of colliding, and the
rules, asked again on locked rows, make an offered start an accepted one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from careops_app.bookings import rules, sentences
from careops_app.bookings.availability import Offer, calendars, nearest_starts
from careops_app.bookings.models import Allocation, Booking
from careops_app.bookings.rules import Calendar, Limits, Obstacle
from careops_app.bookings.spans import DAY, Span, local_day, whole_days
from careops_app.errors import Refused
from careops_app.infra import clock
from careops_app.infra.db import lock_names


@dataclass(frozen=True)
class Wish:
    """A start that somebody wants. `prefer` comes first when free; `moving` is the booking whose own time counts as free."""

    starts_at: datetime
    prefer: int | None = None
    moving: int | None = None


def free_staff(session: Session, wanted: Offer, wish: Wish) -> list[int]:
    """Who can take the visit, best first, with their time locked until this transaction ends.

    Raises Refused with the reason, its code (`rules.Obstacle`) and the nearest free starts.
    """
    now, start = clock.now(), wish.starts_at
    _lock(session, wanted, wanted.limits.taken(start))
    day = local_day(start, wanted.zone)
    known = calendars(session, wanted, day, day, except_booking=wish.moving)
    obstacles = {one: rules.obstacle(known[one], start, wanted.limits, wanted.zone, now) for one in known}
    free = [one for one, obstacle in obstacles.items() if obstacle is None]
    if not free:
        raise refusal(session, wanted, wish, closest(list(obstacles.values())))
    return _ranked(free, known, whole_days(day, day, wanted.zone), wish.prefer)


def hold(session: Session, booking: Booking, limits: Limits, candidates: list[int]) -> int | None:
    """Take the time of the first candidate the database lets in; None when somebody else has all of them.

    Never an exception: a conflict is an answer, so the transaction lives on to the next candidate.
    """
    taken = limits.taken(booking.starts_at)
    for staff_id in candidates:
        row = {
            "workspace_id": booking.workspace_id, "booking_id": booking.id, "resource_id": staff_id, "lane": 0,
            "from_at": taken.start, "until_at": taken.end,
        }  # fmt: skip
        statement = insert(Allocation).values(row).on_conflict_do_nothing().returning(col(Allocation.id))
        if session.execute(statement).scalar() is not None:
            return staff_id
    return None


def release(session: Session, booking: Booking) -> None:
    """Give up the time a booking takes, before it takes another."""
    session.execute(delete(Allocation).where(col(Allocation.booking_id) == booking.id))


def refusal(session: Session, wanted: Offer, wish: Wish, obstacle: Obstacle) -> Refused:
    """The refusal of a start, with the nearest ones that are free."""
    return Refused(
        sentences.why_not(obstacle, wish.starts_at, wanted.limits, wanted.zone),
        code=obstacle.value,
        nearest=nearest_starts(session, wanted, wish.starts_at, except_booking=wish.moving),
    )


def lock_times(session: Session, wanted: Iterable[tuple[Offer, Span]]) -> None:
    """Lock the times of several visits at once, in one order; whoever books several in one transaction calls it first."""
    lock_names(session, [name for offer, taken in wanted for name in _lock_names(offer, taken)])


def _lock(session: Session, wanted: Offer, taken: Span) -> None:
    lock_names(session, _lock_names(wanted, taken))


def _lock_names(wanted: Offer, taken: Span) -> list[str]:
    """One lock per calendar and day (UTC) that the visit may take; any two that could collide share one."""
    days = [taken.start.date() + DAY * number for number in range((taken.end.date() - taken.start.date()).days + 1)]
    return [f"time:{wanted.workspace_id}:{one}:{day}" for one in wanted.staff_ids for day in days]


def closest(obstacles: list[Obstacle | None]) -> Obstacle:
    """What to tell when several calendars refuse: the reason that came closest to a yes; with nobody to ask, closed."""
    closest = (Obstacle.TAKEN, Obstacle.OFF_GRID, Obstacle.CLOSED, *Obstacle)
    return next((one for one in closest if one in obstacles), Obstacle.CLOSED)


def _ranked(free: list[int], known: dict[int, Calendar], day: Span, prefer: int | None) -> list[int]:
    return sorted(rules.by_load(free, known, day), key=lambda one: one != prefer)
