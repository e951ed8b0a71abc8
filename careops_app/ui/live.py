"""Pushes changes into open tabs: each tab's screen reads again, at most once per 300 ms.

A screen joins in its on_load: `live.join(DashboardState.refresh)`. The newest join of a tab wins, so leaving a screen
needs no call. The push runs from a task of the server, never from inside a handler: enqueuing for another tab there
would carry the caller's connection, and so its identity, into that tab.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx
import structlog
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.event.processor.future import EventFuture

from careops_app.infra.live import Hub, hub, listening
from careops_app.ui.reading import Pushed
from careops_app.ui.session import actor
from careops_app.ui.shell_state import ShellState

QUIET_SECONDS = 0.3
MINUTE = 60.0
log = structlog.get_logger(__name__)


@dataclass
class Tab:
    """An open tab: how to refresh it, how to forget it, and when it was last told."""

    refresh: Any
    leave: Callable[[], None]
    told_at: float = 0.0
    running: EventFuture | None = None

    def is_rested(self, now: float) -> bool:
        return now - self.told_at >= QUIET_SECONDS and (self.running is None or self.running.done())


class Tabs:
    """The open tabs of this process. Used from the event loop only. `frame` is refreshed in every tab, on any screen."""

    def __init__(self, changes: Hub, frame: Any = None) -> None:
        self._changes, self._frame = changes, frame
        self._tabs: dict[str, Tab] = {}
        self._due: set[str] = set()
        self._wake = asyncio.Event()

    def join(self, token: str, workspace_id: int, refresh: Any) -> None:
        """This tab now shows a screen that `refresh` keeps current."""
        self.drop(token)
        leave = self._changes.subscribe(workspace_id, lambda _: self._mark(token))
        self._tabs[token] = Tab(refresh, leave)

    def drop(self, token: str) -> None:
        self._due.discard(token)
        if (tab := self._tabs.pop(token, None)) is not None:
            tab.leave()

    def _mark(self, token: str) -> None:
        self._due.add(token)
        self._wake.set()

    async def push_forever(self, app: rx.App) -> None:
        """Tells due tabs, each not sooner than QUIET_SECONDS after the last time, nor while it still reads."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            now = time.monotonic()
            ready = [token for token in self._due if self._tabs[token].is_rested(now)]
            for token in ready:
                await self._push(app, token, now)
            if self._due:
                await asyncio.sleep(QUIET_SECONDS / 3)
                self._wake.set()

    async def _push(self, app: rx.App, token: str, now: float) -> None:
        self._due.discard(token)
        tab = self._tabs[token]
        if not _is_open(app, token):
            self.drop(token)
            return
        tab.told_at = now
        with app.set_contexts():
            for refresh in filter(None, (self._frame, tab.refresh)):
                (event,) = Event.from_event_type(refresh())
                tab.running = await app.event_processor.enqueue(token, Pushed(event.name, {}, event.payload))


def _is_open(app: rx.App, token: str) -> bool:
    sockets = app.event_namespace._token_manager  # pyright: ignore[reportOptionalMemberAccess]
    record = sockets.token_to_socket.get(token)
    return record is not None and record.instance_id == sockets.instance_id


_tabs = Tabs(hub, ShellState.refresh)


def join(refresh: Any) -> None:
    """Keeps the current tab's screen current by calling this handler after every change of its workspace."""
    _tabs.join(EventContext.get().token, actor().workspace_id, refresh)


@contextlib.asynccontextmanager
async def pushing(app: rx.App) -> AsyncIterator[None]:
    """Listens and pushes for as long as the block lasts."""
    async with listening():
        tasks = (
            asyncio.create_task(_tabs.push_forever(app), name="push into tabs"),
            asyncio.create_task(_every_minute(), name="time passes in tabs"),
        )
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _every_minute() -> None:
    """Waiting times and what is next change without anything being written."""
    while True:
        await asyncio.sleep(MINUTE)
        hub.announce_all()
