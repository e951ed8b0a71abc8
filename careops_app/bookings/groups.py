"""Bookings made together: one form, one transaction, one announcement.

A group keeps no facts of its own: what it is now is what its bookings are now.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from careops_app.bookings import service
from careops_app.bookings.links import manage_token
from careops_app.bookings.making import CUSTOMER, LONGEST_KEY, BookingRequest, StaffBooking
from careops_app.bookings.models import Booking, BookingGroup, BookingStatus, GroupKind
from careops_app.bookings.reach import within_sight
from careops_app.errors import Invalid, Refused
from careops_app.events import BookingGroupConfirmed, BookingGroupEvent, BookingGroupRequested
from careops_app.infra import clock, outbox
from careops_app.infra.db import load, lock_names, workspace_of
from careops_app.workspace.access import Actor

MARK = "#"  # between the form's key and the number of the booking
LONGEST_FORM_KEY = LONGEST_KEY - len(f"{MARK}99")
SEVERAL = 2


@dataclass(frozen=True)
class ForWhom:
    """Who the bookings are for, as typed; `contact_id` is one that staff picked."""

    name: str = ""
    email: str = ""
    phone: str = ""
    note: str = ""
    contact_id: int | None = None
    time_zone: str | None = None


@dataclass(frozen=True)
class Leg:
    """One booking of a group; `staff_id` None means anyone who is free."""

    service_id: int
    starts_at: datetime
    staff_id: int | None = None


@dataclass(frozen=True)
class Form:
    """One form that makes several bookings. `told` is all that was asked: the same key with other wishes is refused."""

    key: str
    whom: ForWhom
    told: str
    source: str = "public"


def wanted_staff(session: Session, scope: Actor | int, staff_id: int | None) -> int | None:
    """The calendar that was asked for; staff who see only their own book into theirs. Raises Refused(code="not_yours")."""
    return within_sight(session, scope, staff_id) if isinstance(scope, Actor) else staff_id


def told(wanted: Any) -> str:
    """Tells whether a form is the same as an earlier one, without keeping its details twice."""
    return hashlib.sha256(json.dumps(asdict(wanted), sort_keys=True, default=str).encode()).hexdigest()


def replayed(session: Session, workspace_id: int, form: Form) -> int | None:
    """The group this form has made already. Whoever comes second with the same key waits here for the first.

    Raises Invalid(idempotency_key), Refused(code="key_reused").
    """
    if not 1 <= len(form.key) <= LONGEST_FORM_KEY or not form.key.isprintable():
        raise Invalid(idempotency_key=f"The key has 1 to {LONGEST_FORM_KEY} printable characters.")
    lock_names(session, [f"bookings:{workspace_id}:{form.key}"])
    earlier = session.exec(
        select(Booking).where(Booking.workspace_id == workspace_id, Booking.idempotency_key == _key(form, 1))
    ).first()
    if earlier is not None and earlier.fingerprint != form.told:
        raise Refused(
            "This form was sent already, with other details. Open the page again to book anew.", code="key_reused"
        )
    return None if earlier is None else earlier.group_id


def make(session: Session, scope: Actor | int, kind: GroupKind, legs: Sequence[Leg], form: Form) -> int:
    """Book all of them or none, for a visitor (a workspace id) or by staff; returns the group's id.

    The caller holds the locks of all times. Raises what `service.request` or `service.add_by_staff` raises for the first
    that cannot be had.
    """
    group = BookingGroup(workspace_id=workspace_of(scope), kind=kind, created_at=clock.now())
    session.add(group)
    session.flush()
    whom, made = form.whom, []
    for number, leg in enumerate(legs, start=1):
        booking = load(session, Booking, _book(session, scope, leg, replace(form, whom=whom), number))
        booking.group_id, booking.fingerprint = group.id, form.told
        session.add(booking)
        manage_token(session, group.workspace_id, booking.id)
        made.append(booking)
        if isinstance(scope, Actor):
            whom = replace(whom, contact_id=booking.contact_id)
    by = scope.name if isinstance(scope, Actor) else CUSTOMER
    pending = [one for one in made if one.status == BookingStatus.PENDING]
    confirmed = [one for one in made if one.status == BookingStatus.CONFIRMED]
    announce(session, BookingGroupRequested, pending, by=by)
    announce(session, BookingGroupConfirmed, confirmed, by=by)
    return group.id


def _book(session: Session, scope: Actor | int, leg: Leg, form: Form, number: int) -> int:
    whom, key = form.whom, _key(form, number)
    if isinstance(scope, Actor):
        by_staff = StaffBooking(
            leg.service_id, leg.starts_at, key, leg.staff_id, whom.contact_id, whom.name, whom.email, whom.phone, whom.note
        )  # fmt: skip
        return service.add_by_staff(session, scope, by_staff)
    asked = BookingRequest(
        leg.service_id, leg.starts_at, whom.name, key, whom.email, whom.phone, leg.staff_id, whom.note, whom.time_zone,
        form.source,
    )  # fmt: skip
    return service.request(session, scope, asked)


def _key(form: Form, number: int) -> str:
    return f"{form.key}{MARK}{number}"


def announce(
    session: Session, event: Callable[..., BookingGroupEvent], bookings: Sequence[Booking], **facts: str
) -> None:
    """One fact for all of them; a single booking has told its own already."""
    if len(bookings) < SEVERAL:
        return
    first = bookings[0]
    assert first.group_id is not None
    told_of = tuple((booking.id, booking.revision) for booking in bookings)
    outbox.emit(session, first.workspace_id, event(first.group_id, first.contact_id, told_of, **facts))
