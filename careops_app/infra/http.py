"""ASGI layers that every answer passes through: security headers, the size of bodies, and proxies in front of us."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from careops_app.infra.settings import settings

PUBLIC_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Reflex starts from an inline script and evaluates the functions its server sends (toasts).
STAFF_CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; object-src 'none'; form-action 'self'; "
    "base-uri 'self'; frame-ancestors 'none'"
)
DOCS_CSP = PUBLIC_CSP.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)
CSP_BELOW: Mapping[str, str] = {"/app": STAFF_CSP, "/docs": DOCS_CSP}

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE
LARGEST_BODY = 256 * KILOBYTE
LARGEST_BODY_BELOW: Mapping[str, int] = {
    "/f": 48 * MEGABYTE,  # the form reads on past its own limits, so that what was typed beside a large file is kept
    "/api/v1/public/forms": 12 * MEGABYTE,
    "/app/files": 12 * MEGABYTE,
    "/api": 1 * MEGABYTE,
}


def _longest_match(path: str, table: Mapping[str, Any], default: Any) -> Any:
    """The entry of the longest prefix, in whole segments, of this path."""
    found = [root for root in table if path == root or path.startswith(f"{root}/")]
    return table[max(found, key=len)] if found else default


class SecurityHeaders:
    """What every answer carries; an answer that sets one of these itself keeps its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        policy = _longest_match(scope["path"], CSP_BELOW, PUBLIC_CSP)
        headers = _headers(policy, is_https=settings().is_https)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = list(message.get("headers", ()))
                named = {name.lower() for name, _ in answered}
                message["headers"] = answered + [each for each in headers if each[0] not in named]
            await send(message)

        await self._app(scope, receive, with_headers)


@cache
def _headers(policy: str, is_https: bool) -> tuple[tuple[bytes, bytes], ...]:
    headers = {
        "cache-control": "no-store",
        "content-security-policy": policy,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
    if is_https:
        headers["strict-transport-security"] = "max-age=31536000"
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


class _BodyTooLarge(Exception):
    pass


class BodyCap:
    """Refuses a request body that is too large for its address, before it is read or as soon as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = _longest_match(scope["path"], LARGEST_BODY_BELOW, LARGEST_BODY)
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            _check_announced(scope, largest)
            await self._app(scope, _counted(receive, largest), watched)
        except _BodyTooLarge:
            if started:
                raise
            await PlainTextResponse(f"Too large: at most {largest // KILOBYTE} kB.", 413)(scope, receive, send)


def _check_announced(scope: Scope, largest: int) -> None:
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value.isdigit() and int(value) > largest:
            raise _BodyTooLarge


def _counted(receive: Receive, largest: int) -> Receive:
    total = 0

    async def counting() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > largest:
            raise _BodyTooLarge
        return message

    return counting


class TrustedProxies:
    """Takes the visitor's address and scheme from as many proxies as CAREOPS_TRUSTED_PROXY_HOPS counts, no more.

    With an https public address every request counts as https, whatever a proxy forgot to say.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = _seen_through(scope, settings().trusted_proxy_hops)
        await self._app(scope, receive, send)


def _seen_through(scope: Scope, hops: int) -> Scope:
    seen = dict(scope)
    forwarded = _values(scope, b"x-forwarded-for") if hops else []
    if hops and len(forwarded) >= hops:
        seen["client"] = (forwarded[-hops], 0)
    if _is_secure(scope, hops):
        seen["scheme"] = "wss" if scope["type"] == "websocket" else "https"
    return seen


def _is_secure(scope: Scope, hops: int) -> bool:
    said = _values(scope, b"x-forwarded-proto") if hops else []
    return settings().is_https or said[-1:] == ["https"]


def _values(scope: Scope, wanted: bytes) -> list[str]:
    joined = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted)
    return [part.strip() for part in joined.split(",") if part.strip()]
