"""Search or jump to: people, bookings, items and pages from one line, opened with Ctrl-K.

Keys are handled by assets/keys.js in the browser; only the text of the search, at rest, comes to the server.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from careops_app.bookings import queries as bookings
from careops_app.contacts import queries as contacts
from careops_app.contacts.queries import ContactFilter
from careops_app.infra import wording
from careops_app.infra.db import Session, fetch
from careops_app.inventory import queries as inventory
from careops_app.ui.components import icon, link
from careops_app.ui.guard import handler
from careops_app.ui.navigation import NAVIGATION
from careops_app.ui.session import actor
from careops_app.workspace.access import Actor, Permission
from careops_app.workspace.queries import workspace_card

OPEN = "document.getElementById('palette')?.showModal()"
SHORTEST, LONGEST = 2, 60
MOST_PEOPLE, MOST_ITEMS = 6, 3


@dataclass(frozen=True)
class Hit:
    """Something to open. `kind` picks the icon and the heading it stands under."""

    kind: str
    title: str
    about: str
    href: str


class PaletteState(rx.State):
    """What the search found; the pages this member may open while nothing is typed."""

    hits: list[Hit] = []
    found: bool = True

    @handler(Permission.MEMBER, debounce=150)
    async def search(self, text: str) -> None:
        """Finds what the text names, among what this member may see."""
        who, wanted = actor(), text[:LONGEST].strip()
        named = await fetch(_named, who, wanted) if len(wanted) >= SHORTEST else []
        self._show([*named, *_pages(who, wanted)])

    @handler(Permission.MEMBER)
    async def show_pages(self) -> None:
        """The start: every page."""
        self._show(_pages(actor(), ""))

    def _show(self, hits: list[Hit]) -> None:
        self.hits, self.found = hits, bool(hits)


def open_palette() -> rx.event.EventSpec:
    """Opens the search, without asking the server."""
    return rx.call_script(OPEN)


def command_palette() -> rx.Component:
    """The search itself; one per screen, drawn by the shell."""
    question = rx.el.label(
        icon("search", 18),
        rx.el.span("Search", class_name="sr"),
        rx.el.input(
            type="text", name="palette", placeholder="Name, number, booking reference or page", auto_complete="off",
            role="combobox", aria_expanded="true", aria_controls="palette-hits", on_change=PaletteState.search,
            on_focus=PaletteState.show_pages,
        ),
        rx.el.span("Esc", class_name="kbd"),
        class_name="q",
    )  # fmt: skip
    nothing = rx.el.p("Nothing found.", class_name="g", role="status")
    hits = rx.el.div(
        rx.cond(PaletteState.found, rx.foreach(PaletteState.hits, _hit), nothing),
        id="palette-hits", role="listbox", aria_label="Results", class_name="opts",
    )  # fmt: skip
    keys = rx.el.div(
        rx.el.span(rx.el.span("↑", class_name="kbd"), " ", rx.el.span("↓", class_name="kbd"), " move"),
        rx.el.span(rx.el.span("Enter", class_name="kbd"), " open"),
        class_name="f desk",
    )
    return rx.el.dialog(question, hits, keys, id="palette", class_name="pal", aria_label="Search or jump to")


def _hit(hit: Any, at: Any) -> rx.Component:
    drawing = rx.match(
        hit.kind, ("person", icon("user-round")), ("booking", icon("calendar-check")), ("item", icon("package")),
        icon("arrow-right"),
    )  # fmt: skip
    words = rx.el.span(rx.el.b(hit.title), " ", rx.el.span(hit.about, class_name="muted"), class_name="grow trunc")
    chosen = rx.cond(at == 0, "true", "false")
    return link(
        drawing,
        words,
        to=hit.href,
        role="option",
        aria_selected=chosen,
        id="hit-" + at.to_string(),
        key=hit.href,
        tab_index=-1,
    )


def _pages(who: Actor, text: str) -> list[Hit]:
    entries = [entry for group in NAVIGATION for entry in group.entries if who.may(entry.permission)]
    found = [entry for entry in entries if text.lower() in entry.word.lower()]
    return [Hit("page", entry.word, "", entry.to) for entry in found]


def _named(session: Session, who: Actor, text: str) -> list[Hit]:
    """People, bookings and items that the text names; none that this member may not see."""
    found = [_person(row) for row in contacts.contact_list(session, who, ContactFilter(text)).rows[:MOST_PEOPLE]]
    if who.may(Permission.BOOKINGS) and (booking := bookings.booking_named(session, who, text)):
        when = wording.moment(booking.starts_at, workspace_card(session, who).time_zone)
        about = f"{booking.contact}, {booking.service}, {when}"
        found.append(Hit("booking", booking.reference, about, f"/app/bookings/?booking={booking.id}"))
    if who.may(Permission.INVENTORY):
        found += [_item(row) for row in inventory.item_list(session, who, search=text).rows[:MOST_ITEMS]]
    return found


def _person(row: contacts.ContactRow) -> Hit:
    return Hit("person", row.name, ", ".join(filter(None, (row.phone, row.email))), f"/app/contacts/?contact={row.id}")


def _item(row: inventory.ItemRow) -> Hit:
    return Hit("item", row.name, f"{wording.quantity(row.available, row.unit)} free", f"/app/inventory/?item={row.id}")
