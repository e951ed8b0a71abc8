"""What a person does in the inbox: picks a list, searches it, opens a conversation. All of it is in the address."""

from typing import Any

import reflex as rx

from careops_app.inbox import queries
from careops_app.inbox.quarantine_queries import suspected_count
from careops_app.inbox.queries import Filter
from careops_app.inbox.unverified import unverified_count
from careops_app.infra import wording
from careops_app.infra.db import fetch
from careops_app.ui import live
from careops_app.ui.fresh import asked, asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.inbox import rows
from careops_app.ui.inbox.address import address
from careops_app.ui.inbox.rows import Item, Tab
from careops_app.ui.inbox.thread_state import ThreadState
from careops_app.ui.reading import read
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

LONGEST_SEARCH = 80
REST_WORDS = {Filter.CLOSED: "Closed"}


class InboxState(rx.State):
    """The list. `back` is its address without the open conversation; `box` changes when the search line must."""

    loaded: bool = False
    waiting: list[Item] = []
    rest: list[Item] = []
    waiting_count: int = 0
    rest_count: int = 0
    rest_word: str = "Answered"
    tabs: list[Tab] = []
    filters: list[Tab] = []
    filter_word: str = ""
    q: str = ""
    box: int = 0
    back: str = ""
    clear: str = ""
    pages: str = ""
    earlier_page: str = ""
    later_page: str = ""
    suspected: str = ""
    _chosen: Filter = Filter.OPEN
    _page: int = 1
    _open: int | None = None
    _typed: str = ""

    @handler(Permission.INBOX)
    async def load(self) -> None:
        """Opens the list and the conversation that the address names."""
        live.join(InboxState.refresh)
        wanted, text = asked(self, "filter"), asked(self, "q")[:LONGEST_SEARCH].strip()
        self._chosen = Filter(wanted) if wanted in tuple(Filter) else Filter.OPEN
        self._page, self._open = asked_id(self, "page") or 1, asked_id(self, "c")
        if text != self._typed:
            self.box, self._typed = self.box + 1, text
        assign(self, q=text)
        thread = await self.get_state(ThreadState)
        await thread._open(self._open, asked_id(self, "message"))
        await self._read()

    @handler(Permission.INBOX)
    async def refresh(self) -> None:
        """Reads list and conversation again after a change."""
        thread = await self.get_state(ThreadState)
        await thread._read()
        await self._read()

    @handler(Permission.INBOX, debounce=250)
    async def search(self, text: str) -> Any:
        """Narrows the list to people and words."""
        self._typed = text[:LONGEST_SEARCH].strip()
        return rx.redirect(address(self._chosen, self._typed, 1, self._open), replace=True)

    async def _read(self) -> None:
        who = actor()
        listed = fetch if self._chosen == Filter.MINE else read
        page = await listed(queries.conversation_list, who, self._chosen, self.q, self._page)
        counts, mine = await read(queries.inbox_counts, who), await fetch(queries.mine_count, who)
        suspected = await read(suspected_count, who) + await read(unverified_count, who)
        zone = (await read(workspaces.workspace_card, who)).time_zone
        self._page = page.page
        waiting, rest = rows.items(page, (self._chosen, self.q), zone)
        tabs, filters = rows.tabs(counts, mine, self._chosen, self.q, self._open)
        assign(
            self,
            waiting=waiting,
            rest=rest,
            waiting_count=page.unanswered,
            rest_count=page.total - page.unanswered,
            rest_word=REST_WORDS.get(self._chosen, "Answered"),
            tabs=tabs,
            filters=filters,
            filter_word=rows.FILTER_WORDS[self._chosen] if self._chosen != Filter.OPEN else "",
            back=address(self._chosen, self.q, self._page),
            clear=address(conversation=self._open),
            suspected=f"Suspected spam ({suspected})" if suspected else "",
            loaded=True,
            **self._pager(page),
        )

    def _pager(self, page: queries.ConversationPage) -> dict[str, str]:
        """“26–50 of 132” and the ways to its neighbours; all empty while one page is enough."""
        if page.pages == 1:
            return {"pages": "", "earlier_page": "", "later_page": ""}
        first = (page.page - 1) * queries.PAGE + 1
        there = [page.page - 1 if page.page > 1 else 0, page.page + 1 if page.page < page.pages else 0]
        before, after = [address(self._chosen, self.q, each, self._open) if each else "" for each in there]
        return {
            "pages": f"{first}–{first + len(page.rows) - 1} of {wording.quantity(page.total)}",
            "earlier_page": before,
            "later_page": after,
        }
