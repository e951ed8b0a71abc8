"""Rows of other nouns that forms and stock hang on, made at once and without what those nouns would announce."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from sqlmodel import Session, update

from careops_app.bookings.models import Booking, BookingStatus, Resource, Service
from careops_app.contacts.models import Contact
from careops_app.infra import clock, db
from careops_app.infra.db import workspace_of

_numbers = count(1)


@dataclass(frozen=True)
class Visit:
    """A booking as forms and stock know it."""

    id: int
    service_id: int
    contact_id: int
    starts_at: datetime


def service(scope: db.Scope, name: str = "Peel treatment") -> int:
    """A service of the workspace."""
    return db.transact_now(_add, scope, Service(name=name, duration_minutes=45, created_at=clock.now()))


def contact(scope: db.Scope, name: str = "Amelia Hart") -> int:
    """A contact of the workspace."""
    return db.transact_now(_add, scope, Contact(name=name, source="test", created_at=clock.now()))


def visit(scope: db.Scope, service_id: int, starts_at: datetime | None = None, contact_id: int | None = None) -> Visit:
    """A confirmed booking, by default three days from now."""
    starts_at = starts_at or clock.now() + timedelta(days=3)
    contact_id = contact_id or contact(scope)
    resource_id = db.transact_now(_add, scope, Resource(name="Maya"))
    number = next(_numbers)
    booking = Booking(
        reference=f"T-{number}", service_id=service_id, contact_id=contact_id, staff_id=resource_id,
        starts_at=starts_at, ends_at=starts_at + timedelta(minutes=45), time_zone="Europe/London",
        wall_start=starts_at.isoformat()[:16], status=BookingStatus.CONFIRMED, given_name="Amelia Hart", source="test",
        idempotency_key=f"key-{number}", fingerprint="", created_at=clock.now(),
    )  # fmt: skip
    return Visit(db.transact_now(_add, scope, booking), service_id, contact_id, starts_at)


def set_status(scope: db.Scope, booking_id: int, status: BookingStatus) -> None:
    """Move a booking to a status without telling anybody."""
    db.transact_now(_set_status, scope, booking_id, status)


def _add(session: Session, scope: db.Scope, row: Service | Contact | Resource | Booking) -> int:
    row.workspace_id = workspace_of(scope)
    session.add(row)
    session.flush()
    return row.id


def _set_status(session: Session, scope: db.Scope, booking_id: int, status: BookingStatus) -> None:
    session.exec(update(Booking).where(Booking.id == booking_id).values(status=status))  # type: ignore[arg-type]
