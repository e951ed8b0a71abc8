"""Composes the whole: staff screens, public pages, the API, the gate and the worker, on exactly one port."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

import reflex as rx
from fastapi import FastAPI
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from careops_app.api import app as api
from careops_app.api.plain import PlainSlots
from careops_app.infra import db, logs
from careops_app.infra.http import BodyCap, SecurityHeaders, TrustedProxies
from careops_app.infra.settings import settings
from careops_app.public import edge, layout
from careops_app.public.routes import ROUTES
from careops_app.ui.errors import no_access, not_here, on_error, on_frontend_error
from careops_app.ui.files import ROUTES as FILE_ROUTES
from careops_app.ui.front import StaffFront
from careops_app.ui.gate import SocketGate
from careops_app.ui.guard import Guard, refuse_malformed
from careops_app.ui.live import pushing
from careops_app.ui.routes import SCREENS, Screen
from careops_app.ui.session import SessionState
from careops_app.ui.shell_state import ShellState
from careops_app.ui.theme import look


def _http() -> FastAPI:
    """The API with the public pages; the staff's app is mounted behind it by Reflex."""
    http = api.create()
    http.router.routes.extend([*ROUTES, *FILE_ROUTES])
    return http


def _front(reflex_app: ASGIApp) -> ASGIApp:
    return StaffFront(reflex_app, _not_found)


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """An address that nothing answers: a page for people, a sentence of JSON for machines."""
    for_machines = scope["path"].startswith("/api/")
    page = JSONResponse({"detail": "Not found."}, 404) if for_machines else edge.html(layout.page_not_found(), 404)
    await page(scope, receive, send)


def _compose() -> rx.App:
    """Each transformer wraps the ones before it: the last is the first to see a request."""
    composed = rx.App(
        **look(),
        backend_exception_handler=on_error,
        frontend_exception_handler=on_frontend_error,
        api_transformer=[_front, _http(), SocketGate, BodyCap, PlainSlots, SecurityHeaders, TrustedProxies],
    )
    composed.app_wraps[5, "Overlay"] = lambda stateful: None  # the shell says when the connection is lost
    composed.add_middleware(Guard())
    refuse_malformed(composed)
    for screen in SCREENS:
        _add(composed, screen)
    composed.add_page(not_here, route="404", title="Not here · CareOps")
    composed.register_lifespan_task(_serving)
    return composed


def _add(composed: rx.App, screen: Screen) -> None:
    composed.add_page(
        lambda: _permitted(screen),
        route=screen.route,
        title=f"{screen.title} · CareOps",
        on_load=[ShellState.refresh, *screen.on_load],
        context={"sitemap": None},
    )


def _permitted(screen: Screen) -> rx.Component:
    """The screen, or a sentence for a member without its permission. For the eye only: the guard decides."""
    refused = rx.State.is_hydrated & ~SessionState.permissions.contains(screen.permission.value)
    return rx.cond(refused, no_access(), screen.page())


@contextlib.asynccontextmanager
async def _serving() -> AsyncIterator[None]:
    """What runs beside the server in its process: pushes into open tabs and, unless it runs alone, the worker."""
    logs.set_up()
    from careops_app import wiring

    wiring.install()
    async with contextlib.AsyncExitStack() as stack:
        watch = asyncio.create_task(_leave_with_parent(os.getppid()))
        stack.callback(watch.cancel)
        stack.callback(db.dispose)
        await stack.enter_async_context(pushing(app))
        from careops_app.worker import run

        await stack.enter_async_context(run.serve() if settings().run_worker else run.watching())
        yield


async def _leave_with_parent(parent: int) -> None:
    """Stops this server process when the one that supervises it was killed."""
    while os.getppid() == parent:  # noqa: ASYNC110 - the system announces this to nobody
        await asyncio.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


app = _compose()
