"""Writing: the channel, what sending will hold, and sending once. The text itself lives in the browser (inbox.js)."""

import uuid
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.dashboard.records import OpenConversation
from careops_app.errors import Invalid, Refused
from careops_app.inbox import service
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.service import Reply
from careops_app.inbox.thread_queries import ConversationHead, Stoppable
from careops_app.infra import wording
from careops_app.infra.db import transact
from careops_app.infra.settings import settings
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.inbox import rows
from careops_app.ui.inbox.open_thread import OpenThread
from careops_app.ui.inbox.rows import NOTE, Choice
from careops_app.ui.session import SessionState, actor
from careops_app.workspace.access import Permission

SHOW_NEWEST = "careopsInbox.newest()"
FORGET_DRAFT = "careopsInbox.sent('{draft}')"


class SendForm(TypedDict):
    """`seen`: the newest reply when the text was begun, as the browser noted it."""

    conversation: str
    client_key: str
    seen: str
    body: str


class Composer(OpenThread, mixin=True):
    """The composer of the open conversation."""

    channels: list[Choice] = []
    channel: str = NOTE
    to: str = ""
    captured: bool = False
    refusal: str = ""
    newer: str = ""
    draft: str = ""
    send_key: str = ""
    last_reply: str = "0"
    keep: bool = False
    will: list[rows.Waiting] = []
    will_title: str = ""
    will_title_kept: str = ""
    has_reminders: bool = False
    booking_page: str = ""
    _reviewed: int = 0
    _sent_key: str = ""

    @handler(Permission.INBOX)
    def pick(self, kind: str) -> None:
        """Chooses the channel; one that cannot be used says why instead."""
        choice = next((one for one in self.channels if one.kind == kind), None)
        if choice is None:
            return
        self.refusal = choice.why_not
        if not choice.why_not:
            self._choose(choice)

    @handler(Permission.INBOX)
    def set_keep(self, keep: bool) -> None:
        """Whether booking reminders go on in spite of the reply."""
        self.keep = keep

    @handler(Permission.INBOX)
    async def send(self, form: SendForm) -> Any:
        """Sends what is written, or keeps it as a note. Whatever refuses it, the text stays where it is."""
        if form["client_key"] == self._sent_key:
            return None  # the second half of a double click
        if form["conversation"] != str(self.conversation_id):
            return toasts.refused("Another conversation was opened meanwhile. Your text is kept in the first one.")
        try:
            late = await (self._keep_note(form) if self.channel == NOTE else self._reply(form))
        except Invalid as problem:
            self.refusal = str(problem)
            return None
        except Refused as problem:
            await self._explain(problem)
            return rx.call_script(SHOW_NEWEST) if self.newer else None
        draft, self._sent_key = self.draft, form["client_key"]
        self._begin()
        await self._read()
        return [rx.call_script(FORGET_DRAFT.format(draft=draft)), *([toasts.told(late)] if late else [])]

    async def _keep_note(self, form: SendForm) -> str:
        await transact(service.note, actor(), self.conversation_id, form["body"], form["client_key"][:64])
        return ""

    async def _reply(self, form: SendForm) -> str:
        """What the thread itself does not show: automatic messages that were leaving already."""
        began = int(form["seen"]) if form["seen"].isdecimal() and len(form["seen"]) < 19 else 0
        reply = Reply(
            self.conversation_id, ChannelKind(self.channel), form["body"], self.keep, form["client_key"][:64],
            max(began, self._reviewed),
        )  # fmt: skip
        replied = await transact(service.reply, actor(), reply)
        leaving = wording.listing(each.what for each in replied.in_flight)
        return f"Sent. Too late to hold: {leaving} was leaving already." if leaving else ""

    async def _explain(self, problem: Refused) -> None:
        """A colleague's newer answer is shown, and the next press sends; other refusals say what is wrong."""
        await self._read()
        if problem.code == "answered_since":
            self._reviewed = int(self.last_reply)
            self.newer, self.refusal = f"{problem} Your text is kept.", ""
        else:
            self.refusal = f"{problem} Your text is kept."

    def _begin(self) -> None:
        """An empty composer: a new press of Send is a new message."""
        self.send_key = uuid.uuid4().hex
        self.refusal, self.newer, self._reviewed = "", "", 0

    async def _show_composer(self, view: OpenConversation, *, fresh: bool) -> None:
        """`fresh`: another conversation was opened, so the channel is preset again."""
        shown = {address.value: address.shown for address in view.person.record.addresses}
        channels = [_shown(choice, shown) for choice in rows.choices(view.head.channels)]
        session = await self.get_state(SessionState)
        assign(
            self,
            channels=channels,
            draft=f"{actor().member_id}-{view.head.id}",
            last_reply=str(view.head.last_reply.id if view.head.last_reply else 0),
            booking_page=f"{settings().public_url}/b/{session.workspace_slug}",
            **_notice(view),
        )
        if fresh:
            self._begin()
            chosen = _preset(view.head, channels)
            self.channel, self.keep = chosen.kind, view.head.keeps_reminders
        self._choose(next(one for one in channels if one.kind == self.channel))

    def _choose(self, choice: Choice) -> None:
        assign(self, channel=choice.kind, to=_to(choice), captured=choice.captured)


def _shown(choice: Choice, addresses: dict[str, str]) -> Choice:
    return Choice(
        choice.kind, choice.word, addresses.get(choice.address, choice.address), choice.why_not, choice.captured
    )


def _preset(head: ConversationHead, channels: list[Choice]) -> Choice:
    """The channel used last, else the first that can be used; a note can always be kept."""
    last = next((str(channel.kind) for channel in head.channels if channel.is_last_used), "")
    usable = [choice for choice in channels if not choice.why_not]
    return next((choice for choice in usable if choice.kind == last), usable[0])


def _to(choice: Choice) -> str:
    if choice.kind == NOTE:
        return "only the team sees it"
    if choice.why_not:
        return choice.why_not
    return f"to {choice.address}"


def _notice(view: OpenConversation) -> dict[str, Any]:
    """What sending will do to the messages that go out by themselves."""
    reminders = sum(each.is_reminder for each in view.will_hold)
    others = len(view.will_hold) - reminders
    titles = _while_paused(view) if view.head.paused_at else _before_pause(view.will_hold, others)
    return {
        "will": rows.waiting(view.will_hold, "queued", view.time_zone),
        "will_title": titles[0],
        "will_title_kept": titles[1],
        "has_reminders": reminders > 0 or (view.head.paused_at is not None and view.head.keeps_reminders),
    }


def _before_pause(will_hold: tuple[Stoppable, ...], others: int) -> tuple[str, str]:
    if not will_hold:
        return "", ""
    kept = f"Sending this will hold {wording.plural(others, 'automated message')}. Booking reminders keep going."
    return (
        f"Sending this will hold {wording.plural(len(will_hold), 'automated message')}.",
        kept if others else "Sending this pauses automation. Booking reminders keep going.",
    )


def _while_paused(view: OpenConversation) -> tuple[str, str]:
    stay = f" {wording.plural(len(view.held), 'message stays', 'messages stay')} held." if view.held else ""
    paused = f"Automation stays paused for {view.head.name.partition(' ')[0]} after you send.{stay}"
    return paused, f"{paused} Booking reminders keep going."
