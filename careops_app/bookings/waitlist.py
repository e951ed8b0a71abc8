"""The waitlist of a service: who would come if a time became free. Joining and leaving; offers are in `waitlist_offers`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from careops_app.bookings import waitlist_rules as rules
from careops_app.bookings.availability import bookable, offer
from careops_app.bookings.holding import require_open
from careops_app.bookings.making import CUSTOMER, LONGEST_KEY, LONGEST_NOTE, StaffEntry
from careops_app.bookings.models import Service
from careops_app.bookings.service import contact_by_staff
from careops_app.bookings.spans import local_day
from careops_app.bookings.waitlist_models import WaitlistEntry, WaitlistStatus
from careops_app.bookings.waitlist_offers import close_open_offer, lock_list
from careops_app.bookings.waitlist_rules import Wish
from careops_app.contacts import service as contacts
from careops_app.contacts.models import Contact
from careops_app.contacts.rules import one_line, plain_text
from careops_app.contacts.service import Identity, known_zone
from careops_app.errors import Invalid, Refused
from careops_app.events import LinkRequested, WaitlistJoined, WaitlistLeft
from careops_app.infra import clock, outbox
from careops_app.infra.db import load, lock_names
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Workspace
from careops_app.workspace.service import audit

OPEN = (WaitlistStatus.WAITING, WaitlistStatus.OFFERED)


@dataclass(frozen=True)
class WaitlistRequest:
    """A visitor's wish, as typed. `idempotency_key` is made with the form: sent twice, it is one entry."""

    wish: Wish
    name: str
    idempotency_key: str
    email: str = ""
    phone: str = ""
    note: str = ""
    customer_time_zone: str | None = None


def join(session: Session, workspace_id: int, wanted: WaitlistRequest) -> int:
    """Put a visitor on the list; returns the entry's id. The same idempotency key returns the same entry.

    Who is on the list already keeps the place and is sent their link again: the answer must not tell a stranger who is
    on it. Raises Invalid per field; NotFound; Refused with code not_open, key_reused, service_retired, no_waitlist or
    staff_unavailable.
    """
    if (earlier := _replayed(session, workspace_id, wanted)) is not None:
        return earlier
    _check(session, require_open(session, workspace_id), wanted)
    identity = Identity(wanted.name, wanted.email, wanted.phone, wanted.customer_time_zone)
    contact_id = contacts.identify(session, workspace_id, identity, "waitlist").contact_id
    given = one_line(wanted.name), one_line(wanted.email), one_line(wanted.phone)
    row = _row(workspace_id, wanted, contact_id, given) | {"customer_time_zone": known_zone(wanted.customer_time_zone)}
    entry_id = _enter(session, row, CUSTOMER)
    return entry_id or _sent_again(session, workspace_id, wanted.wish, contact_id)


def join_by_staff(session: Session, actor: Actor, wanted: StaffEntry) -> int:
    """Put somebody on the list by hand. Raises Forbidden, and what `join` raises; Refused(code="already_waiting")."""
    require(actor, Permission.BOOKINGS)
    if (earlier := _replayed(session, actor.workspace_id, wanted)) is not None:
        return earlier
    _check(session, load(session, Workspace, actor.workspace_id), wanted)
    contact_id = contact_by_staff(session, actor, wanted).contact_id
    contact = load(session, Contact, contact_id)
    given = contact.name, one_line(wanted.email), one_line(wanted.phone)
    entry_id = _enter(session, _row(actor.workspace_id, wanted, contact_id, given), actor.name)
    if entry_id is None:
        raise Refused(f"{contact.name} is on this waitlist already.", code="already_waiting")
    audit(session, actor, "put on the waitlist", contact.name, entry_id=entry_id)
    return entry_id


def leave(session: Session, workspace_id: int, entry_id: int) -> None:
    """The customer leaves; an open offer passes on. Who has left already stays away without complaint. Raises NotFound."""
    _withdraw(session, entry_id, CUSTOMER)


def remove(session: Session, actor: Actor, entry_id: int) -> None:
    """Take somebody off the list by hand. Raises Forbidden, NotFound."""
    require(actor, Permission.BOOKINGS)
    if entry := _withdraw(session, entry_id, actor.name):
        name = load(session, Contact, entry.contact_id).name
        audit(session, actor, "took off the waitlist", name, entry_id=entry_id)


def end_wish(session: Session, workspace_id: int, entry_id: int) -> bool:
    """The last day has passed: nothing is offered any more. False when it ended otherwise. Raises NotFound."""
    entry = _locked(session, entry_id)
    zone = clock.zone(load(session, Workspace, workspace_id).time_zone)
    if entry.status not in OPEN or entry.last_on >= local_day(clock.now(), zone):
        return False
    close_open_offer(session, entry, CUSTOMER)
    entry.status = WaitlistStatus.EXPIRED
    session.add(entry)
    return True


def _replayed(session: Session, workspace_id: int, wanted: WaitlistRequest | StaffEntry) -> int | None:
    """The entry this key has made already. Whoever comes second with the same key waits here for the first."""
    key = wanted.idempotency_key
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Invalid(idempotency_key=f"The key has 1 to {LONGEST_KEY} printable characters.")
    lock_names(session, [f"waitlist-entry:{workspace_id}:{key}"])
    mine = WaitlistEntry.workspace_id == workspace_id, WaitlistEntry.idempotency_key == key
    earlier = session.exec(select(WaitlistEntry).where(*mine)).first()
    if earlier is not None and (wish_of(earlier), earlier.note) != (wanted.wish, plain_text(wanted.note)):
        raise Refused("This form was sent already, with other details. Open the page again.", code="key_reused")
    return None if earlier is None else earlier.id


def _check(session: Session, workspace: Workspace, wanted: WaitlistRequest | StaffEntry) -> None:
    """The service takes a waitlist, the person gives it, and the wish can be kept."""
    service = waitable(session, workspace.id, wanted.wish.service_id)
    offer(session, workspace.id, service.id, staff_id=wanted.wish.staff_id)
    wrong = rules.problems(wanted.wish, local_day(clock.now(), clock.zone(workspace.time_zone)))
    if wanted.wish.seats > service.capacity:
        wrong["seats"] = f"At most {service.capacity} can come together."
    if len(plain_text(wanted.note)) > LONGEST_NOTE:
        wrong["note"] = f"Use at most {LONGEST_NOTE:,} characters."
    if wrong:
        raise Invalid(**wrong)


def waitable(session: Session, workspace_id: int, service_id: int) -> Service:
    """The service, when it has a waitlist. Raises NotFound, Refused(code="service_retired" | "no_waitlist")."""
    bookable(session, workspace_id, service_id)
    service = load(session, Service, service_id)
    if not service.takes_waitlist:
        raise Refused(f"{service.name} has no waitlist. Choose one of the free times.", code="no_waitlist")
    return service


def wish_of(entry: WaitlistEntry) -> Wish:
    """The wish as it is kept."""
    return Wish(
        entry.service_id,
        entry.first_on,
        entry.last_on,
        entry.staff_id,
        entry.from_minute,
        entry.until_minute,
        entry.seats,
    )


def _row(
    workspace_id: int, wanted: WaitlistRequest | StaffEntry, contact_id: int, given: tuple[str, str, str]
) -> dict[str, Any]:
    name, email, phone = given
    return vars(wanted.wish) | {
        "workspace_id": workspace_id, "contact_id": contact_id, "given_name": name, "given_email": email,
        "given_phone": phone, "note": plain_text(wanted.note), "status": WaitlistStatus.WAITING,
        "idempotency_key": wanted.idempotency_key, "created_at": clock.now(),
    }  # fmt: skip


def _enter(session: Session, row: dict[str, Any], by: str) -> int | None:
    """The new entry's id; None when this contact is on this list already: the database keeps one open entry."""
    statement = insert(WaitlistEntry).values(row).on_conflict_do_nothing().returning(col(WaitlistEntry.id))
    entry_id = session.execute(statement).scalar()
    if entry_id is not None:
        outbox.emit(session, row["workspace_id"], WaitlistJoined(entry_id, row["contact_id"], by))
    return entry_id


def _sent_again(session: Session, workspace_id: int, wish: Wish, contact_id: int) -> int:
    """The open entry of this contact, whose link goes to the address on file, once an hour at most."""
    entry_id = session.exec(
        select(WaitlistEntry.id).where(
            WaitlistEntry.service_id == wish.service_id, WaitlistEntry.contact_id == contact_id,
            col(WaitlistEntry.status).in_(OPEN),
        )
    ).one()  # fmt: skip
    again = LinkRequested(contact_id, entry_id=entry_id)
    outbox.emit(session, workspace_id, again, once=f"waitlist-again:{entry_id}:{clock.now():%Y-%m-%dT%H}")
    return entry_id


def _withdraw(session: Session, entry_id: int, by: str) -> WaitlistEntry | None:
    entry = _locked(session, entry_id)
    if entry.status not in OPEN:
        return None
    close_open_offer(session, entry, by)
    entry.status = WaitlistStatus.WITHDRAWN
    session.add(entry)
    outbox.emit(session, entry.workspace_id, WaitlistLeft(entry.id, entry.contact_id, by))
    return entry


def _locked(session: Session, entry_id: int) -> WaitlistEntry:
    """The entry, while nothing else changes its list."""
    entry = load(session, WaitlistEntry, entry_id)
    lock_list(session, entry.service_id)
    return load(session, WaitlistEntry, entry_id, lock=True)
