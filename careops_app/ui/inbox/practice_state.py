"""Practice on a captured channel: writing as the customer would, since nothing leaves the machine and nobody answers."""

from typing import Any

from typing_extensions import TypedDict

from careops_app.dashboard.records import OpenConversation
from careops_app.errors import Invalid, Refused
from careops_app.inbox import service
from careops_app.inbox.models import ChannelKind
from careops_app.infra.db import transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.inbox import rows
from careops_app.ui.inbox.open_thread import OpenThread
from careops_app.ui.inbox.rows import Choice
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission


class PracticeForm(TypedDict):
    practice_channel: str
    words: str


class Practice(OpenThread, mixin=True):
    """The reply that is invented for the customer."""

    practice: list[Choice] = []
    practices: bool = False
    practice_problem: str = ""

    @handler(Permission.INBOX)
    def set_practices(self, practices: bool) -> None:
        """Opens and closes the dialog."""
        self.practices, self.practice_problem = practices, ""

    @handler(Permission.INBOX)
    async def simulate(self, form: PracticeForm) -> Any:
        """Lets the customer write; from here on everything is as real as ever."""
        chosen = form["practice_channel"]
        if chosen not in {choice.kind for choice in self.practice}:
            self.practice_problem = "Choose a channel."
            return None
        try:
            await transact(service.simulate_reply, actor(), self.conversation_id, ChannelKind(chosen), form["words"])
        except (Invalid, Refused) as problem:
            self.practice_problem = str(problem)
            return None
        self.practices, self.practice_problem = False, ""
        await self._read()
        return toasts.done(f"{self.first_name}’s invented reply has arrived.")

    def _show_practice(self, view: OpenConversation) -> None:
        usable = [choice for choice in rows.choices(view.head.channels) if choice.captured and not choice.why_not]
        assign(self, practice=usable)
