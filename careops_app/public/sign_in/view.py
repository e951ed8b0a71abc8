"""Sign-in, sign-out and the change of workspace: what they read, which command they call, where they lead."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from careops_app.errors import NotFound, Refused, SignInRequired, Throttled
from careops_app.infra import cookies
from careops_app.infra.db import SYSTEM, transact
from careops_app.infra.settings import Signup, settings
from careops_app.public.edge import go, html, retry_after
from careops_app.public.requests import can_be_overheard, is_signed_in, posted, session_token, visitor_network
from careops_app.public.sign_in import page
from careops_app.public.typed import Typed
from careops_app.workspace import sign_in

HOME = "/app/"
LONGEST_ADDRESS = 500
LONGEST_PASSWORD = 1000


async def show(request: Request) -> Response:
    """The form; who is signed in already goes on."""
    onward = own_address(request.query_params.get("next", ""))
    if await is_signed_in(request):
        return go(onward)
    return html(page.sign_in(_shown(request, Typed({"next": onward}))))


async def enter(request: Request) -> Response:
    """Check the password and open a session; the old session of this browser ends."""
    fields = await posted(request)
    typed = Typed({**fields, "next": own_address(fields.get("next", ""))})
    try:
        found = await _sign_in(fields, visitor_network(request))
    except Throttled as problem:
        return html(page.sign_in(_shown(request, typed.refused({"form": str(problem)}))), 429, retry_after(problem))
    except Refused as problem:
        return html(page.sign_in(_shown(request, typed.refused({"form": str(problem)}))), 422)
    return await entered(request, found, typed.value("next"))


async def _sign_in(fields: dict[str, str], network: str) -> sign_in.SignedIn:
    email = fields.get("email", "")
    await transact(sign_in.spend_try, SYSTEM, email, network)
    return await transact(sign_in.sign_in, SYSTEM, email, fields.get("password", "")[:LONGEST_PASSWORD])


async def entered(request: Request, found: sign_in.SignedIn, onward: str) -> Response:
    """The answer that signs this browser in."""
    if (old := session_token(request)) is not None:
        await transact(sign_in.sign_out, SYSTEM, old)
    response = go(onward)
    cookies.set_session(response, found.token)
    return response


async def leave(request: Request) -> Response:
    """End the session of this browser."""
    if (token := session_token(request)) is not None:
        await transact(sign_in.sign_out, SYSTEM, token)
    response = go("/sign-in?signed=out")
    cookies.clear_session(response)
    return response


async def switch(request: Request) -> Response:
    """Work in another workspace of the same person, in a new session."""
    wanted = (await posted(request)).get("workspace_id", "")
    if (token := session_token(request)) is None:
        raise SignInRequired
    if not re.fullmatch(r"[1-9][0-9]{0,17}", wanted):
        raise NotFound("The workspace")
    found = await transact(sign_in.switch_workspace, SYSTEM, token, int(wanted))
    response = go(HOME)
    cookies.set_session(response, found.token)
    return response


def own_address(text: str) -> str:
    """The address inside the staff's app to go on to; anything that could lead elsewhere becomes the dashboard."""
    plain = unquote(text)
    if len(text) > LONGEST_ADDRESS or re.search(r"[\x00-\x20\x7f\\]|/\.\.?(/|$)|//", plain):
        return HOME
    parts = urlsplit(text)
    is_own = not parts.scheme and not parts.netloc and (parts.path == "/app" or parts.path.startswith("/app/"))
    return text if is_own else HOME


def _shown(request: Request, typed: Typed) -> page.SignIn:
    return page.SignIn(
        typed=typed,
        note=page.NOTES.get(request.query_params.get("signed", ""), ""),
        may_sign_up=settings().signup == Signup.OPEN,
        is_overheard=can_be_overheard(request),
    )
