"""What a member sees of their own account, and how they end their other sessions."""

from typing import Any

import reflex as rx

from careops_app.infra import wording
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.session import actor
from careops_app.ui.settings.team.state import PERMISSION_WORDS, ROLE_WORDS
from careops_app.workspace import queries, sign_in
from careops_app.workspace.access import Actor, Permission, Role


class AccountState(rx.State):
    """The signed-in member."""

    loaded: bool = False
    name: str = ""
    email: str = ""
    role: str = ""
    rights: str = ""

    @handler(Permission.MEMBER)
    async def load(self) -> None:
        """Reads who is signed in."""
        await self._read()
        self.loaded = True

    @handler(Permission.MEMBER)
    async def refresh(self) -> None:
        """Reads again after a change."""
        await self._read()

    @handler(Permission.MEMBER)
    async def sign_out_elsewhere(self) -> Any:
        """Ends every other session of this account."""
        who = actor()
        if who.user_id is None or who.session_id is None:
            return None
        ended = await transact(sign_in.end_other_sessions, SYSTEM, who.user_id, who.session_id)
        if not ended:
            return toasts.told("You are signed in nowhere else.")
        return toasts.done(f"Signed out of {wording.plural(ended, 'other browser')}.")

    async def _read(self) -> None:
        who = actor()
        team = await fetch(queries.members, who)
        email = next((row.email for row in team if row.id == who.member_id), "")
        assign(self, name=who.name, email=email, role=ROLE_WORDS[who.role], rights=_rights(who))


def _rights(who: Actor) -> str:
    if who.role == Role.OWNER:
        return "Everything, settings included"
    words = [word for permission, word in PERMISSION_WORDS.items() if who.may(permission)]
    return wording.listing(["Dashboard", "Contacts", *words])
