"""What an owner switches: one rule on or off, and the stop of all automation. Asks first when messages wait."""

from dataclasses import replace
from typing import Any

import reflex as rx

from careops_app.automation import service
from careops_app.automation.rules import RULES
from careops_app.automation.terms import Waiting
from careops_app.errors import Refused
from careops_app.inbox.answering import Decision
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.automation.editor_state import AFTER_SAVING, WaitLine, waiting_lines
from careops_app.ui.automation.state import AutomationState
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.session import actor
from careops_app.ui.shell_state import ShellState
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission


class SwitchState(rx.State):
    """The question before a rule is switched off, and before all automation stops or goes on."""

    key: str = ""
    name: str = ""
    waiting: list[WaitLine] = []
    waiting_words: str = ""
    asks_stop: bool = False

    @handler(Permission.CONFIGURE)
    async def switch(self, key: str, on: bool) -> Any:
        """Turns a rule on or off; asks first when messages wait."""
        try:
            await transact(service.switch_rule, actor(), key, on, Waiting.UPDATE if on else None)
        except Refused as refusal:
            if refusal.code != "waiting":
                raise
            return await self._ask(key)
        return await self._done(key, f"is {'on' if on else 'off'} from the next event on.")

    @handler(Permission.CONFIGURE)
    async def switch_off(self, decision: str) -> Any:
        """Turns the rule in question off; what waits is kept or dropped."""
        key, chosen = self.key, Waiting.KEEP if decision == "keep" else Waiting.DROP
        self.key = ""
        if key not in RULES:
            return None
        await transact(service.switch_rule, actor(), key, False, chosen)
        return await self._done(key, f"is off. {AFTER_SAVING[chosen]}")

    @handler(Permission.CONFIGURE)
    def leave_on(self, open: bool) -> None:
        """Closes the question."""
        if not open:
            self.key = ""

    @handler(Permission.CONFIGURE)
    def ask_stop(self, open: bool) -> None:
        """Opens or closes the question whether to stop everything."""
        self.asks_stop = open

    @handler(Permission.CONFIGURE)
    async def stop_all(self) -> Any:
        """Stops all automation."""
        self.asks_stop = False
        await transact(service.stop_all, actor())
        await (await self.get_state(ShellState))._read()
        return toasts.done("All automation is stopped. Messages wait until you let it go on.")

    @handler(Permission.CONFIGURE)
    async def resume_all(self, decision: str) -> Any:
        """Lets automation go on; what waits is sent or dropped."""
        chosen = Decision.DROP if decision == "drop" else Decision.SEND
        count = await transact(service.resume_all, actor(), chosen)
        await (await self.get_state(ShellState))._read()
        waited = wording.plural(count, "message")
        told = {Decision.SEND: f" {waited} on the way.", Decision.DROP: f" {waited} dropped."}[chosen] if count else ""
        return toasts.done(f"Automation goes on.{told}")

    async def _ask(self, key: str) -> None:
        who = actor()
        zone = (await fetch(workspaces.workspace_card, who)).time_zone
        draft = replace(await fetch(service.draft_now, who, key), enabled=False)
        found = await fetch(service.outlook, who, draft)
        assign(self, key=key, name=RULES[key].name, **waiting_lines(found.waiting, zone))

    async def _done(self, key: str, said: str) -> Any:
        await (await self.get_state(AutomationState))._read()
        return toasts.done(f"“{RULES[key].name}” {said}")
