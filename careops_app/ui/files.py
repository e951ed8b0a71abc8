"""Files of forms and mails for members: handing them out, and taking a document for a form. Plain routes, no socket.

The gate in front has seen a live session already; each route looks again, and asks for the member's permission.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from careops_app.errors import CareOpsError, Forbidden, Invalid, NotFound, SignInRequired
from careops_app.forms import answers, building
from careops_app.inbox import mail_files, mail_queries
from careops_app.infra import cookies, files
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.infra.posted import sent
from careops_app.infra.settings import settings
from careops_app.workspace import queries
from careops_app.workspace.access import Actor

STATUS_OF: dict[type[CareOpsError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404}


async def show(request: Request) -> Response:
    """A stored file, as an attachment, for members who work on forms or bookings."""
    try:
        found = await fetch(answers.file_content, await _actor(request), _id(request, "file_id"))
    except CareOpsError as error:
        return PlainTextResponse(str(error), _status(error))
    return Response(found.content, headers=files.headers(found.name, found.content_type))


async def show_mail_file(request: Request) -> Response:
    """A file that came with a mail, as an attachment, for members who read the inbox."""
    try:
        found = await fetch(mail_files.file_content, await _actor(request), _id(request, "file_id"))
    except CareOpsError as error:
        return PlainTextResponse(str(error), _status(error))
    return Response(found.content, headers=files.headers(found.name, found.content_type))


MAIL_PAGE = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Mail</title><meta name=color-scheme content=light>"
    "<style>body{{margin:12px;font:15px/1.5 system-ui,sans-serif;color:#1d2327;background:#fff;overflow-wrap:anywhere}}"
    "table{{max-width:100%}}blockquote{{margin:0 0 0 8px;padding-left:10px;border-left:2px solid #ccc;color:#555}}</style>"
    "</head><body>{}</body></html>"
)
MAIL_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none';"
    " form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
}


async def show_mail(request: Request) -> Response:
    """A mail as it was formatted, cleaned, in a page that may do nothing and fetches nothing."""
    try:
        html = await fetch(mail_queries.formatted, await _actor(request), _id(request, "mail_id"))
    except CareOpsError as error:
        return PlainTextResponse(str(error), _status(error))
    return HTMLResponse(MAIL_PAGE.format(html), headers=MAIL_HEADERS)


async def add_document(request: Request) -> Response:
    """A document to read, for a form; answers with what is wrong per field, or with nothing."""
    if not _is_from_our_page(request):
        return JSONResponse({"file": "This page cannot send files. Reload it."}, 403)
    try:
        who, posted = await _actor(request), await sent(request)
        chosen = posted.files.get("file")
        if chosen is None:
            raise Invalid(file="Choose a file.")
        if chosen.problem:
            raise Invalid(file=chosen.problem)
        upload = await run_in_threadpool(files.accept, chosen.name, chosen.content)
        await transact(building.add_document, who, _id(request, "form_id"), posted.text("title"), upload)
    except Invalid as invalid:
        return JSONResponse(invalid.fields, 422)
    except CareOpsError as error:
        return JSONResponse({"file": str(error)}, _status(error))
    except HTTPException as error:
        return JSONResponse({"file": "The file did not arrive whole. Send it again."}, error.status_code)
    return JSONResponse({})


async def _actor(request: Request) -> Actor:
    """Who asks. Raises SignInRequired."""
    token = cookies.read_session(request.headers.raw)
    session_id = await fetch(queries.session_id_for_token, SYSTEM, token) if token else None
    found = await fetch(queries.actor_for_session_id, SYSTEM, session_id) if session_id is not None else None
    if found is None:
        raise SignInRequired
    return found


def _id(request: Request, name: str) -> int:
    """A number of the address. Raises NotFound for one that no row can have."""
    number = int(request.path_params[name])
    if not 0 < number < 2**63:
        raise NotFound("The file")
    return number


def _status(error: CareOpsError) -> int:
    return next((status for kind, status in STATUS_OF.items() if isinstance(error, kind)), 409)


def _is_from_our_page(request: Request) -> bool:
    """A page of this very site sent it. Source: OWASP CSRF Cheat Sheet, origin verification."""
    origins = request.headers.getlist("origin")
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin" or len(origins) != 1:
        return False
    return origins[0] == settings().public_url or urlsplit(origins[0]).netloc == request.headers.get("host")


ROUTES: list[BaseRoute] = [
    Route("/app/files/{file_id:int}", show, methods=["GET"]),
    Route("/app/mail/files/{file_id:int}", show_mail_file, methods=["GET"]),
    Route("/app/mail/{mail_id:int}", show_mail, methods=["GET"]),
    Route("/app/files/for-form/{form_id:int}", add_document, methods=["POST"]),
]
