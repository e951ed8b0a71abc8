"""What a person looks at on the waitlist: who waits, who has an offer, how it ended. All of it is in the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import reflex as rx

from careops_app.bookings import sentences, waitlist
from careops_app.bookings.waitlist_models import WaitlistStatus
from careops_app.bookings.waitlist_queries import (
    PAGE,
    EntryRow,
    WaitlistFilter,
    WaitlistPage,
    waitlist_counts,
    waitlist_page,
)
from careops_app.errors import CareOpsError
from careops_app.infra import clock, wording
from careops_app.infra.db import transact
from careops_app.ui import live
from careops_app.ui.components import toasts
from careops_app.ui.contacts.address import record_address
from careops_app.ui.fresh import asked, asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.reading import read
from careops_app.ui.session import actor
from careops_app.ui.waitlist.address import Place
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

FILTERS: dict[WaitlistFilter, str] = {
    WaitlistFilter.OPEN: "Waiting",
    WaitlistFilter.OFFERED: "Offered now",
    WaitlistFilter.BOOKED: "Booked",
    WaitlistFilter.ENDED: "Ended",
}


@dataclass(frozen=True)
class Tab:
    """One part of the list, as a link."""

    key: str
    word: str
    address: str
    is_current: bool
    number: str


@dataclass(frozen=True)
class Line:
    """An entry in the list; `address` is the visit it became, or the contact."""

    id: int
    who: str
    what: str
    wish: str
    note: str
    since: str
    status: str
    told: str
    address: str
    may_remove: bool


class WaitlistState(rx.State):
    """The list; `removing` is the entry that is about to be taken off, 0 for none."""

    loaded: bool = False
    filters: list[Tab] = []
    lines: list[Line] = []
    list_word: str = ""
    pages: str = ""
    earlier_page: str = ""
    later_page: str = ""
    removing: int = 0
    removing_who: str = ""
    _place: Place = Place()

    @handler(Permission.BOOKINGS)
    async def load(self) -> None:
        """Opens the part of the list that the address names."""
        live.join(WaitlistState.refresh)
        wanted = asked(self, "filter")
        chosen = WaitlistFilter(wanted) if wanted in tuple(WaitlistFilter) else WaitlistFilter.OPEN
        self._place = Place(chosen, min(asked_id(self, "page") or 1, 10_000))
        assign(self, removing=0)
        await self._read()

    @handler(Permission.BOOKINGS)
    async def refresh(self) -> None:
        """Reads the list again after a change."""
        await self._read()

    @handler(Permission.BOOKINGS)
    async def ask_remove(self, entry_id: int) -> None:
        """Asks before somebody is taken off the list."""
        who = next((line.who for line in self.lines if line.id == entry_id), "")
        assign(self, removing=entry_id if who else 0, removing_who=who)

    @handler(Permission.BOOKINGS)
    async def stop_removing(self, open: bool) -> None:
        if not open:
            assign(self, removing=0)

    @handler(Permission.BOOKINGS)
    async def remove(self) -> rx.event.EventSpec:
        """Takes the entry off; what it was offered goes to the next."""
        try:
            await transact(waitlist.remove, actor(), self.removing)
        except CareOpsError as error:
            assign(self, removing=0)
            return toasts.refused(str(error))
        who = self.removing_who
        assign(self, removing=0)
        await self._read()
        return toasts.done(f"{who} is off the waitlist.")

    async def _read(self) -> None:
        who, place = actor(), self._place
        zone = clock.zone((await read(workspaces.workspace_card, who)).time_zone)
        found = await read(waitlist_page, who, place.chosen, page=place.page)
        counts = await read(waitlist_counts, who)
        assign(
            self, loaded=True, lines=[_line(row, zone) for row in found.rows], list_word=FILTERS[place.chosen],
            filters=[_tab(each, word, place, counts[each]) for each, word in FILTERS.items()], **_pager(place, found),
        )  # fmt: skip


def _tab(each: WaitlistFilter, word: str, place: Place, number: int) -> Tab:
    shown = str(number) if each in (WaitlistFilter.OPEN, WaitlistFilter.OFFERED) else ""
    return Tab(each.value, word, Place(each).address(), each == place.chosen, shown)


def _pager(place: Place, found: WaitlistPage) -> dict[str, str]:
    first = (found.page - 1) * PAGE + 1
    many = found.total > PAGE
    return {
        "pages": f"{first}–{first + len(found.rows) - 1} of {found.total}" if many else "",
        "earlier_page": replace(place, page=place.page - 1).address() if place.page > 1 else "",
        "later_page": replace(place, page=place.page + 1).address() if place.page * PAGE < found.total else "",
    }


def _line(row: EntryRow, zone: ZoneInfo) -> Line:
    visit = f"/app/bookings/?booking={row.booking_id}" if row.booking_id else ""
    return Line(
        id=row.id, who=row.contact, what=row.service, wish=sentences.wish(row.wish, row.staff), note=row.note,
        since=wording.stamp(row.created_at, zone, clock.now()), status=row.status, told=_told(row, zone),
        address=visit or record_address(row.contact_id),
        may_remove=row.status in (WaitlistStatus.WAITING, WaitlistStatus.OFFERED),
    )  # fmt: skip


def _told(row: EntryRow, zone: ZoneInfo) -> str:
    """The offer that stands, or how many were made before."""
    if row.offer is not None:
        when = wording.in_list(row.offer.starts_at, zone, clock.now())
        return f"{when} with {row.offer.staff}, kept until {wording.clock_time(row.offer.expires_at, zone)}"
    if row.offers and row.status == WaitlistStatus.WAITING:
        return f"{wording.plural(row.offers, 'offer')} so far"
    return ""
