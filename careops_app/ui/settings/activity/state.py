"""The audit log, a page at a time: `?before=` is the last entry of the page before."""

from dataclasses import dataclass

import reflex as rx

from careops_app.infra import clock, wording
from careops_app.infra.db import fetch
from careops_app.ui.fresh import asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.session import actor
from careops_app.workspace import queries
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import AuditRow

PAGE = 25
HOME = "/app/settings/?section=activity"


@dataclass(frozen=True)
class Deed:
    """Who did what, and when."""

    id: int
    who: str
    what: str
    subject: str
    time: str
    instant: str


class ActivityState(rx.State):
    """One page of the log."""

    loaded: bool = False
    deeds: list[Deed] = []
    older: str = ""
    newest: str = ""

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the page that the address names."""
        await self._read()
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change."""
        await self._read()

    async def _read(self) -> None:
        who, before = actor(), asked_id(self, "before")
        zone = (await fetch(queries.workspace_card, who)).time_zone
        rows = await fetch(queries.audit_log, who, before)
        older = f"{HOME}&before={rows[-1].id}" if len(rows) == PAGE else ""
        assign(self, deeds=[_deed(row, zone) for row in rows], older=older, newest=HOME if before else "")


def _deed(row: AuditRow, zone: str) -> Deed:
    time = wording.near(row.at, zone, clock.now())
    return Deed(row.id, row.actor, row.action, row.subject, time, row.at.isoformat())
