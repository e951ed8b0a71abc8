"""What the team decides about one planned message of the open booking: skip it, reword it, let it go as planned."""

from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.automation.plan_changes import PlanKey
from careops_app.automation.plan_editing import reword_planned, send_as_planned, skip_planned, words_of_planned
from careops_app.automation.rules import RULES
from careops_app.errors import Invalid, NotFound, Refused
from careops_app.inbox.templates import TITLES, Template, Words
from careops_app.infra.db import fetch, transact
from careops_app.ui.bookings.record_state import RecordState
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission


class PlanForm(TypedDict):
    subject: str
    body: str
    text: str


class PlanState(rx.State):
    """The planned message that is being reworded; none while `key` is empty."""

    key: str = ""
    title: str = ""
    subject: str = ""
    body: str = ""
    text: str = ""
    errors: dict[str, str] = {}

    @handler(Permission.BOOKINGS)
    async def skip(self, key: str) -> Any:
        """The message is not sent."""
        return await self._decide(skip_planned, key, "Skipped: it is not sent.")

    @handler(Permission.BOOKINGS)
    async def go(self, key: str) -> Any:
        """The message goes as planned after all."""
        return await self._decide(send_as_planned, key, "It goes out as planned.")

    @handler(Permission.BOOKINGS)
    async def reword(self, key: str) -> None:
        """Opens the words of one message."""
        if (found := key_of(key)) is None:
            return
        words = await fetch(words_of_planned, actor(), found)
        title = TITLES[Template(RULES[found.rule].template or "")]
        assign(self, key=key, title=title, subject=words.subject, body=words.body, text=words.text, errors={})

    @handler(Permission.BOOKINGS)
    def leave(self, open: bool) -> None:
        """Closes the words without saving."""
        if not open:
            self.key = ""

    @handler(Permission.BOOKINGS)
    async def save(self, form: PlanForm) -> Any:
        """Uses these words for this one message."""
        key = key_of(self.key)
        if key is None:
            return None
        words = Words(form["subject"], form["body"], form["text"])
        try:
            await transact(reword_planned, actor(), key, words)
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        except (Refused, NotFound) as refusal:
            self.key = ""
            return toasts.refused(str(refusal))
        self.key = ""
        await (await self.get_state(RecordState))._read()
        return toasts.done("This one message goes out in your words. The rule stays as it is.")

    async def _decide(self, command: Any, key: str, said: str) -> Any:
        if (found := key_of(key)) is None:
            return None
        try:
            await transact(command, actor(), found)
        except (Refused, NotFound) as refusal:
            await (await self.get_state(RecordState))._read()
            return toasts.refused(str(refusal))
        await (await self.get_state(RecordState))._read()
        return toasts.done(said)


def key_of(text: str) -> PlanKey | None:
    """“booking/12/booking-reminder/120” as the plan names it; None for what no plan names."""
    parts = text.split("/")
    if len(parts) != 4 or not (parts[1].isdecimal() and parts[3].isdecimal()) or len(text) > 80:
        return None
    about, about_id, rule, minutes = parts
    return PlanKey(about, int(about_id), rule, int(minutes)) if rule in RULES else None
