"""The sign-in cookie: its name, how it is set, and how it is read. Nobody else writes or parses it."""

from collections.abc import Iterable

from starlette.responses import Response

from careops_app.infra.settings import settings

LONGEST_SECONDS = 14 * 24 * 3600  # the absolute life of a session


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
    for name, value in headers:
        if name.lower() == b"cookie" and (token := _token_in(value.decode("latin-1"))):
            return token
    return None


def _token_in(header: str) -> str | None:
    """The value of our cookie; by hand, because http.cookies gives up at the first odd cookie of another program."""
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == session_cookie_name() and value:
            return value.strip('"')
    return None
