"""What is shown of the waitlist: the list with its figures for staff, one entry for its customer. Frozen rows only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from careops_app.bookings.models import Resource, Service
from careops_app.bookings.waitlist import OPEN, wish_of
from careops_app.bookings.waitlist_models import OfferOutcome, WaitlistEntry, WaitlistOffer, WaitlistStatus
from careops_app.bookings.waitlist_rules import Wish
from careops_app.contacts.models import Contact
from careops_app.errors import NotFound
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace, load, workspace_of
from careops_app.workspace.models import Workspace

PAGE = 25
Scope = InWorkspace | int


class WaitlistFilter(StrEnum):
    """Which entries a list shows."""

    OPEN = "open"  # waiting, or with an offer to answer
    OFFERED = "offered"
    BOOKED = "booked"
    ENDED = "ended"  # left, or the last day has passed


IN: dict[WaitlistFilter, tuple[WaitlistStatus, ...]] = {
    WaitlistFilter.OPEN: OPEN,
    WaitlistFilter.OFFERED: (WaitlistStatus.OFFERED,),
    WaitlistFilter.BOOKED: (WaitlistStatus.BOOKED,),
    WaitlistFilter.ENDED: (WaitlistStatus.WITHDRAWN, WaitlistStatus.EXPIRED),
}


@dataclass(frozen=True)
class OpenOffer:
    """A time that is kept for somebody until `expires_at`."""

    id: int
    starts_at: datetime
    ends_at: datetime
    staff: str
    expires_at: datetime


@dataclass(frozen=True)
class EntryRow:
    """An entry as the list shows it. `staff` is who was wished for, or empty; `offers` counts those made so far."""

    id: int
    contact_id: int
    contact: str
    service: str
    staff: str
    wish: Wish
    note: str
    status: WaitlistStatus
    booking_id: int | None
    created_at: datetime
    offers: int
    offer: OpenOffer | None


@dataclass(frozen=True)
class WaitlistPage:
    """One page, counted from 1; `total` counts all pages."""

    rows: tuple[EntryRow, ...]
    total: int
    page: int


@dataclass(frozen=True)
class EntryCard:
    """An entry as its customer sees it. `needs_approval`: a yes asks for the visit instead of booking it."""

    id: int
    status: WaitlistStatus
    wish: Wish
    service_id: int
    service: str
    duration_minutes: int
    price_text: str
    place: str
    staff: str
    given_name: str
    time_zone: str
    customer_time_zone: str | None
    needs_approval: bool
    offer_minutes: int
    booking_id: int | None
    offer: OpenOffer | None


def waitlist_page(session: Session, scope: Scope, wanted: WaitlistFilter, *, page: int = 1) -> WaitlistPage:
    """Entries of one filter, 25 a page: who waits in the order of their turn, what is over with the latest first."""
    condition = _in(scope, wanted)
    order = (
        col(WaitlistEntry.id)
        if wanted in (WaitlistFilter.OPEN, WaitlistFilter.OFFERED)
        else col(WaitlistEntry.id).desc()
    )
    found = session.exec(_entries().where(condition).order_by(order).limit(PAGE).offset((page - 1) * PAGE)).all()
    total = session.exec(select(func.count()).select_from(WaitlistEntry).where(condition)).one()
    made = _offers_made(session, [entry.id for entry, *_ in found])
    return WaitlistPage(tuple(_row(each, made) for each in found), total, page)


def waitlist_counts(session: Session, scope: Scope) -> dict[WaitlistFilter, int]:
    """How many entries each filter lists, in one statement."""
    counts = [func.count().filter(_in(scope, wanted)) for wanted in WaitlistFilter]
    return dict(zip(WaitlistFilter, session.execute(select(*counts).select_from(WaitlistEntry)).one(), strict=True))  # type: ignore[call-overload]


def entry_card(session: Session, scope: Scope, entry_id: int) -> EntryCard:
    """One entry, with the offer that can be answered right now. Raises NotFound."""
    found = session.exec(_entries().where(WaitlistEntry.id == entry_id)).first()
    if found is None:
        raise NotFound("The waitlist entry")
    entry, _, service, staff, offer, offered = found
    workspace = load(session, Workspace, workspace_of(scope))
    return EntryCard(
        id=entry.id, status=WaitlistStatus(entry.status), wish=wish_of(entry), service_id=service.id, service=service.name,
        duration_minutes=service.duration_minutes, price_text=service.price_text,
        place=service.location or workspace.address, staff=staff or "", given_name=entry.given_name,
        time_zone=workspace.time_zone, customer_time_zone=entry.customer_time_zone, needs_approval=service.needs_approval,
        offer_minutes=service.offer_minutes, booking_id=entry.booking_id, offer=_standing(offer, service, offered),
    )  # fmt: skip


def waits_on(session: Session, scope: Scope, service_id: int) -> int:
    """How many wait for a time of this service."""
    mine = WaitlistEntry.workspace_id == workspace_of(scope), WaitlistEntry.service_id == service_id
    waiting = WaitlistEntry.status == WaitlistStatus.WAITING
    return session.exec(select(func.count()).select_from(WaitlistEntry).where(*mine, waiting)).one()


def _in(scope: Scope, wanted: WaitlistFilter) -> ColumnElement[bool]:
    return and_(col(WaitlistEntry.workspace_id) == workspace_of(scope), col(WaitlistEntry.status).in_(IN[wanted]))


def _entries() -> Any:
    """Entries with their contact, service, wished-for and offered person, and the offer that is open."""
    wished, offered = aliased(Resource), aliased(Resource)
    is_open = (col(WaitlistOffer.entry_id) == col(WaitlistEntry.id)) & (col(WaitlistOffer.outcome) == OfferOutcome.OPEN)
    return (
        select(  # pyright: ignore[reportCallIssue]
            WaitlistEntry, Contact.name, Service, wished.name, WaitlistOffer, offered.name
        )
        .join(Contact, col(Contact.id) == WaitlistEntry.contact_id)
        .join(Service, col(Service.id) == WaitlistEntry.service_id)
        .join(wished, col(wished.id) == WaitlistEntry.staff_id, isouter=True)
        .join(WaitlistOffer, is_open, isouter=True)
        .join(offered, col(offered.id) == WaitlistOffer.staff_id, isouter=True)
    )


def _row(found: Any, made: dict[int, int]) -> EntryRow:
    entry, contact, service, staff, offer, offered = found
    return EntryRow(
        id=entry.id, contact_id=entry.contact_id, contact=contact, service=service.name, staff=staff or "",
        wish=wish_of(entry), note=entry.note, status=WaitlistStatus(entry.status), booking_id=entry.booking_id,
        created_at=entry.created_at, offers=made.get(entry.id, 0), offer=_standing(offer, service, offered),
    )  # fmt: skip


def _standing(offer: WaitlistOffer | None, service: Service, staff: str | None) -> OpenOffer | None:
    """The offer while it can be answered; a worker closes it a moment after its time."""
    if offer is None or offer.expires_at <= clock.now():
        return None
    ends_at = offer.starts_at + timedelta(minutes=service.duration_minutes)
    return OpenOffer(offer.id, offer.starts_at, ends_at, staff or "", offer.expires_at)


def _offers_made(session: Session, entry_ids: list[int]) -> dict[int, int]:
    rows = session.exec(
        select(WaitlistOffer.entry_id, func.count())
        .where(col(WaitlistOffer.entry_id).in_(entry_ids))
        .group_by(col(WaitlistOffer.entry_id))
    )
    return dict(rows.all())
