"""The open conversation: its story, who looks after it, open or closed. Its parts stand in modules of their own."""

from datetime import datetime
from typing import Any

import reflex as rx

from careops_app.dashboard.records import OpenConversation, open_conversation
from careops_app.dashboard.timeline import PAGE
from careops_app.errors import NotFound
from careops_app.inbox import service
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.inbox.composer_state import Composer
from careops_app.ui.inbox.delivery_state import Delivery
from careops_app.ui.inbox.pause_state import Pause
from careops_app.ui.inbox.person_state import PersonPanel
from careops_app.ui.inbox.practice_state import Practice
from careops_app.ui.inbox.rows import Seat
from careops_app.ui.session import actor
from careops_app.ui.timeline.lines import Line, lines_of
from careops_app.workspace.access import Permission


class ThreadState(Composer, Pause, Delivery, Practice, PersonPanel, rx.State):
    """One conversation. `conversation_id` 0: none is open; `missing`: the address names one that is not here."""

    missing: bool = False
    initials: str = ""
    reached: str = ""
    closed: bool = False
    assigned: str = ""
    seats: list[Seat] = []
    lines: list[Line] = []
    has_earlier: bool = False
    asks_close: bool = False
    close_consequence: str = ""
    _since: datetime | None = None
    _entries: int = 0

    @handler(Permission.INBOX)
    async def show_earlier(self) -> None:
        """Adds what was said before the first line."""
        await self._read(most=self._entries + PAGE)

    @handler(Permission.INBOX)
    async def assign_to(self, member_id: int) -> Any:
        """Says who looks after it; 0 is nobody in particular."""
        await transact(service.assign, actor(), self.conversation_id, member_id or None)
        await self._read()
        return toasts.done(f"{self.assigned or 'Nobody in particular'} looks after {self.name}.")

    @handler(Permission.INBOX)
    async def close(self) -> Any:
        """Puts it away, after a question when something would be dropped."""
        if self.held and not self.asks_close:
            self.asks_close = True
            return None
        self.asks_close = False
        await transact(service.close, actor(), self.conversation_id)
        await self._read()
        return toasts.done("Closed. A new message opens it again.", undo=type(self).reopen)

    @handler(Permission.INBOX)
    def set_asks_close(self, asks: bool) -> None:
        """The question was closed."""
        self.asks_close = asks

    @handler(Permission.INBOX)
    async def reopen(self) -> Any:
        """Takes a closed one back."""
        await transact(service.reopen, actor(), self.conversation_id)
        await self._read()
        return toasts.done("Open again.")

    async def _open(self, conversation_id: int | None, message_id: int | None) -> None:
        """Shows a conversation, and over it the record of one message when the address names it."""
        fresh = conversation_id != self.conversation_id
        if fresh:
            self.asks_resume = self.asks_close = self.shows_record = self.practices = self.shows_person = False
            self._since, self._entries, self.missing = None, 0, False
        if conversation_id is None:
            assign(self, conversation_id=0, contact_id=0, lines=[], missing=False)
            return
        try:
            await transact(service.mark_read, actor(), conversation_id)
            await self._load(conversation_id, fresh=fresh)
            if message_id is not None and fresh:
                await self._open_record(message_id)
        except NotFound:
            assign(self, conversation_id=0, contact_id=0, lines=[], missing=True)

    async def _read(self, most: int = 0) -> None:
        if self.conversation_id:
            await self._load(self.conversation_id, most=most)

    async def _load(self, conversation_id: int, *, fresh: bool = False, most: int = 0) -> None:
        """Reads all that is on the screen already and what came since, or the newest `most`."""
        since = None if most else self._since
        length = most or max(self._entries, PAGE)
        view = await fetch(open_conversation, actor(), conversation_id, most=length, since=since)
        self._show_story(view)
        self._show_head(view)
        self._show_pause(view)
        self._show_practice(view)
        self._show_person(view)
        await self._show_composer(view, fresh=fresh)

    def _show_story(self, view: OpenConversation) -> None:
        entries = view.story.entries
        self._since, self._entries = entries[0].at if entries else None, len(entries)
        assign(self, lines=lines_of(entries, view.time_zone), has_earlier=view.story.has_earlier)

    def _show_head(self, view: OpenConversation) -> None:
        head, addresses = view.head, view.person.record.addresses
        held = wording.plural(len(view.held), "held message", "held messages")
        assign(
            self,
            conversation_id=head.id,
            contact_id=head.contact_id,
            missing=False,
            name=head.name,
            first_name=head.name.partition(" ")[0],
            initials=wording.initials(head.name),
            reached=", ".join(address.shown for address in addresses if address.is_primary),
            closed=head.is_closed,
            assigned=head.assigned_name,
            seats=[Seat(each.id, each.name, each.id == head.assigned_to) for each in view.team],
            close_consequence=f"This drops {held} and ends the pause of automation. The history stays.",
        )
