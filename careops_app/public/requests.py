"""What a view reads of a request: posted fields and whether our own page sent them; the visitor's network and zone."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

from careops_app.errors import Invalid
from careops_app.infra import clock, cookies, security
from careops_app.infra.db import SYSTEM, fetch
from careops_app.infra.network import network_of
from careops_app.infra.posted import plain_text
from careops_app.infra.settings import settings
from careops_app.workspace import queries

MOST_FIELDS = 100
LONGEST_FIELD = 64 * 1024
KEY_LASTS_SECONDS = 24 * 3600
KEY_FIELD = "key"
TRAP_FIELD = "website"  # people never see it, so only programs fill it in
TOO_OLD = "This page was open for too long, so nothing was sent. Check your entries and send them again."
TRAPPED = "Nothing was sent: a hidden field was filled in, maybe by your browser. Send the form again."
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


async def posted(request: Request) -> dict[str, str]:
    """The fields of a posted form without files, fit for the database; of repeated ones the last counts."""
    form = await request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD)
    return {name: plain_text(value) for name, value in form.multi_items() if isinstance(value, str)}


def is_from_our_page(request: Request) -> bool:
    """True when a page of this very site sent the form. Source: OWASP CSRF Cheat Sheet, origin verification."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origins = request.headers.getlist("origin")
    if len(origins) != 1:
        return False
    parts = urlsplit(origins[0])
    here = parts.scheme in ("http", "https") and parts.netloc == request.headers.get("host")
    return here or origins[0] == settings().public_url


def visitor_network(request: Request) -> str:
    """The network a visitor comes from, for budgets."""
    return network_of(request.client.host if request.client else "")


def visitor_mark(request: Request) -> str:
    """What tells this visitor's held times from those of others: the cookie, or where and with what they came."""
    mark = cookies.read_visitor(request.headers.raw)
    return f"mark {mark}" if mark else f"{visitor_network(request)} {request.headers.get('user-agent', '')}"


def is_marked(request: Request) -> bool:
    """Whether this browser has its mark already."""
    return cookies.read_visitor(request.headers.raw) is not None


def visitor_zone(request: Request) -> str | None:
    """The zone the visitor chose or the page's script found; None when nobody said or the name is unknown."""
    name = request.query_params.get("tz") or request.cookies.get("tz") or ""
    try:
        return clock.zone(name).key if name else None
    except Invalid:
        return None


def session_token(request: Request) -> str | None:
    """The token of the sign-in cookie."""
    return cookies.read_session(request.headers.raw)


async def is_signed_in(request: Request) -> bool:
    """Whether this browser has a live session."""
    token = session_token(request)
    return token is not None and await fetch(queries.session_id_for_token, SYSTEM, token) is not None


def can_be_overheard(request: Request) -> bool:
    """True when what is typed travels unencrypted over a network."""
    return request.url.scheme != "https" and request.url.hostname not in LOCAL_HOSTS


def form_key() -> str:
    """A key for one form as it is shown: it names the submission, so that sending it again changes nothing."""
    issued, nonce = f"{int(clock.now().timestamp()):x}", security.random_token()
    return f"{issued}.{nonce}.{_seal(issued, nonce)}"


def submission_key(fields: dict[str, str]) -> str:
    """The key of this submission. Raises Invalid(form) when it is not ours or the page has been open for too long."""
    issued, _, rest = fields.get(KEY_FIELD, "").partition(".")
    nonce, _, seal = rest.partition(".")
    genuine = hmac.compare_digest(seal.encode(), _seal(issued, nonce).encode())
    if not genuine or clock.now().timestamp() - int(issued, 16) > KEY_LASTS_SECONDS:
        raise Invalid(form=TOO_OLD)
    return nonce


def seconds_open(fields: dict[str, str]) -> float:
    """How long ago the form was shown; its key must have been found ours (`submission_key`)."""
    return clock.now().timestamp() - int(fields[KEY_FIELD].partition(".")[0], 16)


def is_trapped(fields: dict[str, str]) -> bool:
    """True when the field that people never see was filled in."""
    return bool(fields.get(TRAP_FIELD, "").strip())


def _seal(issued: str, nonce: str) -> str:
    return security.derived_token("form key", issued, nonce)
