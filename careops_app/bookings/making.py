"""Making a booking, step by step: the same form once, the time, the person, the row, the announcement."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from careops_app.bookings import rules
from careops_app.bookings.availability import Mine, Offer
from careops_app.bookings.models import Booking, BookingStatus, SlotHold
from careops_app.bookings.placing import Found, Taker, Wish, find, take
from careops_app.bookings.supplies import Supply
from careops_app.bookings.waitlist_rules import Wish as WaitlistWish
from careops_app.contacts.queries import record
from careops_app.contacts.rules import one_line, plain_text
from careops_app.contacts.service import Identified
from careops_app.errors import Invalid, Refused
from careops_app.events import BookingConfirmed, BookingRequested
from careops_app.infra import clock, outbox
from careops_app.infra.db import lock_names, rows, written

CUSTOMER = "customer"
LONGEST_NOTE = 2_000
LONGEST_KEY = 200
LONGEST_REASON = 500
MOST_SEATS = 500
YEARS = range(2000, 2100)
TRIES_FOR_A_REFERENCE = 8


@dataclass(frozen=True)
class BookingRequest:
    """What a visitor asks for, as typed. `starts_at` is an aware instant; `staff_id` None means anyone who is free.

    `source` is public or api. `idempotency_key` is made with the form: sent twice, it is one booking. A time that is
    held under `hold_token` is taken over. `group_id` names the bookings made together.
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
    seats: int = 1
    hold_token: str = ""
    group_id: int | None = None


@dataclass(frozen=True)
class StaffBooking:
    """A visit that staff put in: for a known contact, or for a new one by name and, if known, addresses.

    `minutes` is another length than the service's. With an `overlap_reason` it is put beside what is in the way.
    """

    service_id: int
    starts_at: datetime
    idempotency_key: str
    staff_id: int | None = None
    contact_id: int | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    note: str = ""
    seats: int = 1
    minutes: int | None = None
    overlap_reason: str = ""
    group_id: int | None = None


@dataclass(frozen=True)
class StaffEntry:
    """Somebody whom staff put on a waitlist: a known contact, or a new one by name and address."""

    wish: WaitlistWish
    idempotency_key: str
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
    source: str
    by: str
    customer_time_zone: str | None = None
    hold: SlotHold | None = None

    @property
    def by_customer(self) -> bool:
        return self.by == CUSTOMER


def replayed(session: Session, workspace_id: int, wanted: BookingRequest | StaffBooking) -> int | None:
    """The booking this key has made already. Whoever comes second with the same key waits here for the first."""
    key = wanted.idempotency_key
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Invalid(idempotency_key=f"The key has 1 to {LONGEST_KEY} printable characters.")
    lock_names(session, [f"booking:{workspace_id}:{key}"])
    earlier = next(iter(rows(session, _MADE_BY, {"workspace": workspace_id, "key": key})), None)
    if earlier is not None and earlier.fingerprint != _fingerprint(wanted):
        raise Refused(
            "This form was sent already, with other details. Open the page again to book anew.", code="key_reused"
        )
    return None if earlier is None else earlier.id


_MADE_BY = "select id, fingerprint from booking where workspace_id = %(workspace)s and idempotency_key = %(key)s"


def _fingerprint(wanted: BookingRequest | StaffBooking) -> str:
    """Tells whether a request is the same as an earlier one, without keeping its details twice."""
    told = asdict(wanted) | {"starts_at": wanted.starts_at.timestamp(), "idempotency_key": "", "group_id": None}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def check(wanted: BookingRequest | StaffBooking) -> None:
    """Raises Invalid(note | seats | overlap_reason | minutes | starts_at)."""
    if not 1 <= wanted.seats <= MOST_SEATS:
        raise Invalid(seats=f"Choose 1 to {MOST_SEATS} places.")
    if isinstance(wanted, StaffBooking):
        check_length(wanted.minutes)
        check_reason(wanted.overlap_reason)
    if len(plain_text(wanted.note)) > LONGEST_NOTE:
        raise Invalid(note=f"Use at most {LONGEST_NOTE:,} characters.")
    require_instant(wanted.starts_at)


def check_length(minutes: int | None) -> None:
    """Raises Invalid(minutes) for a visit that no service could have."""
    if minutes is not None and (not 5 <= minutes <= 1440 or minutes % 5):
        raise Invalid(minutes="A visit takes 5 minutes to 24 hours, in steps of 5.")


def check_reason(overlap_reason: str) -> None:
    """Raises Invalid(overlap_reason)."""
    if len(overlap_reason) > LONGEST_REASON:
        raise Invalid(overlap_reason=f"Use at most {LONGEST_REASON} characters.")


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
    found = find(session, place.offer, _wish(place))
    contact = who()
    if place.hold is not None:
        session.execute(delete(SlotHold).where(col(SlotHold.id) == place.hold.id))
    booking = _insert(session, place, contact.contact_id, found)
    taken_by = take(session, found, Taker(booking_id=booking.id))
    if taken_by != booking.staff_id:
        booking.staff_id = taken_by
    _announce_new(session, booking, contact, place)
    return booking.id


def _wish(place: Place) -> Wish:
    start, hold = place.wanted.starts_at.astimezone(UTC), place.hold
    if hold is not None:
        return Wish(start, prefer=hold.staff_id, mine=Mine(hold_id=hold.id))
    return Wish(start, overlap_reason=getattr(place.wanted, "overlap_reason", ""))


def _status(place: Place, found: Found) -> BookingStatus:
    """Staff decide as they book; a customer's visit waits when the service, or missing stock, asks for it."""
    waits = place.offer.terms.needs_approval or found.supply == Supply.APPROVE
    return BookingStatus.PENDING if place.by_customer and waits else BookingStatus.CONFIRMED


def _insert(session: Session, place: Place, contact_id: int, found: Found) -> Booking:
    """The booking's row, under a reference that no other booking of the workspace has."""
    values = _row(session, place, contact_id, found)
    for _ in range(TRIES_FOR_A_REFERENCE):
        number = secrets.randbelow(len(rules.REFERENCE_LETTERS) ** rules.REFERENCE_LENGTH)
        values["reference"] = rules.reference(place.offer.terms.business, number)
        for made in rows(session, _UNLESS_REFERENCE_TAKEN, values):
            return written(session, Booking(id=made.id, **values))
    raise RuntimeError("no free booking reference found")


_UNLESS_REFERENCE_TAKEN = """
    insert into booking (workspace_id, reference, service_id, contact_id, staff_id, starts_at, ends_at, time_zone,
        wall_start, status, revision, seats, decide_by, group_id, overlap_reason, customer_time_zone, given_name,
        given_email, given_phone, note, source, booked_by, idempotency_key, fingerprint, created_at, cancel_reason)
    values (%(workspace_id)s, %(reference)s, %(service_id)s, %(contact_id)s, %(staff_id)s, %(starts_at)s, %(ends_at)s,
        %(time_zone)s, %(wall_start)s, %(status)s, %(revision)s, %(seats)s, %(decide_by)s, %(group_id)s,
        %(overlap_reason)s, %(customer_time_zone)s, %(given_name)s, %(given_email)s, %(given_phone)s, %(note)s,
        %(source)s, %(booked_by)s, %(idempotency_key)s, %(fingerprint)s, %(created_at)s, %(cancel_reason)s)
    on conflict (workspace_id, reference) do nothing returning id
"""


def _row(session: Session, place: Place, contact_id: int, found: Found) -> dict[str, Any]:
    wanted, visit, now = place.wanted, found.visit, clock.now()
    name, email, phone = _given(session, place)
    status = _status(place, found)
    waits_until = min(now + timedelta(minutes=place.offer.terms.decide_minutes), visit.start)
    return {
        "workspace_id": place.offer.workspace_id, "service_id": wanted.service_id, "contact_id": contact_id,
        "staff_id": found.staff_ids[0], "starts_at": visit.start, "ends_at": visit.end,
        "time_zone": place.offer.zone.key, "wall_start": wall(visit.start, place.offer), "status": status, "revision": 1,
        "seats": wanted.seats, "decide_by": waits_until if status == BookingStatus.PENDING else None,
        "group_id": wanted.group_id, "overlap_reason": found.wish.overlap_reason,
        "customer_time_zone": place.customer_time_zone, "given_name": name, "given_email": email, "given_phone": phone,
        "note": plain_text(wanted.note), "source": place.source, "booked_by": "" if place.by_customer else place.by,
        "idempotency_key": wanted.idempotency_key, "fingerprint": _fingerprint(wanted), "created_at": now,
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
    needs_approval = booking.status == BookingStatus.PENDING
    about = (booking.id, booking.contact_id, booking.revision)
    outbox.emit(
        session, booking.workspace_id, BookingRequested(*about, contact.created, needs_approval, by=place.by)
    )  # fmt: skip
    if not needs_approval:
        outbox.emit(session, booking.workspace_id, BookingConfirmed(*about, contact.created, by=place.by))
