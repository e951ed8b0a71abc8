"""The gate in front of everything that belongs to the staff's app.

No socket without the exact origin and a live session; a client token works only with the session that first used it.
Reflex never sees the cookie: it gets the id of the session row in the `authorization` header, which it does not send
on to the browser. Frames are capped in size and rate. A staff address without a session is redirected before any of the
app is served.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlsplit

import structlog
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from careops_app.infra import cookies, measures
from careops_app.infra.db import SYSTEM, fetch
from careops_app.infra.settings import settings
from careops_app.ui import owners
from careops_app.workspace import queries

SOCKET_PATH = "/_event"
STAFF_PATH = "/app"
LONGEST_FRAME = 64 * 1024
EVENTS_PER_SECOND = 20.0
BURST = 50.0
SOCKETS_PER_SESSION = 6
_OURS = (b"cookie", b"authorization", b"proxy-authorization")
log = structlog.get_logger(__name__)


@dataclass
class Bucket:
    """A token bucket: BURST events at once, EVENTS_PER_SECOND in the long run."""

    left: float = BURST
    at: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        now = time.monotonic()
        self.left = min(BURST, self.left + (now - self.at) * EVENTS_PER_SECOND)
        self.at = now
        self.left -= 1
        return self.left >= 0


class SocketGate:
    """ASGI middleware; lets through what is not the staff's app untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._sockets: Counter[int] = Counter()
        self._owners = owners.shared(url) if (url := settings().redis_url) else owners.InThisProcess()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http" and _is_below(path, SOCKET_PATH):
            await PlainTextResponse("Only a websocket opens here.", 403)(scope, receive, send)
        elif scope["type"] == "http" and path.startswith("/_upload"):
            await PlainTextResponse("Not found.", 404)(scope, receive, send)
        elif scope["type"] == "http" and _is_below(path, STAFF_PATH) and await _session_id(scope) is None:
            await _to_sign_in(scope)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything is checked before the handshake is answered; a refusal is HTTP 403."""
        session_id = await _session_id(scope) if _is_at_home(scope) else None
        if (reason := await self._refusal(scope, session_id)) or session_id is None:
            log.warning("socket refused", reason=reason or "no session", origin=_header(scope, b"origin")[:100])
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        self._sockets[session_id] += 1
        measures.open_sockets.value += 1
        try:
            await self._app(_presented(scope, session_id), _capped(receive, send, session_id), send)
        finally:
            measures.open_sockets.value -= 1
            self._sockets[session_id] -= 1
            if not self._sockets[session_id]:
                del self._sockets[session_id]

    async def _refusal(self, scope: Scope, session_id: int | None) -> str | None:
        if not _is_below(scope["path"], SOCKET_PATH):
            return "no socket here"
        if not _is_at_home(scope):
            return "foreign origin"
        if session_id is None:
            return "no session"
        if self._sockets[session_id] >= SOCKETS_PER_SESSION:
            return "too many sockets"
        return None if await self._bind(_client_token(scope), session_id) else "client token of another session"

    async def _bind(self, token: str | None, session_id: int) -> bool:
        """The token belongs to the first session that used it, for as long as that session lives."""
        if token is None:
            return False
        owner = await self._owners.first(token, session_id)
        if owner == session_id:
            return True
        if await fetch(queries.actor_for_session_id, SYSTEM, owner) is not None:
            return False
        return await self._owners.passes_on(token, owner, session_id)


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")


async def _session_id(scope: Scope) -> int | None:
    token = cookies.read_session(scope["headers"])
    return await fetch(queries.session_id_for_token, SYSTEM, token) if token else None


def _header(scope: Scope, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted), "")


def _is_at_home(scope: Scope) -> bool:
    """The page that opens the socket came from this very address."""
    origin = _header(scope, b"origin")
    if settings().public_url_is_set:
        return origin == settings().public_url
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and parts.netloc == _header(scope, b"host")


def _client_token(scope: Scope) -> str | None:
    """The tab's own id; exactly one, and no longer than the UUID that Reflex makes."""
    found = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [])
    return found[0] if len(found) == 1 and 16 <= len(found[0]) <= 64 else None


def _presented(scope: Scope, session_id: int) -> Scope:
    """The handshake as Reflex sees it: no credentials, nothing forged, the id of the session row."""
    kept = [(name, value) for name, value in scope["headers"] if not _is_ours(name.lower())]
    return {**scope, "headers": [*kept, (b"authorization", str(session_id).encode())]}


def _is_ours(name: bytes) -> bool:
    return name in _OURS or name.startswith(b"x-careops-")


def _capped(receive: Receive, send: Send, session_id: int) -> Receive:
    """Ends the socket at the first frame that is too large or that comes too fast."""
    bucket = Bucket()

    async def guarded() -> Message:
        message = await receive()
        if message["type"] != "websocket.receive":
            return message
        if _size(message) <= LONGEST_FRAME and bucket.take():
            return message
        log.warning("socket closed", reason="too much, too fast", session=session_id, size=_size(message))
        await send({"type": "websocket.close", "code": 1008})
        return {"type": "websocket.disconnect", "code": 1008}

    return guarded


def _size(message: Message) -> int:
    return max(len(message.get("bytes") or b""), len(message.get("text") or ""))


def _to_sign_in(scope: Scope) -> RedirectResponse:
    query = scope.get("query_string", b"").decode("latin-1")
    address = scope["path"] + (f"?{query}" if query else "")
    return RedirectResponse(f"/sign-in?next={quote(address, safe='/')}", 303, headers={"cache-control": "no-store"})
