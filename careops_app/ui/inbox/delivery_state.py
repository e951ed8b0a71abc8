"""How one message fared: the rule and the event behind it, every try to deliver it, and what can be done now."""

from dataclasses import dataclass
from typing import Any

from careops_app.automation.rules import RULES
from careops_app.errors import NotFound
from careops_app.inbox import service, thread_queries
from careops_app.inbox.thread_queries import MessageRow, Why
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.explain import address as explain
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.inbox import rows
from careops_app.ui.inbox.open_thread import OpenThread
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission


@dataclass(frozen=True)
class Record:
    """One message's delivery. `rule` is empty for what a person wrote."""

    id: int = 0
    title: str = ""
    recipient: str = ""
    state: str = ""
    reason: str = ""
    rule: str = ""
    sentence: str = ""
    rule_link: str = ""
    event: str = ""
    explain_link: str = ""
    may_retry: bool = False
    may_drop: bool = False
    may_confirm: bool = False


class Delivery(OpenThread, mixin=True):
    """The delivery record that is open over the thread."""

    record: Record = Record()
    tries: list[rows.Attempt] = []
    shows_record: bool = False

    @handler(Permission.INBOX)
    async def open_message(self, message_id: int) -> None:
        """Opens the record of a message of this conversation."""
        await self._open_record(message_id)

    @handler(Permission.INBOX)
    def set_shows_record(self, shows: bool) -> None:
        """Closes the record."""
        self.shows_record = shows

    @handler(Permission.INBOX)
    async def retry(self) -> Any:
        """Sends a failed message again."""
        await transact(service.retry_message, actor(), self.record.id)
        await self._open_record(self.record.id)
        await self._read()
        return toasts.done("It is tried again now.")

    @handler(Permission.INBOX)
    async def drop(self) -> Any:
        """Gives a message up."""
        await transact(service.drop_message, actor(), self.record.id)
        self.shows_record = False
        await self._read()
        return toasts.done("Dropped. It stays in the history as skipped.")

    @handler(Permission.INBOX)
    async def arrived(self) -> Any:
        """Says of a message in doubt that it arrived."""
        await transact(service.mark_arrived, actor(), self.record.id)
        await self._open_record(self.record.id)
        await self._read()
        return toasts.done("Noted: it arrived.")

    async def _open_record(self, message_id: int) -> None:
        """Raises NotFound for messages outside this conversation."""
        row = await fetch(thread_queries.message, actor(), message_id)
        if row.conversation_id != self.conversation_id:
            raise NotFound("The message")
        tries = await fetch(thread_queries.attempts, actor(), message_id)
        zone = (await fetch(workspaces.workspace_card, actor())).time_zone
        assign(self, record=_record(row, zone), tries=rows.attempts(tries, zone), shows_record=True)


def _record(row: MessageRow, zone: str) -> Record:
    written = f"Written by {row.author_name}" if row.why is None else row.what
    return Record(
        id=row.id, title=written, recipient=_recipient(row), state=row.state_key.removeprefix("message."),
        reason=row.reason, may_retry=row.may_retry, may_drop=row.may_drop, may_confirm=row.may_confirm,
        explain_link=explain.of_message(row.id),
        **(_because(row.why, zone) if row.why else {}),
    )  # fmt: skip


def _recipient(row: MessageRow) -> str:
    channel = rows.CHANNEL_WORDS[row.channel] if row.channel else "no channel"
    return f"{row.recipient}, by {channel}" if row.recipient else f"Nobody, {channel}"


def _because(why: Why, zone: str) -> dict[str, str]:
    rule = RULES.get(why.rule)
    when = f", {wording.moment(why.event_at, zone)}" if why.event_at else ""
    return {
        "rule": why.rule_name,
        "sentence": rule.sentence.replace("**", "").replace("{delay}", "for the time set") if rule else "",
        "rule_link": f"/app/automation/?rule={why.rule}#log",
        "event": f"{why.event_name.replace('.', ' ').replace('_', ' ')}{when}",
    }
