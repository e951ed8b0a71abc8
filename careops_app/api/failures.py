"""Expected failures as answers: the same sentences as on screens, with the status codes machines know."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from careops_app.errors import CareOpsError, Forbidden, Invalid, NotFound, Refused, SignInRequired, Throttled

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


def install(api: FastAPI) -> None:
    """Answer every CareOpsError of the API in its shape."""
    api.add_exception_handler(CareOpsError, _answer)


async def _answer(request: Request, error: Exception) -> JSONResponse:
    """`{"error": code, "message": sentence}`, with `fields` or `nearest` where there are any."""
    body: dict[str, object] = {"error": type(error).__name__.lower(), "message": str(error)}
    headers: dict[str, str] = {}
    status = STATUS.get(type(error), 400)
    match error:
        case Invalid():
            body["fields"] = error.fields
        case Refused():
            status = STATUS_OF_REFUSAL.get(error.code, status)
            body |= {"error": error.code, "nearest": [start.isoformat() for start in error.nearest]}
        case Throttled():
            headers["retry-after"] = str(error.retry_after)
        case SignInRequired():
            body["message"] = "Send an API key as Authorization: Bearer."
            headers["www-authenticate"] = "Bearer"
    return JSONResponse(body, status, headers)
