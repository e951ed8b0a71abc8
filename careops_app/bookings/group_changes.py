"""What staff do to several bookings of a group at once: approve, cancel, move. All of it or nothing, told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from careops_app.bookings import rules, service
from careops_app.bookings.availability import offer
from careops_app.bookings.groups import announce
from careops_app.bookings.models import Booking, BookingStatus
from careops_app.bookings.placing import lock_times
from careops_app.bookings.reach import within_sight
from careops_app.bookings.readings import skipped
from careops_app.bookings.recurring import instant
from careops_app.bookings.service import Move
from careops_app.errors import Refused
from careops_app.events import BookingGroupCancelled, BookingGroupConfirmed, BookingGroupRescheduled
from careops_app.infra import clock
from careops_app.infra.db import load
from careops_app.workspace.access import Actor, Permission, require


class Reach(StrEnum):
    """Which bookings of a group besides the one that is looked at; those that are over stay as they are."""

    LATER = "later"  # this one and those after it
    ALL = "all"


@dataclass(frozen=True)
class GroupMove:
    """Move several by as much as this one moves: `to` is the naive reading of the venue's clock it gets."""

    booking_id: int
    reach: Reach
    to: datetime
    staff_id: int | None = None


def cancel_several(session: Session, actor: Actor, booking_id: int, reach: Reach, reason: str = "") -> int:
    """Cancel what is still ahead; the customer gets one notice. Returns how many.

    Raises Forbidden, NotFound, Invalid(reason), Refused when nothing is left.
    """
    bookings = _ahead(session, actor, booking_id, reach, rules.MAY_MOVE)
    for booking in bookings:
        service.cancel(session, actor, booking.id, reason)
    announce(session, BookingGroupCancelled, bookings, by=actor.name, reason=bookings[0].cancel_reason)
    return len(bookings)


def confirm_several(session: Session, actor: Actor, booking_id: int, reach: Reach = Reach.ALL) -> int:
    """Approve all that wait; the customer gets one confirmation. Returns how many. Raises as `cancel_several`."""
    bookings = _ahead(session, actor, booking_id, reach, frozenset({BookingStatus.PENDING}))
    for booking in bookings:
        service.confirm(session, actor, booking.id)
    announce(session, BookingGroupConfirmed, bookings, by=actor.name)
    return len(bookings)


def move_several(session: Session, actor: Actor, move: GroupMove) -> int:
    """Move what is still ahead, each by as much on the venue's clock; all of them or none. Returns how many.

    The last goes first when they move later, so that none meets the one it follows. Raises Forbidden, NotFound,
    Invalid(starts_at), Refused for the first that cannot move, with the nearest free starts.
    """
    bookings = _ahead(session, actor, move.booking_id, move.reach, rules.MAY_MOVE)
    this = load(session, Booking, move.booking_id)
    by = move.to - datetime.fromisoformat(this.wall_start)
    moves = [(booking, _moved_to(booking, by)) for booking in bookings]
    _lock_all(session, actor, moves, move.staff_id)
    for booking, start in sorted(moves, key=lambda one: one[0].starts_at, reverse=by > timedelta()):
        service.reschedule(session, actor, Move(booking.id, start, move.staff_id))
    announce(session, BookingGroupRescheduled, bookings, by=actor.name)
    return len(bookings)


def _moved_to(booking: Booking, by: timedelta) -> datetime:
    reading, zone = datetime.fromisoformat(booking.wall_start) + by, clock.zone(booking.time_zone)
    if (found := instant(reading, zone)) is None:
        raise Refused(skipped(reading, zone), code="no_such_time")
    return found


def _lock_all(session: Session, actor: Actor, moves: Iterable[tuple[Booking, datetime]], staff_id: int | None) -> None:
    wanted, staff_id = [], within_sight(session, actor, staff_id)
    for booking, start in moves:
        asked = offer(
            session,
            actor.workspace_id,
            booking.service_id,
            staff_id=staff_id,
            by_staff=True,
            seats=booking.seats,
            minutes=booking.minutes,
        )
        wanted.append((asked, asked.limits.taken(start.astimezone(UTC))))
    lock_times(session, wanted)


def _ahead(
    session: Session, actor: Actor, booking_id: int, reach: Reach, statuses: frozenset[BookingStatus]
) -> list[Booking]:
    """The bookings of the group that are meant, locked, in order of time."""
    require(actor, Permission.BOOKINGS)
    this = load(session, Booking, booking_id)
    in_group = select(Booking).where(
        Booking.workspace_id == actor.workspace_id, Booking.group_id == (this.group_id or 0)
    )
    locked = session.exec(
        in_group.order_by(col(Booking.id)).with_for_update().execution_options(populate_existing=True)
    ).all()
    first = this.starts_at if reach == Reach.LATER else clock.now()
    meant = [one for one in locked if one.status in statuses and one.starts_at >= max(first, clock.now())]
    if not meant:
        raise Refused("Nothing of it is still ahead and waiting for this.", code="illegal_move")
    return sorted(meant, key=lambda one: (one.starts_at, one.id))
