"""Our two cookies, the one of people who sign in and the mark of visitors: nobody else writes or parses them."""

import re
from collections.abc import Iterable

from starlette.responses import Response

from careops_app.infra.settings import settings

LONGEST_SECONDS = 14 * 24 * 3600  # the absolute life of a session
_MARK = re.compile(r"[\w-]{20,64}", re.ASCII)


def session_cookie_name() -> str:
    """`__Host-` ties the cookie to this one host; browsers accept that prefix over https only."""
    return "__Host-sid" if settings().is_https else "sid"


def set_session(response: Response, token: str) -> None:
    """Signs the browser in; the token is invisible to its scripts and never sent by other sites' posts."""
    response.set_cookie(
        session_cookie_name(),
        token,
        max_age=LONGEST_SECONDS,
        path="/",
        secure=settings().is_https,
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response) -> None:
    """Signs the browser out."""
    response.delete_cookie(session_cookie_name(), path="/", secure=settings().is_https, httponly=True, samesite="lax")


def read_session(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The session token in raw ASGI headers (`scope["headers"]`, `request.headers.raw`); None when there is none."""
    return _value(headers, session_cookie_name())


def visitor_cookie_name() -> str:
    """As `session_cookie_name`, of the mark that tells one visitor's held times from another's."""
    return "__Host-visitor" if settings().is_https else "visitor"


def set_visitor(response: Response, mark: str) -> None:
    """Marks the browser until it is closed; nothing is kept of the mark but the digest on a held time."""
    response.set_cookie(
        visitor_cookie_name(), mark, path="/", secure=settings().is_https, httponly=True, samesite="lax"
    )


def read_visitor(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The mark of this browser; None when it has none, or one that we did not make."""
    mark = _value(headers, visitor_cookie_name())
    return mark if mark and _MARK.fullmatch(mark) else None


def _value(headers: Iterable[tuple[bytes, bytes]], wanted: str) -> str | None:
    for name, value in headers:
        if name.lower() == b"cookie" and (found := _cookie_in(value.decode("latin-1"), wanted)):
            return found
    return None


def _cookie_in(header: str, wanted: str) -> str | None:
    """The value of a cookie; by hand, because http.cookies gives up at the first odd cookie of another program."""
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted and value:
            return value.strip('"')
    return None
