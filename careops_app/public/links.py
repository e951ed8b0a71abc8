"""Customers' links: the one that opens a page, and the page that offers a new one, the same for every link that fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from htpy import Element
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from careops_app.bookings.links import ask_for_link as ask_for_booking_link
from careops_app.bookings.links import ask_for_waitlist_link
from careops_app.errors import NotFound, Throttled
from careops_app.forms.links import ask_for_link as ask_for_form_link
from careops_app.infra import throttle
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.public.components import post_button
from careops_app.public.edge import View, go, html
from careops_app.public.layout import dead_link, sentence_page
from careops_app.public.requests import visitor_network
from careops_app.workspace import links
from careops_app.workspace.links import LinkSubject
from careops_app.workspace.models import Purpose

LinkView = Callable[[Request, LinkSubject], Awaitable[Response]]
ASKS = {
    Purpose.MANAGE_BOOKING: ask_for_booking_link,
    Purpose.FORM: ask_for_form_link,
    Purpose.WAITLIST: ask_for_waitlist_link,
}
ASKED, SENT = "again", "sent"
PER_NETWORK, PER_LINK, WINDOW = 10, 3, timedelta(hours=1)


def by_link(purpose: Purpose, view: LinkView) -> View:
    """The view for the holder of a link. Any other link gets one page, whatever the cause, and may ask for a new one."""

    async def opened(request: Request) -> Response:
        token = request.path_params["token"]
        if request.method == "POST" and ASKED in request.query_params:
            return await _ask(request, purpose, token)
        try:
            return await view(request, await fetch(links.open_link, SYSTEM, purpose, token))
        except NotFound:
            return html(_sent() if SENT in request.query_params else _dead(), 404)

    return opened


async def _ask(request: Request, purpose: Purpose, token: str) -> Response:
    """Answer first, the same for every token; look for whom it was afterwards."""
    budget = f"new-link-from:{visitor_network(request)}"
    await transact(throttle.spend_by_itself, SYSTEM, budget, PER_NETWORK, WINDOW)
    response = go(f"?{SENT}=1")
    response.background = BackgroundTask(_send, purpose, token)
    return response


async def _send(purpose: Purpose, token: str) -> None:
    """A message to the address on file, when the token was ever one of ours."""
    link = await fetch(links.expired_link, SYSTEM, purpose, token)
    if link is None:
        return
    try:
        await transact(throttle.spend_by_itself, SYSTEM, f"new-link:{purpose}:{link.subject_id}", PER_LINK, WINDOW)
    except Throttled:  # enough were sent; the visitor cannot be told without telling that the link is real
        return
    await transact(ASKS[purpose], link.workspace_id, link.subject_id)


def _dead() -> Element:
    return dead_link(actions=post_button("Send me a new link", f"?{ASKED}=1", kind="primary"))


def _sent() -> Element:
    return sentence_page(
        "Look into your messages",
        "If this link was one of ours, a new one is on its way to the address we have for you.",
        "Nothing arrived? The business itself can send you one.",
        icon_name="mail",
    )
