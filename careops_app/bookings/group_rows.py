"""What is shown of bookings that were made together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from careops_app.bookings import rules
from careops_app.bookings.models import Booking, BookingGroup, BookingStatus, GroupKind, Resource, Service
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace, load, workspace_of


@dataclass(frozen=True)
class GroupRow:
    """One booking of a group; `is_ahead` when it can still be moved or cancelled."""

    id: int
    reference: str
    service: str
    staff: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    status: BookingStatus
    is_ahead: bool


@dataclass(frozen=True)
class GroupCard:
    """Bookings made together, in order of time; `number` is the place of the one that was asked about, from 1."""

    id: int
    kind: GroupKind
    number: int
    rows: tuple[GroupRow, ...]


def group_of(session: Session, scope: InWorkspace | int, booking_id: int) -> GroupCard | None:
    """The group a booking belongs to; None when it was made alone. Raises NotFound."""
    booking = load(session, Booking, booking_id)
    return None if booking.group_id is None else _card(session, scope, booking.group_id, booking_id)


def group_card(session: Session, scope: InWorkspace | int, group_id: int) -> GroupCard:
    """A group, as seen from its first booking. Raises NotFound."""
    return _card(session, scope, group_id, None)


def _card(session: Session, scope: InWorkspace | int, group_id: int, booking_id: int | None) -> GroupCard:
    group = load(session, BookingGroup, group_id)
    found = session.exec(
        select(Booking, Service.name, Resource.name)
        .join(Service, col(Service.id) == Booking.service_id)
        .join(Resource, col(Resource.id) == Booking.staff_id)
        .where(Booking.workspace_id == workspace_of(scope), Booking.group_id == group_id)
        .order_by(col(Booking.starts_at), col(Booking.id))
    ).all()
    rows = tuple(_row(*one) for one in found)
    number = next((at for at, row in enumerate(rows, start=1) if row.id == booking_id), 1)
    return GroupCard(group.id, GroupKind(group.kind), number, rows)


def _row(booking: Booking, service: str, staff: str) -> GroupRow:
    status = BookingStatus(booking.status)
    is_ahead = status in rules.MAY_MOVE and booking.starts_at >= clock.now()
    return GroupRow(
        booking.id, booking.reference, service, staff, booking.starts_at, booking.ends_at, booking.time_zone, status,
        is_ahead,
    )  # fmt: skip
