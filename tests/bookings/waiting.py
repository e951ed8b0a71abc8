"""People who wait for a time of the clinic, as the tests of the waitlist bring them in."""

from __future__ import annotations

from datetime import date
from itertools import count

from sqlmodel import select

from careops_app.bookings import service, waitlist, waitlist_offers
from careops_app.bookings.waitlist import WaitlistRequest
from careops_app.bookings.waitlist_models import WaitlistEntry, WaitlistOffer
from careops_app.bookings.waitlist_offers import Answer, Freed
from careops_app.bookings.waitlist_rules import Wish
from careops_app.infra import db
from tests.bookings.clinic import Clinic

TUESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 27)
_keys = count()


def asked(clinic: Clinic, name: str = "Wanda Ito", **changes) -> WaitlistRequest:
    """What somebody who waits typed; Tuesday to Friday, any time, anyone. What is of the wish goes into the wish."""
    wish = {"service_id": clinic.peel, "first_on": TUESDAY, "last_on": FRIDAY}
    typed = {
        "name": name,
        "email": f"{name.lower().replace(' ', '.')}@example.com",
        "idempotency_key": f"wait-{next(_keys)}",
    }
    for key, value in changes.items():
        (wish if key in Wish.__dataclass_fields__ else typed)[key] = value
    return WaitlistRequest(wish=Wish(**wish), **typed)


def join(clinic: Clinic, wanted: WaitlistRequest) -> int:
    return db.transact_now(waitlist.join, clinic.owner.workspace_id, wanted)


def waits(clinic: Clinic, name: str = "Wanda Ito", **changes) -> int:
    """The id of a new entry."""
    return join(clinic, asked(clinic, name, **changes))


def freed(clinic: Clinic, at, staff_id: int | None = None) -> int | None:
    """That time of Priya, or of whom is named, is offered to the next; the offer's id."""
    time = Freed(clinic.peel, staff_id or clinic.priya, at)
    return db.transact_now(waitlist_offers.offer_next, clinic.owner.workspace_id, time)


def accept(clinic: Clinic, entry_id: int, offer_id: int) -> int:
    return db.transact_now(waitlist_offers.accept, clinic.owner.workspace_id, Answer(entry_id, offer_id))


def decline(clinic: Clinic, entry_id: int, offer_id: int) -> None:
    db.transact_now(waitlist_offers.decline, clinic.owner.workspace_id, Answer(entry_id, offer_id))


def leave(clinic: Clinic, entry_id: int) -> None:
    db.transact_now(waitlist.leave, clinic.owner.workspace_id, entry_id)


def entry(clinic: Clinic, entry_id: int) -> WaitlistEntry:
    return clinic.ask(lambda session, _: session.get(WaitlistEntry, entry_id))


def offers(clinic: Clinic) -> list[WaitlistOffer]:
    return clinic.ask(lambda session, _: list(session.exec(select(WaitlistOffer).order_by(WaitlistOffer.id)).all()))


def cancelled(clinic: Clinic, booking_id: int) -> None:
    clinic.do(service.cancel, booking_id)
