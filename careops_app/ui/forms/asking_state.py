"""The dialog that asks somebody for a form by hand: which form, of whom, for which visit."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.bookings.models import BookingStatus
from careops_app.bookings.queries import AgendaRow, bookings_of_contact
from careops_app.contacts.queries import ContactFilter, contact_list, record
from careops_app.errors import CareOpsError, NotFound
from careops_app.forms import queries, service
from careops_app.forms.queries import RequestFilter
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.forms.address import Place
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

MOST_FOUND = 6
WITHOUT = ("", "No visit, due in 7 days")
TO_COME = frozenset({BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN})


class AskingState(rx.State):
    """The dialog; `contact` is empty until somebody is chosen."""

    open: bool = False
    version: int = 0
    forms: list[tuple[str, str]] = []
    form: str = ""
    found: list[tuple[str, str, str]] = []
    contact: str = ""
    contact_name: str = ""
    visits: list[tuple[str, str]] = [WITHOUT]
    visit: str = ""
    problems: dict[str, str] = {}

    @handler(Permission.FORMS)
    async def begin(self) -> None:
        """Opens the dialog with nobody chosen."""
        await self._begin(None)

    @handler(Permission.FORMS)
    async def toggle(self, open: bool) -> None:
        assign(self, open=open, problems={})

    @handler(Permission.FORMS)
    async def pick_form(self, value: str) -> None:
        assign(self, form=value)

    @handler(Permission.FORMS)
    async def pick_visit(self, value: str) -> None:
        assign(self, visit=value)

    @handler(Permission.FORMS, debounce=250)
    async def look_up(self, text: str) -> None:
        """Finds contacts by the beginning of a name, an address or a number."""
        if not text.strip():
            assign(self, found=[])
            return
        page = await fetch(contact_list, actor(), ContactFilter(text=text[:80]))
        assign(self, found=[(str(row.id), row.name, row.email or row.phone) for row in page.rows[:MOST_FOUND]])

    @handler(Permission.FORMS)
    async def pick_contact(self, value: str) -> None:
        if value.isdecimal() and len(value) < 19:
            await self._take(int(value))

    @handler(Permission.FORMS)
    async def drop_contact(self) -> None:
        assign(self, contact="", contact_name="", found=[], visits=[WITHOUT], visit="")

    @handler(Permission.FORMS, temporal=True)
    async def save(self) -> Any:
        """Asks for the form; the link leaves by the rule for it."""
        if problems := self._missing():
            assign(self, problems=problems)
            return focus_first()
        booking = int(self.visit) if self.visit else None
        try:
            request = await transact(service.request_by_staff, actor(), int(self.form), int(self.contact), booking)
        except CareOpsError as refusal:
            assign(self, problems={"form": str(refusal)})
            return focus_first()
        assign(self, open=False, problems={})
        place = Place(chosen=RequestFilter.PENDING, request=request)
        return [toasts.done(f"Asked. {self.contact_name} gets the link."), rx.redirect(place.address())]

    def _missing(self) -> dict[str, str]:
        problems = {} if self.form else {"form": "Make a form first."}
        return problems if self.contact else problems | {"contact": "Choose who should fill it in."}

    async def _begin(self, contact_id: int | None) -> None:
        forms = [row for row in await fetch(queries.form_list, actor()) if not row.is_retired]
        choices = [(str(row.id), row.name) for row in forms if row.questions or row.documents]
        assign(
            self,
            open=True, version=self.version + 1, forms=choices, form=choices[0][0] if choices else "", problems={},
            found=[], contact="", contact_name="", visits=[WITHOUT], visit="",
        )  # fmt: skip
        if contact_id is not None:
            await self._take(contact_id)

    async def _take(self, contact_id: int) -> None:
        try:
            person = await fetch(record, actor(), contact_id)
        except NotFound:
            return
        zone = (await fetch(workspaces.workspace_card, actor())).time_zone
        coming = [
            _visit(row, zone) for row in await fetch(bookings_of_contact, actor(), contact_id) if _is_to_come(row)
        ]
        assign(
            self,
            contact=str(contact_id), contact_name=person.name, found=[], visits=[*coming, WITHOUT], problems={},
            visit=coming[0][0] if coming else "",
        )  # fmt: skip


def _is_to_come(row: AgendaRow) -> bool:
    return row.status in TO_COME and row.starts_at > clock.now()


def _visit(row: AgendaRow, zone: str) -> tuple[str, str]:
    return str(row.id), f"{row.service}, {wording.near(row.starts_at, clock.zone(zone), clock.now())}"
