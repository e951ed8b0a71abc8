"""Ending automatic mail: a button for people, one click for mail programs (RFC 8058), and nothing on a mere look."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from careops_app.errors import NotFound
from careops_app.inbox import unsubscribing
from careops_app.inbox.unsubscribing import Recipient
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.public import problems
from careops_app.public.edge import go, html
from careops_app.public.layout import dead_link
from careops_app.public.requests import posted
from careops_app.public.unsubscribe import page
from careops_app.workspace import queries


async def show(request: Request) -> Response:
    """How it stands, with the button that changes it."""
    try:
        whom = await _whom(request)
    except NotFound:
        return html(dead_link(), 404)
    business = await fetch(queries.workspace_card, whom.workspace_id)
    return html((page.done if whom.is_off else page.ask)(business, whom.address))


async def change(request: Request) -> Response:
    """The button was pressed: off, or on again."""
    try:
        whom = await _whom(request)
    except NotFound:
        return html(dead_link(), 404)
    command = unsubscribing.subscribe_again if page.AGAIN in request.query_params else unsubscribing.unsubscribe
    await transact(command, whom.workspace_id, whom.address)
    return go(f"/u/{request.path_params['token']}")


async def one_click(request: Request) -> Response:
    """A mail program posts on its reader's behalf, from anywhere: without cookies, page or redirect."""
    if (await posted(request)).get("List-Unsubscribe") != "One-Click":
        return html(problems.foreign_post(), 403)
    try:
        whom = await _whom(request)
    except NotFound:
        return html(dead_link(), 404)
    await transact(unsubscribing.unsubscribe, whom.workspace_id, whom.address)
    return PlainTextResponse("Done: no more automatic mail.\n")


async def _whom(request: Request) -> Recipient:
    return await fetch(unsubscribing.recipient, SYSTEM, request.path_params["token"])
