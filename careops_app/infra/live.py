"""LISTEN/NOTIFY: tells whoever subscribed that something changed in a workspace, wherever it was written.

A notification is a hint without content: the subscriber reads again. After a lost connection everybody is told, because
hints may have been missed.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable

import psycopg
import structlog
from psycopg.conninfo import make_conninfo

from careops_app.infra import db

CHANGED = "careops_changed"
RETRY_SECONDS = 2.0

Callback = Callable[[int], None]
log = structlog.get_logger(__name__)


class Hub:
    """Who wants to know about which workspace. Used from the event loop only."""

    def __init__(self) -> None:
        self._subscribers: defaultdict[int, set[Callback]] = defaultdict(set)
        self._changes: defaultdict[int, int] = defaultdict(int)
        self.changes = 0

    def subscribe(self, workspace_id: int, callback: Callback) -> Callable[[], None]:
        """Calls `callback(workspace_id)` after every change; returns the way to end that."""
        self._subscribers[workspace_id].add(callback)
        return lambda: self._leave(workspace_id, callback)

    def _leave(self, workspace_id: int, callback: Callback) -> None:
        self._subscribers[workspace_id].discard(callback)
        if not self._subscribers[workspace_id]:
            del self._subscribers[workspace_id]

    def changes_of(self, workspace_id: int | None) -> int:
        """How often a workspace, or any, was announced here: what was read since the last time is current."""
        return self.changes if workspace_id is None else self._changes[workspace_id]

    def announce(self, workspace_id: int) -> None:
        self._changes[workspace_id] += 1
        self.changes += 1
        for callback in tuple(self._subscribers.get(workspace_id, ())):
            callback(workspace_id)

    def announce_all(self) -> None:
        for workspace_id in tuple(self._subscribers):
            self.announce(workspace_id)


hub = Hub()


@contextlib.asynccontextmanager
async def listening(to: Hub = hub) -> AsyncIterator[None]:
    """Keeps the hub told, for as long as the block lasts."""
    task = asyncio.create_task(_listen_forever(to), name="live changes")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _listen_forever(to: Hub) -> None:
    while True:
        try:
            await _listen(to)
        except (psycopg.Error, OSError) as problem:
            log.warning("live changes interrupted; trying again", reason=type(problem).__name__)
        await asyncio.sleep(RETRY_SECONDS)


async def _listen(to: Hub) -> None:
    async with await psycopg.AsyncConnection.connect(_address(), autocommit=True) as connection:
        await connection.execute(f"listen {CHANGED}")
        to.announce_all()
        async for notice in connection.notifies():
            to.announce(int(notice.payload))


def _address() -> str:
    """The database's address for psycopg, with a probe that notices a silently lost connection."""
    return make_conninfo(
        db.database_url().replace("postgresql+psycopg://", "postgresql://", 1),
        keepalives_idle=20,
        keepalives_interval=5,
        keepalives_count=3,
    )
