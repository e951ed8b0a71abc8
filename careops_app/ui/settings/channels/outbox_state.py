"""The messages that a captured channel kept on this machine, and the customer's answers that are made up here."""

import re
from dataclasses import dataclass
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.errors import Invalid
from careops_app.inbox import channel_queries, service
from careops_app.inbox.channel_queries import CapturedRow
from careops_app.inbox.models import ChannelKind
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import workspace_card

HOME = "/app/settings/?section=channels"
_ADDRESS = re.compile(r"(https?://\S+?)(?=[.,;)]?(?:\s|$))")


class SimulatedReply(TypedDict):
    reply_text: str


@dataclass(frozen=True)
class Piece:
    """A stretch of a message's text; with an `address` it is a link."""

    text: str
    address: str


@dataclass(frozen=True)
class Kept:
    """One message that stayed here."""

    id: int
    conversation_id: int
    channel: str
    recipient: str
    subject: str
    pieces: list[Piece]
    what: str
    has_invite: bool
    time: str
    instant: str


class OutboxState(rx.State):
    """One page of kept messages; at most one is being answered in the customer's place."""

    loaded: bool = False
    kept: list[Kept] = []
    older: str = ""
    newest: str = ""
    answering: int = 0
    errors: dict[str, str] = {}

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the page that the address names."""
        self.answering, self.errors = 0, {}
        await self._read()
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change."""
        await self._read()

    @handler(Permission.CONFIGURE)
    def answer(self, message_id: int) -> None:
        """Opens the field for a reply in the customer's place; 0 closes it."""
        self.answering, self.errors = message_id, {}

    @handler(Permission.CONFIGURE)
    async def simulate(self, form: SimulatedReply) -> Any:
        """Writes as the customer would; everything after it is real."""
        message = next((each for each in self.kept if each.id == self.answering), None)
        if message is None or not message.conversation_id:
            return None
        who, channel = actor(), ChannelKind(message.channel)
        try:
            await transact(service.simulate_reply, who, message.conversation_id, channel, form["reply_text"])
        except Invalid as problem:
            self.errors = {"reply_text": str(problem)}
            return focus_first()
        self.answering, self.errors = 0, {}
        await self._read()
        to = rx.redirect(f"/app/inbox/?c={message.conversation_id}")
        return toasts.told("The reply has arrived in the inbox.", action=to, label="Open")

    async def _read(self) -> None:
        who, before = actor(), asked_id(self, "before")
        zone = (await fetch(workspace_card, who)).time_zone
        page = await fetch(channel_queries.captured_outbox, who, before)
        older = f"{HOME}&before={page.before}#outbox" if page.before else ""
        assign(
            self, kept=[_kept(row, zone) for row in page.rows], older=older, newest=f"{HOME}#outbox" if before else ""
        )


def _kept(row: CapturedRow, zone: str) -> Kept:
    return Kept(
        id=row.id, conversation_id=row.conversation_id or 0, channel=str(row.channel or ""),
        recipient=row.recipient, subject=row.subject, pieces=_pieces(row.body), what=row.what or f"Written by {row.author_name}",
        has_invite=row.has_invite, time=wording.near(row.at, zone, clock.now()), instant=row.at.isoformat(),
    )  # fmt: skip


def _pieces(body: str) -> list[Piece]:
    """The text with its links apart, so that a link can be followed as the customer would."""
    return [Piece(text, text if at % 2 else "") for at, text in enumerate(_ADDRESS.split(body)) if text]
