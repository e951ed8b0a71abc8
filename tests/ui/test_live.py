"""Open tabs are told of changes: at most once per 300 ms, the newest screen of each, and never a tab that is gone."""

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import reflex as rx

from careops_app.infra.live import Hub
from careops_app.ui import live
from careops_app.ui.guard import handler
from careops_app.workspace.access import Permission


class PushedState(rx.State):
    @handler(Permission.MEMBER)
    async def refresh(self) -> None: ...

    @handler(Permission.MEMBER)
    async def refresh_other(self) -> None: ...


class App:
    """What the push needs of Reflex: which tabs are connected, and a queue."""

    def __init__(self, *connected: str) -> None:
        self.told: list[tuple[str, str]] = []
        record = SimpleNamespace(instance_id="here")
        sockets = SimpleNamespace(token_to_socket=dict.fromkeys(connected, record), instance_id="here")
        self.event_namespace = SimpleNamespace(_token_manager=sockets)
        self.event_processor = self

    def set_contexts(self) -> Any:
        return nullcontext()

    async def enqueue(self, token: str, event: Any) -> Any:
        self.told.append((token, event.name.rpartition(".")[2]))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


@pytest.fixture
async def hub() -> Hub:
    return Hub()


@pytest.fixture
async def tabs(hub: Hub) -> live.Tabs:
    return live.Tabs(hub)


async def run(tabs: live.Tabs, app: App, seconds: float) -> None:
    """The push works for this long."""
    task = asyncio.create_task(tabs.push_forever(app))  # pyright: ignore
    await asyncio.sleep(seconds)
    task.cancel()


async def test_a_burst_of_changes_is_one_refresh_and_one_more_at_the_end(hub: Hub, tabs: live.Tabs) -> None:
    app = App("a")
    tabs.join("a", 1, PushedState.refresh)
    task = asyncio.create_task(tabs.push_forever(app))  # pyright: ignore
    for _ in range(20):
        hub.announce(1)
        await asyncio.sleep(0.005)
    await asyncio.sleep(live.QUIET_SECONDS + 0.2)
    task.cancel()
    assert app.told == [("a", "refresh")] * 2


async def test_only_tabs_of_that_workspace_are_told(hub: Hub, tabs: live.Tabs) -> None:
    app = App("a", "b")
    tabs.join("a", 1, PushedState.refresh)
    tabs.join("b", 2, PushedState.refresh)
    hub.announce(2)
    await run(tabs, app, 0.05)
    assert app.told == [("b", "refresh")]


async def test_the_newest_screen_of_a_tab_wins(hub: Hub, tabs: live.Tabs) -> None:
    app = App("a")
    tabs.join("a", 1, PushedState.refresh)
    tabs.join("a", 1, PushedState.refresh_other)
    hub.announce(1)
    await run(tabs, app, 0.05)
    assert app.told == [("a", "refresh_other")]


async def test_a_tab_that_is_gone_is_forgotten(hub: Hub, tabs: live.Tabs) -> None:
    app = App()
    tabs.join("a", 1, PushedState.refresh)
    hub.announce(1)
    await run(tabs, app, 0.05)
    assert app.told == []
    assert hub._subscribers == {}
