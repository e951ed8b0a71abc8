"""The pause of automation in a conversation: who paused it, what is held, and Resume."""

from typing import Any

from careops_app.dashboard.records import OpenConversation
from careops_app.errors import Refused
from careops_app.inbox import service
from careops_app.inbox.service import Decision, Resumed
from careops_app.infra import clock, wording
from careops_app.infra.db import transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.inbox import rows
from careops_app.ui.inbox.open_thread import OpenThread
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission

DECIDE = "decide-"


class Pause(OpenThread, mixin=True):
    """Shown above the composer while automation is paused."""

    paused: str = ""
    held: list[rows.Waiting] = []
    held_words: str = ""
    asks_resume: bool = False

    @handler(Permission.INBOX)
    def set_asks_resume(self, asks: bool) -> None:
        """Opens and closes the question what becomes of the held messages."""
        self.asks_resume = asks

    @handler(Permission.INBOX)
    async def resume(self, form: dict[str, str]) -> Any:
        """Ends the pause; the form says of each held message whether it goes out now or is dropped."""
        self.asks_resume = False
        try:
            done = await transact(service.resume, actor(), self.conversation_id, _decisions(form))
        except Refused as problem:
            await self._read()
            return toasts.told(str(problem))
        await self._read()
        return toasts.done(_done(done))

    def _show_pause(self, view: OpenConversation) -> None:
        held = rows.waiting(view.held, "held", view.time_zone)
        assign(self, paused=_paused(view), held=held, held_words=_held_words(view))


def _decisions(form: dict[str, str]) -> dict[int, Decision]:
    return {
        int(name.removeprefix(DECIDE)): Decision.DROP if value == Decision.DROP else Decision.SEND
        for name, value in form.items()
        if name.startswith(DECIDE) and name.removeprefix(DECIDE).isdecimal()
    }


def _paused(view: OpenConversation) -> str:
    """“Elena Varga replied today 09:58”, or empty when automation is not paused."""
    if view.head.paused_at is None:
        return ""
    when = rows.within(wording.near(view.head.paused_at, view.time_zone, clock.now()))
    return f"{view.head.paused_by or 'Somebody'} replied {when}"


def _held_words(view: OpenConversation) -> str:
    reminders = " Booking reminders keep going." if view.head.keeps_reminders else ""
    if not view.held:
        return f"Nothing is held so far.{reminders}"
    return f"{wording.plural(len(view.held), 'message is', 'messages are')} held.{reminders}"


def _done(resumed: Resumed) -> str:
    parts = ["Automation goes on."]
    if resumed.sent:
        parts.append(f"{wording.plural(len(resumed.sent), 'message goes', 'messages go')} out now.")
    if resumed.dropped:
        parts.append(f"{wording.plural(len(resumed.dropped), 'message was', 'messages were')} dropped.")
    return " ".join(parts)
