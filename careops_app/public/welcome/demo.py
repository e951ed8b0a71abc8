"""The way into the demo business: built when the first visitor asks, while a page says so, then one sign-in away."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from starlette.requests import Request
from starlette.responses import Response

from careops_app import demo
from careops_app.errors import NotFound
from careops_app.infra import throttle
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.infra.settings import Signup, settings
from careops_app.public.edge import go, html
from careops_app.public.requests import visitor_network
from careops_app.public.sign_in.view import HOME, entered
from careops_app.public.welcome import page
from careops_app.workspace import queries, sign_in

PATIENCE_SECONDS = 3.0
ENTRIES_PER_NETWORK, ENTRY_WINDOW = 60, timedelta(hours=1)
log = structlog.get_logger(__name__)


class Building:
    """The one build of this process, and whether the last one failed."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self.has_failed = False

    @property
    def is_under_way(self) -> bool:
        return self._task is not None

    async def wait(self) -> None:
        """Begin unless it is under way, and wait a moment for its end."""
        if self._task is None:
            self._task, self.has_failed = asyncio.create_task(self._build()), False
        await asyncio.wait({self._task}, timeout=PATIENCE_SECONDS)

    async def _build(self) -> None:
        try:
            await asyncio.to_thread(demo.build_demo)
        except Exception:
            self.has_failed = True
            log.exception("the demo business could not be built")
        finally:
            self._task = None


building = Building()


async def enter(request: Request) -> Response:
    """Sign in as the owner of the demo business; while it is being built the visitor waits on a page that says so."""
    _refuse_closed()
    network = visitor_network(request)
    await transact(throttle.spend_by_itself, SYSTEM, f"demo-from:{network}", ENTRIES_PER_NETWORK, ENTRY_WINDOW)
    if (built := await fetch(queries.demo_workspace, SYSTEM)) is None:
        await building.wait()
        built = await fetch(queries.demo_workspace, SYSTEM)
    if built is None:
        return go("/demo")
    workspace_id, owner_id = built
    return await entered(request, await transact(sign_in.open_session, SYSTEM, owner_id, workspace_id), HOME)


async def waiting(request: Request) -> Response:
    """How far it is; this page only looks, entering is a button."""
    _refuse_closed()
    if await fetch(queries.demo_workspace, SYSTEM) is not None:
        return html(page.ready())
    if building.is_under_way:
        return html(page.still_building())
    return html(page.not_built(), 500) if building.has_failed else go("/")


def _refuse_closed() -> None:
    """Where strangers may not create a business they may not act in one either."""
    if settings().signup == Signup.CLOSED:
        raise NotFound("The page")
