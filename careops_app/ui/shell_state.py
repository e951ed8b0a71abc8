"""What the frame around every screen shows: where work waits, how fresh it is, where one can switch to."""

from dataclasses import dataclass

import reflex as rx

from careops_app.automation.stops import StopRow, stop_of_all
from careops_app.dashboard.overview import Waiting, waiting
from careops_app.infra import clock, wording
from careops_app.infra.db import SYSTEM, fetch
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.reading import is_pushed, read
from careops_app.ui.restored import RestoredState
from careops_app.ui.session import SessionState, actor
from careops_app.workspace import queries
from careops_app.workspace.access import Actor, Permission, Role

ROLE_WORDS = {Role.OWNER: "Owner", Role.STAFF: "Staff"}


@dataclass(frozen=True)
class WorkspaceChoice:
    """A business this person may switch to."""

    id: int
    name: str
    is_current: bool


class ShellState(rx.State):
    """Read again on every screen and after every change. Counts show only where they mean work."""

    initials: str = ""
    role_word: str = ""
    place: str = ""
    updated: str = ""
    workspaces: list[WorkspaceChoice] = []
    inbox_count: int = 0
    bookings_count: int = 0
    forms_count: int = 0
    inventory_count: int = 0
    stopped: str = ""
    stopped_waiting: int = 0

    @rx.var
    def more_count(self) -> int:
        """What waits behind the phone's More tab."""
        return self.forms_count + self.inventory_count

    @handler(Permission.MEMBER)
    async def refresh(self) -> None:
        """Reads the frame again."""
        await self._read()

    async def _read(self) -> None:
        who = actor()
        workspace = await read(queries.workspace_card, who)
        session = await self.get_state(SessionState)
        businesses = await self._businesses(who, is_same=session.workspace_name == workspace.name)
        session._show(who, workspace)
        stop = await read(stop_of_all, who)
        assign(
            self,
            stopped=_stopped(stop, workspace.time_zone),
            stopped_waiting=stop.waiting if stop else 0,
            initials=wording.initials(who.name),
            role_word=ROLE_WORDS[who.role],
            place=workspace.address,
            updated=wording.clock_time(clock.now(), workspace.time_zone),
            workspaces=businesses,
            **_counts(await read(waiting, who)),
        )
        await (await self.get_state(RestoredState))._look(who, workspace.time_zone)

    async def _businesses(self, who: Actor, *, is_same: bool) -> list[WorkspaceChoice]:
        """Where this person may switch to; a change of this business can only have changed its name."""
        if who.user_id is None:
            return []
        if is_pushed.get() and is_same and self.workspaces:
            return list(self.workspaces)
        mine = await fetch(queries.workspaces_of_user, SYSTEM, who.user_id)
        return [WorkspaceChoice(one.id, one.name, one.id == who.workspace_id) for one in mine]


def _stopped(stop: StopRow | None, zone: str) -> str:
    """Who stopped all automation and when; empty while it runs."""
    return f"{stop.by} stopped it, {wording.near(stop.since, zone, clock.now())}." if stop else ""


def _counts(found: Waiting) -> dict[str, int]:
    return {f"{place}_count": count for place, count in vars(found).items()}
