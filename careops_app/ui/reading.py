"""What many open screens read after the same change is read once for all of them.

Only for what the server pushed, and only among members of a business who have the same rights and see all of it. Such a
read is asked for by nobody in particular, so what it answers cannot be one person's own.
"""

import asyncio
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from reflex_base.event import Event

from careops_app.infra.db import fetch
from careops_app.infra.live import Hub, hub
from careops_app.workspace.access import Actor

R = TypeVar("R")
KEPT_SECONDS = 1.0

is_pushed: ContextVar[bool] = ContextVar("is_pushed", default=False)


@dataclass(frozen=True)
class Pushed(Event):
    """An event that no person sent: the server tells a screen to read again."""


class Readings:
    """Answers of the last second, each valid until the business changes again. Used from the event loop only."""

    def __init__(self, changes: Hub) -> None:
        self._changes = changes
        self._kept: dict[Hashable, asyncio.Future[Any]] = {}

    async def read(self, workspace_id: int | None, wanted: Hashable, ask: Callable[[], Any]) -> Any:
        """What `ask` answers, asked once by all who want it after the same change. Raises what it raises."""
        key = (workspace_id, self._changes.changes_of(workspace_id), wanted)
        if (kept := self._kept.get(key)) is None:
            kept = self._kept[key] = asyncio.ensure_future(ask())
            kept.add_done_callback(lambda done: self._forget_later(key, done))
        return await asyncio.shield(kept)

    def _forget_later(self, key: Hashable, done: asyncio.Future[Any]) -> None:
        failed = done.cancelled() or done.exception() is not None
        asyncio.get_running_loop().call_later(0 if failed else KEPT_SECONDS, self._kept.pop, key, None)


_readings = Readings(hub)


async def read(query: Callable[..., R], who: Actor, *args: Any, **kwargs: Any) -> R:
    """`fetch`, shared where that is right. The answer is a frozen row, or nobody changes it."""
    if not is_pushed.get() or not who.sees_all:
        return await fetch(query, who, *args, **kwargs)
    anybody = replace(who, member_id=None, user_id=None, session_id=None, name="")
    wanted = (query, anybody, args, tuple(sorted(kwargs.items())))
    return await _readings.read(who.workspace_id, wanted, lambda: fetch(query, anybody, *args, **kwargs))


async def actor_of(session_id: int, ask: Callable[[], Any]) -> Actor | None:
    """Who a session belongs to; a push asks once for all that it refreshes on a screen. Who has signed out meanwhile may be
    told once more, for as long as answers are kept.
    """
    return await (_readings.read(None, ("session", session_id), ask) if is_pushed.get() else ask())
