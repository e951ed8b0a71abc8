"""The way of a question that is asked most, free times, past what every other request needs of the API.

It answers what `public.slots` answers, from the same query. Whatever is not asked plainly, or is wrong in any part, is
left to that route, which documents the address and says what is wrong.
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qsl

from pydantic import TypeAdapter
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from careops_app.api.access import ask_open
from careops_app.bookings import queries
from careops_app.bookings.queries import DaySlots, SlotSearch
from careops_app.errors import CareOpsError

_PLAIN_PATH = re.compile(r"/api/v1/public/([a-z0-9-]{1,60})/services/([1-9][0-9]{0,17})/slots")
_PLAIN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN_DAYS = re.compile(r"[1-9]|[1-5][0-9]|6[0-2]")
_PLAIN_ID = re.compile(r"[1-9][0-9]{0,17}")
_DAYS = TypeAdapter(tuple[DaySlots, ...])


class PlainSlots:
    """Takes a GET whose parameters are `from` and maybe `days` and `staff_id`, each once and as they should be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await _answer(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        await (answer or self._app)(scope, receive, send)


async def _answer(scope: Scope) -> Response | None:
    """The free times asked for; None when the documented route has to look at the request or say what is wrong."""
    if (asked := _asked(scope)) is None:
        return None
    try:
        return written(await ask_open(asked[0], queries.slots_on, asked[1]))
    except CareOpsError:
        return None


def written(days: tuple[DaySlots, ...]) -> Response:
    """Days of free times in the shape of `public.DayOut`, without making one."""
    return Response(_DAYS.dump_json(days), media_type="application/json")


def _asked(scope: Scope) -> tuple[str, SlotSearch] | None:
    path = _PLAIN_PATH.fullmatch(scope["path"])
    if path is None:
        return None
    given = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    named = dict(given)
    day, days, staff = named.pop("from", ""), named.pop("days", "7"), named.pop("staff_id", None)
    is_plain = _PLAIN_DAY.fullmatch(day) and _PLAIN_DAYS.fullmatch(days) and (not staff or _PLAIN_ID.fullmatch(staff))
    if named or not is_plain or staff == "" or len(given) != len({name for name, _ in given}):
        return None
    try:
        first = date.fromisoformat(day)
    except ValueError:
        return None
    return path[1], SlotSearch(int(path[2]), first, int(days), int(staff) if staff else None)
