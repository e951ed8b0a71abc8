"""The business whose page this is: looked up by its address, with the stylesheet of its colour."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from careops_app.errors import NotFound
from careops_app.public.layout import brand_css
from careops_app.workspace import faces
from careops_app.workspace.queries import WorkspaceCard

SLUG = re.compile(r"[a-z0-9](-?[a-z0-9])*")
KEPT_FOR_A_YEAR = "public, max-age=31536000, immutable"
ROBOTS = """User-agent: *
Disallow: /app
Disallow: /api
Disallow: /m/
Disallow: /f/
Disallow: /w/
Disallow: /u/
Disallow: /reset
Disallow: /invitation
"""


async def business_at(request: Request) -> WorkspaceCard:
    """The business this address names. Raises NotFound."""
    return await faces.face(slug_of(request))


def slug_of(request: Request) -> str:
    """What the address calls the business. Raises NotFound for what no business can be called."""
    slug = request.path_params["slug"]
    if not SLUG.fullmatch(slug) or len(slug) > 60:
        raise NotFound("The business")
    return slug


async def stylesheet(request: Request) -> Response:
    """The accents of a business; the address in pages changes with the colour, so browsers may keep it."""
    css = brand_css((await business_at(request)).brand_color)
    kept = {"cache-control": KEPT_FOR_A_YEAR} if request.url.query else {"cache-control": "no-cache"}
    return Response(css, media_type="text/css", headers=kept)


async def robots(request: Request) -> Response:
    """Search engines may find the pages for everybody, and none that belong to one person."""
    return Response(ROBOTS, media_type="text/plain", headers={"cache-control": "public, max-age=3600"})


async def nothing_here(request: Request) -> Response:
    """An address below one of ours that does not exist."""
    raise NotFound("The page")
