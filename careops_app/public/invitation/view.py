"""An invitation: see who invites to what, prove or choose a password, join."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from careops_app.errors import Invalid, NotFound, Refused, Throttled
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.public.edge import html, retry_after
from careops_app.public.invitation import page
from careops_app.public.requests import can_be_overheard, posted, visitor_network
from careops_app.public.sign_in.view import HOME, LONGEST_PASSWORD, entered
from careops_app.public.typed import Typed
from careops_app.workspace import queries, service, sign_in
from careops_app.workspace.queries import InvitationCard


async def show(request: Request) -> Response:
    """The invitation, when it can still be accepted."""
    try:
        card = await fetch(queries.invitation_card, SYSTEM, request.path_params["token"])
    except NotFound:
        return html(page.expired(), 404)
    return html(page.invitation(card, Typed({"name": card.name}), can_be_overheard(request)))


async def accept(request: Request) -> Response:
    """Join and sign in; an existing account proves itself with its own password."""
    token, fields = request.path_params["token"], await posted(request)
    try:
        card = await fetch(queries.invitation_card, SYSTEM, token)
        return await _accepted(request, card, token, fields)
    except NotFound:
        return html(page.expired(), 404)


async def _accepted(request: Request, card: InvitationCard, token: str, fields: dict[str, str]) -> Response:
    typed, overheard = Typed(fields), can_be_overheard(request)
    try:
        if card.has_account:
            await transact(sign_in.spend_try, SYSTEM, card.email, visitor_network(request))
        password = fields.get("password", "")[:LONGEST_PASSWORD]
        found = await transact(service.accept_invitation, SYSTEM, token, fields.get("name", ""), password)
    except Invalid as problem:
        return html(page.invitation(card, typed.refused(problem.fields), overheard), 422)
    except Refused as problem:
        return html(page.invitation(card, typed.refused({"password": str(problem)}), overheard), 422)
    except Throttled as problem:
        return html(page.invitation(card, typed.refused({"form": str(problem)}), overheard), 429, retry_after(problem))
    return await entered(request, found, HOME)
