"""The customer's own links: to a booking, and to a place on the waitlist."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlmodel import Session

from careops_app.bookings.models import Booking
from careops_app.bookings.waitlist_models import WaitlistEntry
from careops_app.events import LinkRequested
from careops_app.infra import clock, outbox
from careops_app.infra.db import InWorkspace, load, workspace_of
from careops_app.infra.settings import settings
from careops_app.workspace import links
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Purpose
from careops_app.workspace.service import audit

LASTS_AFTER = timedelta(hours=24)
LIST_LASTS_AFTER = timedelta(days=2)


def manage_token(session: Session, scope: InWorkspace | int, booking_id: int) -> str:
    """What opens /m/: to see, move or cancel the booking until a day after the visit, and a day at least.

    Raises NotFound.
    """
    expires = max(load(session, Booking, booking_id).ends_at, clock.now()) + LASTS_AFTER
    return links.link_token(session, workspace_of(scope), Purpose.MANAGE_BOOKING, booking_id, expires)


def manage_link(session: Session, scope: InWorkspace | int, booking_id: int) -> str:
    """The full address of the customer's page of a booking. Raises NotFound."""
    return f"{settings().public_url}/m/{manage_token(session, scope, booking_id)}"


def ask_for_link(session: Session, scope: InWorkspace | int, booking_id: int) -> None:
    """The customer asks for a link that opens; it goes to the address on file. Raises NotFound."""
    contact_id = load(session, Booking, booking_id).contact_id
    outbox.emit(session, workspace_of(scope), LinkRequested(contact_id, booking_id=booking_id))


def revoke_link(session: Session, actor: Actor, booking_id: int) -> None:
    """Staff make every link to this booking useless; the next message brings another. Raises Forbidden, NotFound."""
    require(actor, Permission.BOOKINGS)
    booking = load(session, Booking, booking_id)
    links.revoke(session, actor.workspace_id, Purpose.MANAGE_BOOKING, booking_id)
    audit(session, actor, "revoked the customer's link", booking.reference, booking_id=booking.id)


def renew_link(session: Session, actor: Actor, booking_id: int) -> None:
    """Staff replace the customer's link: the old one opens nothing more, a new one goes to the address on file.

    Raises Forbidden, NotFound.
    """
    require(actor, Permission.BOOKINGS)
    booking = load(session, Booking, booking_id)
    links.revoke(session, actor.workspace_id, Purpose.MANAGE_BOOKING, booking_id)
    ask_for_link(session, actor, booking_id)
    audit(session, actor, "renewed the customer's link", booking.reference, booking_id=booking.id)


def waitlist_token(session: Session, scope: InWorkspace | int, entry_id: int) -> str:
    """What opens /w/: to see the entry, answer an offer, or leave; until two days after the last day of the wish.

    Raises NotFound.
    """
    last_on = load(session, WaitlistEntry, entry_id).last_on
    expires = max(datetime.combine(last_on, time(), UTC), clock.now()) + LIST_LASTS_AFTER
    return links.link_token(session, workspace_of(scope), Purpose.WAITLIST, entry_id, expires)


def waitlist_link(session: Session, scope: InWorkspace | int, entry_id: int) -> str:
    """The full address of the customer's page of a waitlist entry. Raises NotFound."""
    return f"{settings().public_url}/w/{waitlist_token(session, scope, entry_id)}"


def ask_for_waitlist_link(session: Session, scope: InWorkspace | int, entry_id: int) -> None:
    """The customer asks for a link that opens; it goes to the address on file. Raises NotFound."""
    contact_id = load(session, WaitlistEntry, entry_id).contact_id
    outbox.emit(session, workspace_of(scope), LinkRequested(contact_id, entry_id=entry_id))
