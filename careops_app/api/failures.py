"""Expected failures as answers: the same sentences as on screens, in the shape and with the codes that machines know.

Source: RFC 9457, Problem Details for HTTP APIs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from careops_app.errors import CareOpsError, Forbidden, Invalid, NotFound, Refused, SignInRequired, Throttled

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[Exception], int] = {
    Invalid: 422,
    Refused: 409,
    NotFound: 404,
    Forbidden: 403,
    SignInRequired: 401,
    Throttled: 429,
}
STATUS_OF_REFUSAL = {"key_reused": 422}
"""Refusals that are not about the state of things: the request itself contradicts an earlier one."""
NEEDS_ZONE = "The time needs its zone, like 2026-06-16T13:00:00+01:00."
NO_TIME = "Write a time with its zone, like 2026-06-16T13:00:00+01:00."
IN_WORDS: Mapping[str, str] = {
    "missing": "This is needed.",
    "extra_forbidden": "This is not known here.",
    "timezone_aware": NEEDS_ZONE,
    "datetime_parsing": NO_TIME,
    "datetime_from_date_parsing": NO_TIME,
    "datetime_type": NO_TIME,
    "date_from_datetime_parsing": "Write a day like 2026-06-16.",
    "string_too_long": "Use at most {max_length} characters.",
    "string_too_short": "Use at least {min_length} characters.",
    "string_type": "Write text.",
    "int_parsing": "Write a whole number.",
    "int_type": "Write a whole number.",
    "greater_than_equal": "Write a number that is at least {ge}.",
    "less_than_equal": "Write a number that is at most {le}.",
    "json_invalid": "The body is no JSON.",
}
"""What is wrong with a part of a request, by the kind of the check that it did not pass."""


class Problem(BaseModel):
    """Why a request was not done. `code` is stable; `detail` is a sentence that people can be shown."""

    type: str = Field(description="urn:careops: and the code")
    title: str
    status: int
    detail: str
    code: str
    fields: dict[str, str] | None = Field(None, description="what is wrong with each part of the input")
    nearest: list[str] | None = Field(None, description="free times near the one that cannot be had")
    error: str = Field(description="the code, under its earlier name")
    message: str = Field(description="the detail, under its earlier name")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Not done, and why.", "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
}


def install(api: FastAPI) -> None:
    """Answer every expected failure of the API, and every request of the wrong shape, as a problem."""
    api.add_exception_handler(CareOpsError, _refused)
    api.add_exception_handler(RequestValidationError, _misshapen)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    code, detail = type(error).__name__.lower(), str(error)
    more: dict[str, object] = {}
    headers: dict[str, str] = {}
    status = STATUS.get(type(error), 400)
    match error:
        case Invalid():
            more["fields"] = error.fields
        case Refused():
            status = STATUS_OF_REFUSAL.get(error.code, status)
            code = error.code
            more["nearest"] = [start.isoformat() for start in error.nearest]
        case Throttled():
            headers["retry-after"] = str(error.retry_after)
        case SignInRequired():
            detail = "Send an API key as Authorization: Bearer."
            headers["www-authenticate"] = "Bearer"
    return _answer(status, code, detail, more, headers)


async def _misshapen(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fields = {_name(one["loc"]): _sentence(one) for one in error.errors()}
    detail = " ".join(f"{name}: {sentence}" for name, sentence in fields.items())
    return _answer(422, "invalid", detail, {"fields": fields}, {})


def _answer(
    status: int, code: str, detail: str, more: Mapping[str, object], headers: Mapping[str, str]
) -> JSONResponse:
    body = {
        "type": f"urn:careops:{code}", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code,
        **more, "error": code, "message": detail,
    }  # fmt: skip
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def _name(place: Sequence[int | str]) -> str:
    """“answers.skin” for something inside a body; “body” for all of it; headers by their name."""
    return ".".join(str(part) for part in place[1:] if not isinstance(part, int)) or str(place[0])


def _sentence(one: Mapping[str, Any]) -> str:
    words = IN_WORDS.get(one["type"])
    return words.format(**one.get("ctx", {})) if words else f"{one['msg']}."
