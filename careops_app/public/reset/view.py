"""A new password: ask for a link, open it, set the password. What is answered never tells whether an account exists."""

from __future__ import annotations

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from careops_app.errors import Invalid, NotFound, Throttled
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.public.edge import go, html, retry_after
from careops_app.public.requests import can_be_overheard, posted, visitor_network
from careops_app.public.reset import page
from careops_app.public.typed import Typed
from careops_app.workspace import queries, rules, sign_in


async def show(request: Request) -> Response:
    """The form that asks for a link, or the sentence after it."""
    if "sent" in request.query_params:
        return html(page.sent())
    return html(page.ask(Typed()))


async def ask(request: Request) -> Response:
    """Answer first and look for the account afterwards, so that the time tells nothing."""
    typed = Typed(await posted(request))
    try:
        email = rules.email_of(typed.value("email"))
        await transact(sign_in.spend_reset, SYSTEM, email, visitor_network(request))
    except Invalid as problem:
        return html(page.ask(typed.refused(problem.fields)), 422)
    except Throttled as problem:
        return html(page.ask(typed.refused({"form": str(problem)})), 429, retry_after(problem))
    response = go("/reset?sent=1")
    response.background = BackgroundTask(transact, sign_in.request_reset, SYSTEM, email)
    return response


async def open_link(request: Request) -> Response:
    """The form for the new password, when the link still works."""
    if not await fetch(queries.reset_is_open, SYSTEM, request.path_params["token"]):
        return html(page.expired(), 404)
    return html(page.choose(Typed(), can_be_overheard(request)))


async def set_password(request: Request) -> Response:
    """Set it and end every session of the account."""
    fields = await posted(request)
    try:
        await transact(sign_in.set_new_password, SYSTEM, request.path_params["token"], fields.get("password", ""))
    except Invalid as problem:
        return html(page.choose(Typed(problems=problem.fields), can_be_overheard(request)), 422)
    except NotFound:
        return html(page.expired(), 404)
    return go("/sign-in?signed=reset")
