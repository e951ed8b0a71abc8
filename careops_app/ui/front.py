"""Serves the built front end of the staff's app, and nothing else of it: one build for every host, port and scheme."""

import re
from pathlib import Path, PurePosixPath

from reflex.utils.prerequisites import get_web_dir
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOREVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
_SAFE_HOST = re.compile(r"[A-Za-z0-9.\-:\[\]]+")
_BUILT_IN_ADDRESS = re.compile(r"\b(http|ws)s?://localhost(:\d+)?")


def built() -> Path:
    """The folder of the built front end."""
    return get_web_dir() / "build" / "client"


class StaffFront:
    """Wraps Reflex: its pages are below /app; other addresses are its files or `not_found` answers."""

    def __init__(self, app: ASGIApp, not_found: ASGIApp) -> None:
        self._app, self._not_found = app, not_found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif not _is_served(scope["path"]):
            await self._not_found(scope, receive, send)
        elif _is_environment(scope["path"]):
            await _environment_for_this_host(scope)(scope, receive, send)
        else:
            await self._app(scope, receive, _with_cache_control(scope, send))


def _is_served(path: str) -> bool:
    """Below /app, or one of the front end's own files that is not a page."""
    if path == "/app" or path.startswith("/app/"):
        return True
    name = PurePosixPath(path).name
    return ".." not in path and not name.endswith(".html") and bool(name) and (built() / path.lstrip("/")).is_file()


def _is_environment(path: str) -> bool:
    return path.startswith("/assets/reflex-env-") and path.endswith(".js")


def _environment_for_this_host(scope: Scope) -> Response:
    """The one script that names the server's address, with the address this browser used."""
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "localhost")
    if not _SAFE_HOST.fullmatch(host):
        return PlainTextResponse("Bad host.", 400)
    secure = "s" if scope.get("scheme") == "https" else ""
    script = (built() / "assets" / PurePosixPath(scope["path"]).name).read_text(encoding="utf-8")
    script = _BUILT_IN_ADDRESS.sub(lambda found: f"{found[1]}{secure}://{host}", script)
    return Response(script, media_type="text/javascript", headers={"cache-control": "no-store"})


def _with_cache_control(scope: Scope, send: Send) -> Send:
    """Files whose name or query changes with their content may be kept; everything else is asked for each time."""
    keeps = scope["path"].startswith("/assets/") or scope.get("query_string", b"").startswith(b"v=")

    async def with_header(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = keeps and message["status"] in (200, 304)
            MutableHeaders(scope=message).setdefault("cache-control", FOREVER if kept else ASK_EACH_TIME)
        await send(message)

    return with_header
