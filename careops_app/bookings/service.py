"""What changes bookings: asking for one, moving it, and everything that may become of it.

Every way in ends in the same few steps: idempotency, locks, the rules on locked rows, contact, booking, allocation,
announcement; all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from careops_app.bookings import rules, sentences
from careops_app.bookings.availability import Mine, bookable, offer, requestable
from careops_app.bookings.holding import live_hold
from careops_app.bookings.making import (
    CUSTOMER,
    LONGEST_REASON,
    BookingRequest,
    Place,
    StaffBooking,
    StaffEntry,
    book,
    check,
    check_length,
    check_reason,
    replayed,
    require_instant,
    wall,
)
from careops_app.bookings.models import Booking, BookingStatus, Resource, Service, SlotHold
from careops_app.bookings.placing import Taker, Wish, as_it_was, find, release, take
from careops_app.bookings.reach import within_sight
from careops_app.bookings.rules import CustomerMay
from careops_app.contacts import service as contacts
from careops_app.contacts.models import Contact
from careops_app.contacts.rules import plain_text
from careops_app.contacts.service import ContactDraft, Identified, Identity, known_zone
from careops_app.errors import Invalid, Refused
from careops_app.events import (
    BookingCancelled,
    BookingCheckedIn,
    BookingCompleted,
    BookingConfirmed,
    BookingEvent,
    BookingNoShow,
    BookingReassigned,
    BookingRescheduled,
    BookingResized,
    BookingRestored,
)
from careops_app.infra import clock, outbox
from careops_app.infra.db import load, whole_sight
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit

AUTOMATION = "automation"


@dataclass(frozen=True)
class Move:
    """Another time for a booking; `staff_id` None keeps who gives it when they are free, else takes anyone who is.

    `revision` is the one the person looked at: when it has risen since, the move is refused. `minutes` None keeps the
    length it has. With an `overlap_reason` staff put it beside what is in the way.
    """

    booking_id: int
    starts_at: datetime
    staff_id: int | None = None
    revision: int | None = None
    minutes: int | None = None
    overlap_reason: str = ""


def request(session: Session, workspace_id: int, wanted: BookingRequest) -> int:
    """Book for a visitor; returns the booking's id. The same idempotency key returns the same booking.

    Pending when the service needs approval, else confirmed at once. Raises Invalid per field; NotFound for a service or
    calendar of another business; Refused with code not_open, key_reused, service_retired, staff_unavailable, or one of
    `rules.Obstacle` together with the three nearest free starts.
    """
    if (earlier := replayed(session, workspace_id, wanted)) is not None:
        return earlier
    check(wanted)
    terms = requestable(session, workspace_id, wanted.service_id)
    identity = Identity(wanted.name, wanted.email, wanted.phone, wanted.customer_time_zone)
    place = Place(
        offer(session, workspace_id, terms, staff_id=wanted.staff_id, seats=wanted.seats), wanted,
        wanted.source, CUSTOMER, known_zone(wanted.customer_time_zone), _hold_for(session, workspace_id, wanted),
    )  # fmt: skip
    return book(session, place, lambda: contacts.identify(session, workspace_id, identity, "booking"))


def add_by_staff(session: Session, actor: Actor, wanted: StaffBooking) -> int:
    """Book for a customer, confirmed at once; hours and other visits count, notice, horizon and step do not.

    Raises Forbidden, and what `request` raises; NotFound for an unknown contact.
    """
    require(actor, Permission.BOOKINGS)
    if (earlier := replayed(session, actor.workspace_id, wanted)) is not None:
        return earlier
    check(wanted)
    terms = bookable(session, actor.workspace_id, wanted.service_id)
    asked = offer(
        session, actor.workspace_id, terms, staff_id=within_sight(session, actor, wanted.staff_id),
        by_staff=True, seats=wanted.seats, minutes=wanted.minutes,
    )  # fmt: skip
    place = Place(asked, wanted, "staff", actor.name)
    booking_id = book(session, place, lambda: contact_by_staff(session, actor, wanted))
    beside = {"beside_another": wanted.overlap_reason} if wanted.overlap_reason else {}
    audit(
        session, actor, "booked a visit", load(session, Booking, booking_id).reference, booking_id=booking_id, **beside
    )
    return booking_id


def reschedule(session: Session, actor: Actor, move: Move) -> None:
    """Move a booking by staff: the new time is taken and the old one freed, or nothing changes.

    Raises Forbidden, NotFound, Invalid(starts_at), Refused with code illegal_move, changed_meanwhile, staff_unavailable,
    or one of `rules.Obstacle` with the nearest free starts.
    """
    require(actor, Permission.BOOKINGS)
    booking = load(session, Booking, move.booking_id, lock=True)
    move = replace(move, staff_id=within_sight(session, actor, move.staff_id))
    if _move(session, booking, move, actor.name, by_staff=True):
        audit(session, actor, "moved a visit", booking.reference, booking_id=booking.id, to=booking.wall_start)


def reschedule_by_customer(session: Session, workspace_id: int, move: Move) -> None:
    """Move a booking by its customer, while the service's policy allows it (code too_late); else as `reschedule`."""
    booking = load(session, Booking, move.booking_id, lock=True)
    _require_policy(session, booking)
    _move(session, booking, move, CUSTOMER, by_staff=False)


def cancel(session: Session, actor: Actor, booking_id: int, reason: str = "") -> None:
    """Cancel by staff; the time is free at once. Raises Forbidden, NotFound, Invalid(reason), Refused."""
    require(actor, Permission.BOOKINGS)
    booking = _cancel(session, load(session, Booking, booking_id), actor.name, reason)
    audit(session, actor, "cancelled a visit", booking.reference, booking_id=booking.id)


def decline(session: Session, actor: Actor, booking_id: int, reason: str = "") -> None:
    """Say no to a booking that waits for approval. Raises Forbidden, NotFound, Refused when it no longer waits."""
    require(actor, Permission.BOOKINGS)
    booking = load(session, Booking, booking_id)
    if booking.status != BookingStatus.PENDING:
        raise Refused(sentences.decided(BookingStatus(booking.status)), code="illegal_move")
    _cancel(session, booking, actor.name, reason)
    audit(session, actor, "declined a visit", booking.reference, booking_id=booking.id)


def cancel_by_customer(session: Session, workspace_id: int, booking_id: int, reason: str = "") -> None:
    """Cancel by the customer, while the policy allows it; a cancelled one stays cancelled without complaint.

    Raises NotFound, Invalid(reason), Refused(code="too_late").
    """
    booking = load(session, Booking, booking_id, lock=True)
    if booking.status != BookingStatus.CANCELLED:
        _require_policy(session, booking)
        _cancel(session, booking, CUSTOMER, reason)


def confirm(session: Session, actor: Actor, booking_id: int) -> None:
    """Approve a pending booking. Raises Forbidden, NotFound, Refused(code="illegal_move")."""
    _by_staff(session, actor, booking_id, BookingStatus.CONFIRMED, "confirmed a visit")


def check_in(session: Session, actor: Actor, booking_id: int) -> None:
    """The customer is here; from the day of the visit on. Raises Forbidden, NotFound, Refused."""
    _by_staff(session, actor, booking_id, BookingStatus.CHECKED_IN, "checked in a visit")


def complete(session: Session, actor: Actor, booking_id: int) -> None:
    """The visit took place; once it has started. Raises Forbidden, NotFound, Refused."""
    _by_staff(session, actor, booking_id, BookingStatus.COMPLETED, "completed a visit")


def mark_no_show(session: Session, actor: Actor, booking_id: int) -> None:
    """Nobody came; once the visit has started. The rest of its time is free. Raises Forbidden, NotFound, Refused."""
    _by_staff(session, actor, booking_id, BookingStatus.NO_SHOW, "marked a no-show")


_ANNOUNCES: dict[BookingStatus, Callable[[Booking, str], BookingEvent]] = {
    BookingStatus.CONFIRMED: lambda b, by: BookingConfirmed(b.id, b.contact_id, b.revision, by=by),
    BookingStatus.CHECKED_IN: lambda b, by: BookingCheckedIn(b.id, b.contact_id, b.revision, by=by),
    BookingStatus.COMPLETED: lambda b, by: BookingCompleted(b.id, b.contact_id, b.revision, by=by),
    BookingStatus.NO_SHOW: lambda b, by: BookingNoShow(b.id, b.contact_id, b.revision, by=by),
}


def _hold_for(session: Session, workspace_id: int, wanted: BookingRequest) -> SlotHold | None:
    """The live hold of this very time, locked; without one the time is looked for like any other."""
    hold = live_hold(session, workspace_id, wanted.hold_token, lock=True)
    fits = hold is not None and (hold.service_id, hold.starts_at) == (wanted.service_id, wanted.starts_at)
    return hold if fits and hold is not None and wanted.staff_id in (None, hold.staff_id) else None


def contact_by_staff(session: Session, actor: Actor, wanted: StaffBooking | StaffEntry) -> Identified:
    """The contact that staff picked, the one that has this address, or a new one."""
    if wanted.contact_id is not None:
        return Identified(load(session, Contact, wanted.contact_id).id, created=False)
    with whole_sight(session):  # whoever has this address, it is this person
        if wanted.email.strip() or wanted.phone.strip():
            identity = Identity(wanted.name, wanted.email, wanted.phone)
            return contacts.identify(session, actor.workspace_id, identity, "staff")
        return Identified(contacts.create(session, actor, ContactDraft(wanted.name)), created=True)


def _move(session: Session, booking: Booking, move: Move, by: str, *, by_staff: bool) -> bool:
    """Swap the time of a locked booking; False when it is there already."""
    require_instant(move.starts_at)
    check_length(move.minutes)
    check_reason(move.overlap_reason)
    start, length = move.starts_at.astimezone(UTC), booking.minutes
    minutes = move.minutes or length
    if start == booking.starts_at and move.staff_id in (None, booking.staff_id) and minutes == length:
        return False
    _require_movable(booking, move)
    wanted = offer(
        session, booking.workspace_id, booking.service_id, staff_id=move.staff_id, by_staff=by_staff,
        seats=booking.seats, minutes=minutes,
    )  # fmt: skip
    wish = Wish(start, booking.staff_id, Mine(booking_id=booking.id), move.overlap_reason if by_staff else "")
    was_at, was_staff, found = booking.starts_at, booking.staff_id, find(session, wanted, wish)
    release(session, Taker(booking_id=booking.id))
    booking.staff_id = take(session, found, Taker(booking_id=booking.id))
    booking.starts_at, booking.ends_at = found.visit.start, found.visit.end
    booking.time_zone, booking.wall_start = wanted.zone.key, wall(start, wanted)
    booking.overlap_reason = wish.overlap_reason
    if booking.decide_by is not None:
        booking.decide_by = min(booking.decide_by, start)
    booking.revision, booking.moved_at = booking.revision + 1, clock.now()
    session.add(booking)
    outbox.emit(session, booking.workspace_id, _moved(session, booking, was_at, was_staff, length, by))
    return True


def _moved(
    session: Session, booking: Booking, was_at: datetime, was_staff: int, was_minutes: int, by: str
) -> BookingEvent:
    """What is told: another time, another length, or somebody else at the same time."""
    about = (booking.id, booking.contact_id, booking.revision)
    if booking.starts_at == was_at and booking.staff_id == was_staff:
        return BookingResized(*about, was_minutes, booking.minutes, by)
    if booking.starts_at != was_at:
        return BookingRescheduled(*about, was_at, booking.starts_at, by, was_staff)
    was, now = load(session, Resource, was_staff).name, load(session, Resource, booking.staff_id).name
    return BookingReassigned(*about, was, now, by, was_staff)


def _require_movable(booking: Booking, move: Move) -> None:
    if BookingStatus(booking.status) not in rules.MAY_MOVE:
        raise Refused(sentences.not_movable(BookingStatus(booking.status)), code="illegal_move")
    if move.revision is not None and move.revision != booking.revision:
        raise Refused("This visit was changed meanwhile. Look at it again first.", code="changed_meanwhile")


def _require_policy(session: Session, booking: Booking) -> None:
    notice = load(session, Service, booking.service_id).cancel_notice_minutes
    may = rules.may_customer_change(BookingStatus(booking.status), booking.starts_at, notice, clock.now())
    if may != CustomerMay.CHANGE:
        zone = clock.zone(booking.time_zone)
        raise Refused(sentences.may_change(may, booking.starts_at, notice, zone), code=may.value)


def _cancel(session: Session, booking: Booking, by: str, reason: str) -> Booking:
    reason = plain_text(reason)
    if len(reason) > LONGEST_REASON:
        raise Invalid(reason=f"Use at most {LONGEST_REASON} characters.")
    booking = _become(
        session, booking, BookingStatus.CANCELLED, revision=Booking.revision + 1, cancelled_at=clock.now(),
        cancelled_by=by, cancel_reason=reason,
    )  # fmt: skip
    cancelled = BookingCancelled(booking.id, booking.contact_id, booking.revision, booking.starts_at, by, reason)
    outbox.emit(session, booking.workspace_id, cancelled)
    return booking


def restore(session: Session, actor: Actor, booking_id: int) -> None:
    """Take back a cancellation or a no-show, while the visit is ahead and its time is still free.

    The customer is told as of a new confirmation. Raises Forbidden, NotFound, Refused with code illegal_move, too_late,
    or one of `rules.Obstacle`.
    """
    require(actor, Permission.BOOKINGS)
    booking = load(session, Booking, booking_id, lock=True)
    was = BookingStatus(booking.status)
    if was not in rules.RESTORABLE:
        raise Refused(sentences.not_restorable(was), code="illegal_move")
    if booking.starts_at <= clock.now() and was == BookingStatus.CANCELLED:
        raise Refused("The time of this visit has passed. Book a new one.", code="too_late")
    _take_again(session, booking)
    session.refresh(booking)
    booking.revision, booking.decide_by = booking.revision + 1, None
    booking.cancelled_at, booking.cancelled_by, booking.cancel_reason = None, None, ""
    session.add(booking)
    audit(session, actor, "took back a cancellation", booking.reference, booking_id=booking.id)
    outbox.emit(
        session, booking.workspace_id, BookingRestored(booking.id, booking.contact_id, booking.revision, by=actor.name)
    )


def _take_again(session: Session, booking: Booking) -> None:
    """The time that it had; a no-show's lies in the past, where only the constraint has a say."""
    wanted = offer(
        session, booking.workspace_id, booking.service_id, staff_id=booking.staff_id, by_staff=True,
        seats=booking.seats, minutes=booking.minutes,
    )  # fmt: skip
    wish = Wish(booking.starts_at, booking.staff_id, Mine(booking_id=booking.id), booking.overlap_reason)
    found = (find if booking.starts_at > clock.now() else as_it_was)(session, wanted, wish)
    release(session, Taker(booking_id=booking.id))
    session.execute(update(Booking).where(col(Booking.id) == booking.id).values(status=BookingStatus.CONFIRMED))
    take(session, found, Taker(booking_id=booking.id))


def lapse(session: Session, workspace_id: int, booking_id: int) -> bool:
    """A visit that nobody decided about in time is cancelled and frees its time; False when it was decided meanwhile."""
    booking = load(session, Booking, booking_id, lock=True)
    if booking.status != BookingStatus.PENDING or booking.decide_by is None or booking.decide_by > clock.now():
        return False
    _cancel(session, booking, AUTOMATION, "Nobody decided in time.")
    return True


def _by_staff(session: Session, actor: Actor, booking_id: int, to: BookingStatus, action: str) -> None:
    require(actor, Permission.BOOKINGS)
    booking = _become(session, load(session, Booking, booking_id), to)
    audit(session, actor, action, booking.reference, booking_id=booking.id)
    outbox.emit(session, booking.workspace_id, _ANNOUNCES[to](booking, actor.name))


def _become(session: Session, booking: Booking, to: BookingStatus, **values: Any) -> Booking:
    """Compare and set: of two people who decide at the same moment, one does and the other is told."""
    was = BookingStatus(booking.status)
    _require_legal(booking, was, to)
    changed = session.execute(
        update(Booking).where(col(Booking.id) == booking.id, col(Booking.status) == was).values(status=to, **values)
    )
    session.refresh(booking)
    if changed.rowcount != 1:  # pyright: ignore[reportAttributeAccessIssue]
        raise Refused(sentences.illegal(BookingStatus(booking.status), to), code="illegal_move")
    return booking


def _require_legal(booking: Booking, was: BookingStatus, to: BookingStatus) -> None:
    if to not in rules.MAY_BECOME[was]:
        raise Refused(sentences.illegal(was, to), code="illegal_move")
    zone = clock.zone(booking.time_zone)
    if not rules.is_time_for(to, booking.starts_at, zone, clock.now()):
        raise Refused(sentences.too_early(to, booking.starts_at, zone), code="too_early")
