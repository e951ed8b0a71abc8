"""Around every public view: which methods it takes, who may post, what an error looks like, how an answer travels."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable

import htpy as h
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from careops_app.errors import CareOpsError, Forbidden, Invalid, NotFound, Refused, SignInRequired, Throttled
from careops_app.public import layout, problems
from careops_app.public.requests import is_from_our_page

View = Callable[[Request], Awaitable[Response]]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
SMALLEST_TO_COMPRESS = 1000
STATUS_OF: dict[type[CareOpsError], int] = {Forbidden: 403, Refused: 409, Invalid: 422}
log = structlog.get_logger(__name__)


def at(path: str, *, get: View | None = None, post: View | None = None, foreign: View | None = None) -> Route:
    """One public address with its views; what is given as `get` only looks and never writes.

    `post` takes forms of our own pages only; `foreign` those of others, where a standard asks for it.
    """
    views = {"GET": get, "HEAD": get, "POST": post}

    async def endpoint(request: Request) -> Response:
        return _compressed(request, await _answer(request, views, foreign))

    return Route(path, endpoint, methods=METHODS)


async def _answer(request: Request, views: dict[str, View | None], foreign: View | None) -> Response:
    if (view := views.get(request.method)) is None:
        allowed = ", ".join(method for method, taken in views.items() if taken)
        return html(problems.not_like_this(), 405, {"allow": allowed})
    if request.method == "POST" and not is_from_our_page(request):
        if foreign is None:
            return html(problems.foreign_post(), 403)
        view = foreign
    try:
        return await view(request)
    except SignInRequired:
        return go("/sign-in")
    except CareOpsError as error:
        return refusal(error)
    except HTTPException as error:  # a form that cannot be read
        log.info("form refused", route=_route(request), reason=str(error.detail))
        return html(problems.unreadable(), 400)
    except Exception:
        log.exception("public page failed", route=_route(request), method=request.method)
        return html(layout.our_fault(), 500)


def refusal(error: CareOpsError) -> Response:
    """The page of an expected failure that no form could show."""
    if isinstance(error, NotFound):
        return html(layout.page_not_found(), 404)
    if isinstance(error, Throttled):
        return html(layout.too_many(-(-error.retry_after // 60)), 429, retry_after(error))
    status = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 400)
    return html(problems.refused(str(error)), status)


def retry_after(error: CareOpsError) -> dict[str, str]:
    """The header that tells machines when to come back."""
    return {"retry-after": str(error.retry_after)} if isinstance(error, Throttled) else {}


def html(page: h.Node, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    """A page as an answer."""
    return HTMLResponse(str(h.fragment[page]), status, headers)


def go(address: str) -> RedirectResponse:
    """After a post: the browser asks for this address with a GET, so that a reload sends nothing again."""
    return RedirectResponse(address, 303)


def _route(request: Request) -> str:
    """The address with its placeholders: what stands in their place may be a secret."""
    return getattr(request.scope.get("route"), "path", "")


def _compressed(request: Request, response: Response) -> Response:
    """Text small enough to be held in memory is sent compressed; files are sent as they are."""
    body = bytes(getattr(response, "body", b""))
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) >= SMALLEST_TO_COMPRESS:
        response.body = gzip.compress(body, 6, mtime=0)
        response.headers["content-encoding"] = "gzip"
        response.headers["content-length"] = str(len(response.body))
    response.headers.add_vary_header("accept-encoding")
    return response
