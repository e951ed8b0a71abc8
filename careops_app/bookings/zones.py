"""Governments change their clocks: visits whose time on the venue's clock is no longer the agreed one. Nothing moves by itself.

When the zone data of this installation is another than last time, every visit ahead is compared once, and each that no
longer agrees is announced. Somebody then keeps the agreed time on the clock, or the instant.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from careops_app.bookings import rules, service
from careops_app.bookings.models import Booking, BookingStatus
from careops_app.bookings.readings import instant_at
from careops_app.bookings.service import Move
from careops_app.bookings.spans import instants_at
from careops_app.errors import Refused
from careops_app.events import BookingClockAgreed, BookingZoneChanged
from careops_app.infra import clock, outbox
from careops_app.infra.db import InWorkspace, load, workspace_of
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Workspace
from careops_app.workspace.service import audit


def to_compare(session: Session) -> list[int]:
    """Workspaces whose visits were last compared with other zone data than that of this installation (SYSTEM scope)."""
    other = select(Workspace.id).where(Workspace.zone_data_version != clock.zone_data_version())
    return list(session.exec(other.order_by(col(Workspace.id))))


def compare(session: Session, scope: InWorkspace | int) -> int:
    """Announce every visit ahead that the venue's clock now shows at another time than agreed; returns how many.

    Once per visit, revision and zone data, however often and in however many processes it runs.
    """
    workspace, version = load(session, Workspace, workspace_of(scope), lock=True), clock.zone_data_version()
    told = 0
    for booking in _ahead(session, workspace.id):
        if (shows := wall_of(booking)) != booking.wall_start:
            event = BookingZoneChanged(booking.id, booking.contact_id, booking.revision, booking.wall_start, shows)
            once = f"zone:{booking.id}:{booking.revision}:{version}"
            told += outbox.emit(session, workspace.id, event, once=once) is not None
    workspace.zone_data_version = version
    session.add(workspace)
    return told


def wall_of(booking: Booking) -> str:
    """What the venue's clock shows at the start, as `Booking.wall_start` is written."""
    return f"{booking.starts_at.astimezone(clock.zone(booking.time_zone)):%Y-%m-%dT%H:%M}"


def keep_clock_time(session: Session, actor: Actor, booking_id: int) -> None:
    """Move the visit to the instant at which the clock shows the agreed time; its customer is told as of any move.

    Raises Forbidden, NotFound, Refused when nothing is to be decided, the time is not free, or the clocks now skip it.
    """
    require(actor, Permission.BOOKINGS)
    booking = _undecided(session, booking_id)
    start = instant_at(datetime.fromisoformat(booking.wall_start), clock.zone(booking.time_zone))
    service.reschedule(session, actor, Move(booking_id, start, booking.staff_id, booking.revision))


def keep_instant(session: Session, actor: Actor, booking_id: int) -> None:
    """Leave the visit at its instant and agree anew on what the clock shows then; its customer is told the new reading.

    Raises Forbidden, NotFound, Refused when nothing is to be decided.
    """
    require(actor, Permission.BOOKINGS)
    booking = _undecided(session, booking_id)
    was_at = _was_at(booking, clock.zone(booking.time_zone))
    booking.wall_start, booking.revision, booking.moved_at = wall_of(booking), booking.revision + 1, clock.now()
    session.add(booking)
    audit(
        session, actor, "kept the instant of a visit", booking.reference, booking_id=booking.id, at=booking.wall_start
    )
    agreed = BookingClockAgreed(
        booking.id, booking.contact_id, booking.revision, was_at, booking.starts_at, actor.name
    )  # fmt: skip
    outbox.emit(session, booking.workspace_id, agreed)


def _was_at(booking: Booking, zone: ZoneInfo) -> datetime:
    """An instant that the clock shows as the agreed time, for telling what it was; the start itself when it is skipped."""
    return next(iter(instants_at(datetime.fromisoformat(booking.wall_start), zone)), booking.starts_at)


def _undecided(session: Session, booking_id: int) -> Booking:
    booking = load(session, Booking, booking_id, lock=True)
    if BookingStatus(booking.status) not in rules.MAY_MOVE or wall_of(booking) == booking.wall_start:
        raise Refused("The time of this visit has been decided already.", code="decided_already")
    return booking


def _ahead(session: Session, workspace_id: int) -> list[Booking]:
    ahead = select(Booking).where(
        Booking.workspace_id == workspace_id, Booking.starts_at > clock.now(), col(Booking.status).in_(rules.MAY_MOVE)
    )
    return list(session.exec(ahead.order_by(col(Booking.starts_at), col(Booking.id))))
