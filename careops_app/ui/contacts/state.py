"""What a person does with the list of contacts: searches, filters, pages, adds one."""

from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.contacts import queries, service
from careops_app.contacts.queries import ContactFilter, ContactPage
from careops_app.contacts.service import ContactDraft
from careops_app.contacts.stages import Stage
from careops_app.errors import Invalid, Refused
from careops_app.infra import wording
from careops_app.infra.db import transact
from careops_app.ui import live
from careops_app.ui.contacts import rows
from careops_app.ui.contacts.address import list_address, record_address
from careops_app.ui.contacts.record_state import RecordState
from careops_app.ui.contacts.rows import ContactLine, Tab
from careops_app.ui.fresh import asked, asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.reading import read
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

LONGEST_SEARCH = 80


class NewContactForm(TypedDict):
    new_name: str
    new_email: str
    new_phone: str


class ContactsState(rx.State):
    """The list. `box` changes when the search line must; `here` is the address of the list as it is filtered."""

    loaded: bool = False
    lines: list[ContactLine] = []
    total: str = ""
    tabs: list[Tab] = []
    tags: list[tuple[str, str]] = []
    tag: str = ""
    q: str = ""
    box: int = 0
    filtered: bool = False
    here: str = ""
    pages: str = ""
    earlier_page: str = ""
    later_page: str = ""
    asks_new: bool = False
    errors: dict[str, str] = {}
    may_write: bool = False
    _stage: Stage | None = None
    _page: int = 1
    _typed: str = ""

    @handler(Permission.MEMBER)
    async def load(self) -> None:
        """Opens what the address names: a record, or the list with its filters."""
        live.join(ContactsState.refresh)
        stage, text = asked(self, "stage"), asked(self, "q")[:LONGEST_SEARCH].strip()
        self._stage = Stage(stage) if stage in tuple(Stage) else None
        self._page = asked_id(self, "page") or 1
        if text != self._typed:
            self.box, self._typed = self.box + 1, text
        assign(self, q=text, tag=asked(self, "tag"))
        who = actor()
        self.may_write = who.may(Permission.INBOX) or who.may(Permission.BOOKINGS)
        record = await self.get_state(RecordState)
        await record._open(asked_id(self, "contact"), asked(self, "show"))
        await self._read()

    @handler(Permission.MEMBER)
    async def refresh(self) -> None:
        """Reads again after a change."""
        record = await self.get_state(RecordState)
        await record._read()
        await self._read()

    @handler(Permission.MEMBER, debounce=250)
    async def search(self, text: str) -> Any:
        """Narrows the list to names, addresses and numbers that begin like this."""
        self._typed = text[:LONGEST_SEARCH].strip()
        return rx.redirect(list_address(self._typed, self._stage or "", self.tag), replace=True)

    @handler(Permission.MEMBER)
    async def choose_tag(self, tag: str) -> Any:
        """Narrows the list to a tag; empty is every contact."""
        return rx.redirect(list_address(self.q, self._stage or "", tag[:60]))

    @handler(Permission.MEMBER)
    def set_asks_new(self, asks: bool) -> None:
        """Opens and closes the dialog for a new contact."""
        self.asks_new, self.errors = asks, {}

    @handler(Permission.MEMBER)
    async def create(self, form: NewContactForm) -> Any:
        """Adds a contact and opens its record."""
        draft = ContactDraft(form["new_name"], (form["new_email"],), (form["new_phone"],))
        try:
            contact_id = await transact(service.create, actor(), draft)
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        except Refused as problem:
            self.errors = {"form": str(problem)}
            return None
        self.asks_new, self.errors = False, {}
        return rx.redirect(record_address(contact_id))

    async def _read(self) -> None:
        who = actor()
        wanted = ContactFilter(self.q, self._stage, self.tag or None)
        page = await read(queries.contact_list, who, wanted, self._page)
        counts = await read(queries.stage_counts, who, wanted)
        tags = await read(queries.tags_in_use, who)
        zone = (await read(workspaces.workspace_card, who)).time_zone
        self._page = page.page
        assign(
            self,
            lines=[rows.contact_line(row, zone) for row in page.rows],
            total=wording.plural(page.total, "contact"),
            tabs=rows.stage_tabs(counts, wanted),
            tags=[("", "Every tag"), *((each.tag, f"{each.tag} ({each.count})") for each in tags)],
            filtered=bool(self.q or self._stage or self.tag),
            here=list_address(self.q, self._stage or "", self.tag, self._page),
            loaded=True,
            **self._pager(page),
        )

    def _pager(self, page: ContactPage) -> dict[str, str]:
        if page.pages == 1:
            return {"pages": "", "earlier_page": "", "later_page": ""}
        first = (page.page - 1) * queries.PAGE + 1
        before, after = page.page - 1, page.page + 1 if page.page < page.pages else 0
        return {
            "pages": f"{first}–{first + len(page.rows) - 1} of {wording.quantity(page.total)}",
            "earlier_page": self._page_address(before),
            "later_page": self._page_address(after),
        }

    def _page_address(self, page: int) -> str:
        return list_address(self.q, self._stage or "", self.tag, page) if page else ""
