"""What an owner does with API keys: makes one, sees it once, revokes it."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.errors import Invalid
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace import queries, service
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import ApiKeyRow


class KeyForm(TypedDict):
    key_name: str


@dataclass(frozen=True)
class KeyLine:
    """A key that works: its beginning, never the whole."""

    id: int
    name: str
    prefix: str
    made: str
    used: str


class KeysState(rx.State):
    """The keys that work. `fresh` is the one just made: shown until the block is opened again, never read back."""

    loaded: bool = False
    keys_shown: list[KeyLine] = []
    fresh: str = ""
    made: int = 0
    asking: bool = False
    revoking: int = 0
    revoking_name: str = ""
    errors: dict[str, str] = {}

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the block; a key that was shown before is gone."""
        self.fresh, self.asking, self.errors = "", False, {}
        await self._read()
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change."""
        await self._read()

    @handler(Permission.CONFIGURE)
    async def create(self, form: KeyForm) -> Any:
        """Makes a key and shows it, this once."""
        try:
            self.fresh = await transact(service.create_api_key, actor(), form["key_name"])
        except Invalid as problem:
            self.errors = {"key_name": str(problem)}
            return focus_first()
        self.errors = {}
        self.made += 1
        await self._read()
        return None

    @handler(Permission.CONFIGURE)
    def ask_to_revoke(self, key_id: int) -> None:
        """Asks before a key stops working."""
        self.asking, self.revoking = True, key_id
        self.revoking_name = next((line.name for line in self.keys_shown if line.id == key_id), "")

    @handler(Permission.CONFIGURE)
    def set_asking(self, open: bool) -> None:
        """The question was closed."""
        self.asking = open

    @handler(Permission.CONFIGURE)
    async def revoke(self) -> Any:
        """Makes the key in question useless."""
        self.asking, self.fresh = False, ""
        await transact(service.revoke_api_key, actor(), self.revoking)
        await self._read()
        return toasts.done(f"“{self.revoking_name}” no longer opens anything.")

    async def _read(self) -> None:
        who = actor()
        zone = (await fetch(queries.workspace_card, who)).time_zone
        assign(self, keys_shown=[_line(row, zone) for row in await fetch(queries.api_keys, who)])


def _line(row: ApiKeyRow, zone: str) -> KeyLine:
    used = f"last used {wording.near(row.last_used_at, zone, clock.now())}" if row.last_used_at else "never used"
    return KeyLine(row.id, row.name, f"{row.prefix}…", f"Made {wording.plain_day(row.created_at, zone)}", used)
