"""A small business with hours, two calendars and two services, on the tests' Monday; built by commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from sqlmodel import select

from careops_app.bookings import offering, queries, service
from careops_app.bookings.models import Allocation
from careops_app.bookings.offering import CalendarDraft, ServiceDraft
from careops_app.bookings.queries import BookingCard, SlotSearch
from careops_app.bookings.service import BookingRequest, Move, StaffBooking
from careops_app.bookings.spans import Window
from careops_app.infra import db
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace import service as workspaces
from careops_app.workspace.access import Actor
from tests import people

NINE_TO_FIVE = (Window(540, 1020),)
WORKDAYS = (*(NINE_TO_FIVE,) * 5, (), ())
_keys = count()


def tuesday(text: str) -> datetime:
    """That reading of the clock in London (and UTC) on the day after the tests' Monday."""
    return datetime.fromisoformat(f"2026-11-24T{text}").replace(tzinfo=UTC)


@dataclass(frozen=True)
class Clinic:
    owner: Actor
    priya: int
    jonas: int
    peel: int
    cut: int

    def do(self, command, *args, **kwargs):
        """The owner does this."""
        return db.transact_now(command, self.owner, *args, **kwargs)

    def ask(self, query, *args, **kwargs):
        return db.fetch_now(query, self.owner, *args, **kwargs)

    def wish(self, at: datetime, **changes) -> BookingRequest:
        """What Nora would like; every wish has a key of its own."""
        asked = {
            "service_id": self.peel,
            "starts_at": at,
            "name": "Nora Vance",
            "email": "nora@example.com",
            "idempotency_key": f"key-{next(_keys)}",
        }
        return BookingRequest(**asked | changes)

    def request(self, wanted: BookingRequest) -> int:
        return db.transact_now(service.request, self.owner.workspace_id, wanted)

    def booked(self, at: datetime, **changes) -> int:
        return self.request(self.wish(at, **changes))

    def added(self, at: datetime, **changes) -> int:
        """A visit put in by staff."""
        asked = {"service_id": self.peel, "starts_at": at, "name": "Walk In", "idempotency_key": f"key-{next(_keys)}"}
        return self.do(service.add_by_staff, StaffBooking(**asked | changes))

    def moved(self, booking_id: int, at: datetime, **changes) -> None:
        self.do(service.reschedule, Move(booking_id, at, **changes))

    def card(self, booking_id: int) -> BookingCard:
        return self.ask(queries.booking_card, booking_id)

    def free(self, at: datetime, **changes) -> list[str]:
        """The free starts of that date, as the clock shows them."""
        asked = SlotSearch(**{"service_id": self.peel, "first_day": at.date()} | changes)
        return [f"{slot.starts_at:%H:%M}" for day in self.ask(queries.slots_on, asked) for slot in day.slots]

    def events(self, booking_id: int) -> list[str]:
        rows = self.ask(
            lambda session, _: session.exec(
                select(OutboxEvent.name).where(OutboxEvent.booking_id == booking_id).order_by(OutboxEvent.id)
            ).all()
        )
        return [name for name in rows if name.startswith("booking.")]

    def payload(self, name: str) -> dict:
        """What the last event of this name carries."""
        return self.ask(
            lambda session, _: (
                session.exec(select(OutboxEvent).where(OutboxEvent.name == name).order_by(OutboxEvent.id.desc()))
                .first()
                .payload
            )
        )

    def taken(self, booking_id: int) -> list[tuple[int, str, str, bool]]:
        """What the booking takes of whom, and whether that counts."""
        rows = self.ask(
            lambda session, _: session.exec(select(Allocation).where(Allocation.booking_id == booking_id)).all()
        )
        return [(row.resource_id, f"{row.from_at:%H:%M}", f"{row.until_at:%H:%M}", row.active) for row in rows]


def open_clinic(business: str = "Saltmarsh Skin", email: str = "olivia@example.com") -> Clinic:
    """Open Monday to Friday, 09:00 to 17:00; a peel takes 45 minutes and 15 to clean up, a cut 30 with approval."""
    owner = people.owner(business, email).actor

    def do(command, *args):
        return db.transact_now(command, owner, *args)

    do(offering.set_hours, None, WORKDAYS)
    priya, jonas = (do(offering.add_calendar, CalendarDraft(name)) for name in ("Priya Raman", "Jonas Lindqvist"))
    peel = ServiceDraft("Peel treatment", 45, buffer_after_minutes=15, price_text="£85", staff_ids=(priya, jonas))
    cut = ServiceDraft("Cut", 30, needs_approval=True, cancel_notice_minutes=1440, staff_ids=(jonas,))
    clinic = Clinic(owner, priya, jonas, do(offering.add_service, peel), do(offering.add_service, cut))
    do(workspaces.activate, [])
    return clinic
