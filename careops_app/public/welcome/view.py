"""The first page of an installation."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from careops_app.infra.db import SYSTEM, fetch
from careops_app.infra.settings import Signup, settings
from careops_app.public.edge import html
from careops_app.public.requests import can_be_overheard, is_signed_in
from careops_app.public.welcome import page
from careops_app.workspace import queries


async def show(request: Request) -> Response:
    """What can be done here; who is signed in finds the way to the app."""
    shown = page.Welcome(
        is_signed_in=await is_signed_in(request),
        may_sign_up=settings().signup == Signup.OPEN,
        demo_is_built=await fetch(queries.demo_workspace, SYSTEM) is not None,
        is_overheard=can_be_overheard(request),
    )
    return html(page.welcome(shown))
