"""Making a booking, step by step: the same form once, the time, the person, the row, the announcement."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from careops_app.bookings import rules
from careops_app.bookings.availability import Offer
from careops_app.bookings.models import Booking, BookingStatus
from careops_app.bookings.placing import Wish, free_staff, hold, refusal
from careops_app.bookings.rules import Obstacle
from careops_app.contacts.queries import record
from careops_app.contacts.rules import one_line, plain_text
from careops_app.contacts.service import Identified
from careops_app.errors import Invalid, Refused
from careops_app.events import BookingConfirmed, BookingRequested
from careops_app.infra import clock, outbox
from careops_app.infra.db import load, lock_names

CUSTOMER = "customer"
LONGEST_NOTE = 2_000
LONGEST_KEY = 200
YEARS = range(2000, 2100)
TRIES_FOR_A_REFERENCE = 8


@dataclass(frozen=True)
class BookingRequest:
    """What a visitor asks for, as typed. `starts_at` is an aware instant; `staff_id` None means anyone who is free.

    `source` is public or api. `idempotency_key` is made with the form: sent twice, it is one booking.
    """

    service_id: int
    starts_at: datetime
    name: str
    idempotency_key: str
    email: str = ""
    phone: str = ""
    staff_id: int | None = None
    note: str = ""
    customer_time_zone: str | None = None
    source: str = "public"


@dataclass(frozen=True)
class StaffBooking:
    """A visit that staff put in: for a known contact, or for a new one by name and, if known, addresses."""

    service_id: int
    starts_at: datetime
    idempotency_key: str
    staff_id: int | None = None
    contact_id: int | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    note: str = ""


@dataclass(frozen=True)
class Place:
    """All that is known of a booking before it has a contact and a calendar."""

    offer: Offer
    wanted: BookingRequest | StaffBooking
    status: BookingStatus
    source: str
    by: str
    customer_time_zone: str | None
    business: str


def replayed(session: Session, workspace_id: int, wanted: BookingRequest | StaffBooking) -> int | None:
    """The booking this key has made already. Whoever comes second with the same key waits here for the first."""
    key = wanted.idempotency_key
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Invalid(idempotency_key=f"The key has 1 to {LONGEST_KEY} printable characters.")
    lock_names(session, [f"booking:{workspace_id}:{key}"])
    earlier = session.exec(
        select(Booking).where(Booking.workspace_id == workspace_id, Booking.idempotency_key == key)
    ).first()
    if earlier is not None and earlier.fingerprint != _fingerprint(wanted):
        raise Refused(
            "This form was sent already, with other details. Open the page again to book anew.", code="key_reused"
        )
    return None if earlier is None else earlier.id


def _fingerprint(wanted: BookingRequest | StaffBooking) -> str:
    """Tells whether a request is the same as an earlier one, without keeping its details twice."""
    told = asdict(wanted) | {"starts_at": wanted.starts_at.timestamp(), "idempotency_key": ""}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def check(wanted: BookingRequest | StaffBooking) -> None:
    """Raises Invalid(note | starts_at)."""
    if len(plain_text(wanted.note)) > LONGEST_NOTE:
        raise Invalid(note=f"Use at most {LONGEST_NOTE:,} characters.")
    require_instant(wanted.starts_at)


def require_instant(starts_at: datetime) -> None:
    """Raises Invalid(starts_at) unless it is an aware instant of this century."""
    if starts_at.tzinfo is None:
        raise Invalid(starts_at="The time needs its zone, like 2026-06-16T13:00:00+01:00.")
    if starts_at.year not in YEARS:
        raise Invalid(starts_at="Choose one of the offered times.")


def book(session: Session, place: Place, who: Callable[[], Identified]) -> int:
    """Time first, then the person: the locks of calendars come before those of addresses, everywhere.

    Raises Refused with the nearest free starts, and whatever `who` raises.
    """
    wish = Wish(place.wanted.starts_at.astimezone(UTC))
    candidates = free_staff(session, place.offer, wish)
    contact = who()
    booking = _insert(session, place, contact.contact_id, candidates[0])
    held = hold(session, booking, place.offer.limits, candidates)
    if held is None:
        raise refusal(session, place.offer, wish, Obstacle.TAKEN)
    booking.staff_id = held
    session.add(booking)
    _announce_new(session, booking, contact, place)
    return booking.id


def _insert(session: Session, place: Place, contact_id: int, staff_id: int) -> Booking:
    """The booking's row, under a reference that no other booking of the workspace has."""
    values = _row(session, place, contact_id, staff_id)
    for _ in range(TRIES_FOR_A_REFERENCE):
        number = secrets.randbelow(len(rules.REFERENCE_LETTERS) ** rules.REFERENCE_LENGTH)
        values["reference"] = rules.reference(place.business, number)
        free = insert(Booking).values(values).on_conflict_do_nothing(index_elements=["workspace_id", "reference"])
        if (booking_id := session.execute(free.returning(col(Booking.id))).scalar()) is not None:
            return load(session, Booking, booking_id)
    raise RuntimeError("no free booking reference found")


def _row(session: Session, place: Place, contact_id: int, staff_id: int) -> dict[str, Any]:
    wanted, visit = place.wanted, place.offer.limits.visit(place.wanted.starts_at.astimezone(UTC))
    name, email, phone = _given(session, place)
    return {
        "workspace_id": place.offer.workspace_id, "service_id": wanted.service_id, "contact_id": contact_id,
        "staff_id": staff_id, "starts_at": visit.start, "ends_at": visit.end, "time_zone": place.offer.zone.key,
        "wall_start": wall(visit.start, place.offer), "status": place.status, "revision": 1,
        "customer_time_zone": place.customer_time_zone, "given_name": name, "given_email": email, "given_phone": phone,
        "note": plain_text(wanted.note), "source": place.source, "booked_by": "" if place.by == CUSTOMER else place.by,
        "idempotency_key": wanted.idempotency_key, "fingerprint": _fingerprint(wanted), "created_at": clock.now(),
        "cancel_reason": "",
    }  # fmt: skip


def _given(session: Session, place: Place) -> tuple[str, str, str]:
    """Name, e-mail address and number as they were typed; those of the contact that staff picked."""
    wanted = place.wanted
    if isinstance(wanted, StaffBooking) and wanted.contact_id is not None:
        person = record(session, place.offer.workspace_id, wanted.contact_id)
        return person.name, person.email, person.phone
    return one_line(wanted.name), one_line(wanted.email), one_line(wanted.phone)


def wall(start: datetime, wanted: Offer) -> str:
    """What the venue's clock shows then, as `Booking.wall_start` keeps it."""
    return f"{start.astimezone(wanted.zone):%Y-%m-%dT%H:%M}"


def _announce_new(session: Session, booking: Booking, contact: Identified, place: Place) -> None:
    needs_approval = place.status == BookingStatus.PENDING
    about = (booking.id, booking.contact_id, booking.revision)
    outbox.emit(
        session, booking.workspace_id, BookingRequested(*about, contact.created, needs_approval, by=place.by)
    )  # fmt: skip
    if not needs_approval:
        outbox.emit(session, booking.workspace_id, BookingConfirmed(*about, contact.created, by=place.by))
