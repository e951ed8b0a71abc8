"""Somebody new on the waitlist by hand: for what, when it would suit, and who it is."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import reflex as rx

from careops_app.bookings import waitlist
from careops_app.bookings.catalogue import ServiceCard, service_cards
from careops_app.bookings.making import StaffEntry
from careops_app.bookings.waitlist_rules import wish_typed
from careops_app.contacts.queries import ContactFilter, contact_list, record
from careops_app.errors import CareOpsError, Invalid, NotFound
from careops_app.infra import clock
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

MOST_FOUND = 6
LOOK_AHEAD = timedelta(days=13)


class AddingState(rx.State):
    """The dialog. What was typed stays in it when it is refused."""

    open: bool = False
    services: list[tuple[str, str]] = []
    staff: list[tuple[str, str]] = []
    service: str = ""
    seats: int = 1
    today: str = ""
    last_day: str = ""
    found: list[tuple[str, str, str]] = []
    contact: str = ""
    contact_name: str = ""
    problems: dict[str, str] = {}
    _key: str = ""

    @handler(Permission.BOOKINGS)
    async def begin(self) -> rx.event.EventSpec | None:
        """Opens the dialog, empty."""
        offered = await self._waitable()
        if not offered:
            return toasts.refused("No service has a waitlist. Switch it on in Settings, Services.")
        zone = clock.zone((await fetch(workspaces.workspace_card, actor())).time_zone)
        today = clock.now().astimezone(zone).date()
        self._key = uuid4().hex
        assign(
            self, open=True, services=[(str(one.id), one.name) for one in offered], problems={}, found=[], contact="",
            contact_name="", today=today.isoformat(), last_day=(today + LOOK_AHEAD).isoformat(),
        )  # fmt: skip
        self._take_service(offered[0])
        return None

    @handler(Permission.BOOKINGS)
    async def toggle(self, open: bool) -> None:
        assign(self, open=open)

    @handler(Permission.BOOKINGS)
    async def pick_service(self, value: str) -> None:
        """Offers the people who give the chosen service."""
        chosen = next((one for one in await self._waitable() if str(one.id) == value), None)
        if chosen is not None:
            self._take_service(chosen)

    @handler(Permission.BOOKINGS, debounce=250)
    async def look_up(self, text: str) -> None:
        """Finds contacts by the beginning of a name, an address or a number."""
        if not text.strip():
            assign(self, found=[])
            return
        page = await fetch(contact_list, actor(), ContactFilter(text=text[:80]))
        assign(self, found=[(str(row.id), row.name, row.email or row.phone) for row in page.rows[:MOST_FOUND]])

    @handler(Permission.BOOKINGS)
    async def pick_contact(self, value: str) -> None:
        if not value.isdecimal() or len(value) > 18:
            return
        try:
            person = await fetch(record, actor(), int(value))
        except NotFound:
            return
        assign(self, contact=value, contact_name=person.name, found=[])

    @handler(Permission.BOOKINGS)
    async def drop_contact(self) -> None:
        assign(self, contact="", contact_name="", found=[])

    @handler(Permission.BOOKINGS)
    async def save(self, form: dict[str, str]) -> rx.event.EventSpec:
        """Puts the person on the list."""
        try:
            await transact(waitlist.join_by_staff, actor(), self._entry(form))
        except Invalid as invalid:
            assign(self, problems=invalid.fields)
            return focus_first()
        except CareOpsError as error:
            assign(self, problems={"form": str(error)})
            return focus_first()
        assign(self, open=False, problems={})
        return toasts.done("On the waitlist. The customer is sent a link.")

    def _entry(self, form: dict[str, str]) -> StaffEntry:
        service = int(self.service) if self.service.isdecimal() else 0
        return StaffEntry(
            wish=wish_typed(service, form), idempotency_key=f"staff-{self._key}",
            contact_id=int(self.contact) if self.contact else None, name=form.get("name", ""),
            email=form.get("email", ""), phone=form.get("phone", ""), note=form.get("note", ""),
        )  # fmt: skip

    async def _waitable(self) -> list[ServiceCard]:
        return [one for one in await fetch(service_cards, actor()) if one.takes_waitlist and one.staff]

    def _take_service(self, chosen: ServiceCard) -> None:
        staff = [("", "Anyone"), *((str(one.id), one.name) for one in chosen.staff)]
        assign(self, service=str(chosen.id), staff=staff, seats=chosen.capacity)
