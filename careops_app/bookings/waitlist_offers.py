"""A freed time is held and offered to the next on the waitlist; who says yes has it, else it passes on.

Everything that changes one list happens one after the other (`lock_list`), lists before calendars. The hold keeps the time
from everybody else, a compare-and-set on the outcome lets an offer be answered once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, update
from sqlmodel import Session, col, or_, select

from careops_app.bookings import holding
from careops_app.bookings import waitlist_rules as rules
from careops_app.bookings.availability import bookable, offer
from careops_app.bookings.holding import Held, HoldRequest
from careops_app.bookings.making import CUSTOMER, BookingRequest, Place, book
from careops_app.bookings.models import Booking, BookingStatus, Service, SlotHold
from careops_app.bookings.waitlist_models import OfferOutcome, WaitlistEntry, WaitlistOffer, WaitlistStatus
from careops_app.contacts.service import Identified
from careops_app.errors import NotFound, Refused
from careops_app.events import WaitlistAccepted, WaitlistDeclined, WaitlistLapsed, WaitlistOffered
from careops_app.infra import clock, outbox
from careops_app.infra.db import load, lock_names
from careops_app.workspace.models import Workspace

MOST_TRIED = 50
FROM_WAITLIST = "waitlist"
NO_SEATS = "no_seats"
OFFER_OVER = "offer_over"


@dataclass(frozen=True)
class Freed:
    """A time of somebody's calendar that has become free for a service."""

    service_id: int
    staff_id: int
    starts_at: datetime


@dataclass(frozen=True)
class Answer:
    """A customer's answer to one offer, out of the link of their entry."""

    entry_id: int
    offer_id: int


def offer_next(session: Session, workspace_id: int, freed: Freed) -> int | None:
    """Hold a freed time and offer it to the first entry it suits; returns the offer's id, None when there is nobody.

    First come, first offered; nobody is offered the same time twice. The time is held for as long as the service says,
    never past its notice. Raises NotFound, and Refused as `holding.hold_time` when the time is not free any more.
    """
    service = load(session, Service, freed.service_id)
    minutes = rules.minutes_to_answer(freed.starts_at, clock.now(), service.offer_minutes, service.notice_minutes)
    if not service.takes_waitlist or service.retired_at is not None or minutes is None:
        return None
    lock_list(session, freed.service_id)
    for entry in _suited(session, workspace_id, freed):
        held = _held_for(session, entry, freed, minutes)
        if held is not None:
            return _offer(session, entry, held)
    return None


def offer_seats(session: Session, workspace_id: int, freed: Freed, seats: int) -> list[int]:
    """Offer a time of which so many seats became free, to as many as there are; returns the offers' ids.

    Raises as `offer_next`, unless somebody has an offer already.
    """
    made: list[int] = []
    while len(made) < seats:
        try:
            offer_id = offer_next(session, workspace_id, freed)
        except Refused:
            if not made:
                raise
            break
        if offer_id is None:
            break
        made.append(offer_id)
    return made


def accept(session: Session, workspace_id: int, answer: Answer) -> int:
    """Book the offered time for whom it is kept; returns the booking's id, the same one when sent again.

    Pending when the service needs approval, else confirmed. Raises NotFound, Refused(code="offer_over"), and Refused as
    `service.request` when the service can no longer be booked.
    """
    entry, found = _asked(session, answer)
    if found.outcome == OfferOutcome.ACCEPTED and entry.booking_id is not None:
        return entry.booking_id
    _require_standing(found)
    hold_id = found.hold_id
    _close(session, found, OfferOutcome.ACCEPTED)
    entry.booking_id = _book(session, entry, found, hold_id)
    entry.status = WaitlistStatus.BOOKED
    session.add(entry)
    told = WaitlistAccepted(entry.id, entry.contact_id, found.id, found.starts_at, entry.booking_id)
    outbox.emit(session, workspace_id, told)
    return entry.booking_id


def decline(session: Session, workspace_id: int, answer: Answer) -> None:
    """Say no to one offer and stay on the list; a second no changes nothing. Raises NotFound, Refused(code="offer_over")."""
    entry, found = _asked(session, answer)
    if found.outcome == OfferOutcome.DECLINED:
        return
    _require_standing(found)
    close_open_offer(session, entry, CUSTOMER)


def lapse(session: Session, workspace_id: int, offer_id: int) -> bool:
    """Close an offer nobody answered in time; its time is free. False when it was answered, or still stands."""
    found = load(session, WaitlistOffer, offer_id)
    entry, found = _asked(session, Answer(found.entry_id, offer_id))
    if found.outcome != OfferOutcome.OPEN or found.expires_at > clock.now():
        return False
    _give_up(session, entry, found, OfferOutcome.LAPSED)
    outbox.emit(session, workspace_id, WaitlistLapsed(entry.id, entry.contact_id, found.id, found.starts_at))
    return True


def close_open_offer(session: Session, entry: WaitlistEntry, by: str) -> None:
    """Whatever is offered to this entry right now is declined: its time passes on. The list must be locked."""
    found = session.exec(
        select(WaitlistOffer).where(WaitlistOffer.entry_id == entry.id, WaitlistOffer.outcome == OfferOutcome.OPEN)
    ).first()
    if found is not None:
        _give_up(session, entry, found, OfferOutcome.DECLINED)
        told = WaitlistDeclined(entry.id, entry.contact_id, found.id, found.starts_at, by)
        outbox.emit(session, entry.workspace_id, told)


def lock_list(session: Session, service_id: int) -> None:
    """Nothing else changes the waitlist of this service until the transaction ends; taken before any calendar's lock."""
    lock_names(session, [f"waitlist:{service_id}"])


def _suited(session: Session, workspace_id: int, freed: Freed) -> list[WaitlistEntry]:
    """Whom this time suits, first come first: `rules.suits` in words of SQL; not who was offered it before, or gave it up."""
    zone = clock.zone(load(session, Workspace, workspace_id).time_zone)
    day, minute = rules.on_the_wall(freed.starts_at, zone)
    offered = exists().where(
        col(WaitlistOffer.entry_id) == col(WaitlistEntry.id), col(WaitlistOffer.staff_id) == freed.staff_id,
        col(WaitlistOffer.starts_at) == freed.starts_at,
    )  # fmt: skip
    gave_up = exists().where(
        col(Booking.contact_id) == col(WaitlistEntry.contact_id), col(Booking.staff_id) == freed.staff_id,
        col(Booking.starts_at) == freed.starts_at, col(Booking.status) == BookingStatus.CANCELLED,
    )  # fmt: skip
    query = select(WaitlistEntry).where(
        WaitlistEntry.workspace_id == workspace_id, WaitlistEntry.service_id == freed.service_id,
        WaitlistEntry.status == WaitlistStatus.WAITING, WaitlistEntry.first_on <= day, WaitlistEntry.last_on >= day,
        WaitlistEntry.from_minute <= minute, WaitlistEntry.until_minute > minute,
        or_(col(WaitlistEntry.staff_id).is_(None), col(WaitlistEntry.staff_id) == freed.staff_id), ~offered, ~gave_up,
    )  # fmt: skip
    return list(session.exec(query.order_by(col(WaitlistEntry.id)).limit(MOST_TRIED)))


def _held_for(session: Session, entry: WaitlistEntry, freed: Freed, minutes: int) -> Held | None:
    """The time kept for one entry; None when there are too few seats for it, but maybe enough for others."""
    wanted = HoldRequest(
        freed.service_id, freed.starts_at, f"waitlist:{entry.id}", freed.staff_id, entry.seats, minutes
    )  # fmt: skip
    try:
        with session.begin_nested():
            return holding.hold_time(session, entry.workspace_id, wanted)
    except Refused as refusal:
        if refusal.code == NO_SEATS and entry.seats > 1:
            return None
        raise


def _offer(session: Session, entry: WaitlistEntry, held: Held) -> int:
    made = WaitlistOffer(
        workspace_id=entry.workspace_id, entry_id=entry.id, service_id=held.service_id, staff_id=held.staff_id,
        hold_id=held.hold_id, starts_at=held.starts_at, created_at=clock.now(), expires_at=held.expires_at,
    )  # fmt: skip
    entry.status = WaitlistStatus.OFFERED
    session.add_all([made, entry])
    session.flush()
    told = WaitlistOffered(entry.id, entry.contact_id, made.id, made.starts_at, made.expires_at)
    outbox.emit(session, entry.workspace_id, told)
    return made.id


def _asked(session: Session, answer: Answer) -> tuple[WaitlistEntry, WaitlistOffer]:
    """The entry and its offer as they are now, while nothing else changes the list. Raises NotFound."""
    lock_list(session, load(session, WaitlistEntry, answer.entry_id).service_id)
    entry = load(session, WaitlistEntry, answer.entry_id, lock=True)
    found = load(session, WaitlistOffer, answer.offer_id, lock=True)
    if found.entry_id != entry.id:
        raise NotFound("The offer")
    return entry, found


def _require_standing(found: WaitlistOffer) -> None:
    if found.outcome != OfferOutcome.OPEN or found.expires_at <= clock.now():
        raise Refused("This offer is over: the time went to the next on the list.", code=OFFER_OVER)


def _give_up(session: Session, entry: WaitlistEntry, found: WaitlistOffer, outcome: OfferOutcome) -> None:
    """The time is free again, and the entry waits for another one."""
    hold_id = found.hold_id
    _close(session, found, outcome)
    if hold_id is not None:
        holding.let_go(session, found.workspace_id, hold_id)
    entry.status = WaitlistStatus.WAITING
    session.add(entry)


def _close(session: Session, found: WaitlistOffer, outcome: OfferOutcome) -> None:
    """Compare and set: an offer has one outcome. Raises Refused(code="offer_over")."""
    changed: Any = session.execute(
        update(WaitlistOffer)
        .where(col(WaitlistOffer.id) == found.id, col(WaitlistOffer.outcome) == OfferOutcome.OPEN)
        .values(outcome=outcome, closed_at=clock.now(), hold_id=None)
    )
    if changed.rowcount != 1:
        raise Refused("This offer has been answered already.", code=OFFER_OVER)


def _book(session: Session, entry: WaitlistEntry, found: WaitlistOffer, hold_id: int | None) -> int:
    """The booking of the held time, which takes over what was held."""
    bookable(session, entry.workspace_id, entry.service_id)
    asked = offer(session, entry.workspace_id, entry.service_id, staff_id=found.staff_id, seats=entry.seats)
    wanted = BookingRequest(
        service_id=entry.service_id, starts_at=found.starts_at, name=entry.given_name, email=entry.given_email,
        idempotency_key=f"waitlist-offer-{found.id}", phone=entry.given_phone, staff_id=found.staff_id, note=entry.note,
        customer_time_zone=entry.customer_time_zone, source=FROM_WAITLIST, seats=entry.seats,
    )  # fmt: skip
    hold = session.get(SlotHold, hold_id) if hold_id is not None else None
    place = Place(asked, wanted, FROM_WAITLIST, CUSTOMER, entry.customer_time_zone, hold)
    return book(session, place, lambda: Identified(entry.contact_id, created=False))
