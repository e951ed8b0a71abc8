"""`/metrics` for Prometheus, when CAREOPS_METRICS is on: no names, no addresses, numbers of the whole installation."""

from __future__ import annotations

import hmac
from importlib.metadata import version

from fastapi import Request, Response

from careops_app.automation.pulse import Pulse, pulse
from careops_app.infra import measures
from careops_app.infra.db import SYSTEM, fetch
from careops_app.infra.measures import Page
from careops_app.infra.settings import settings


async def metrics(request: Request) -> Response:
    """404 while it is off, 401 without the token when one is set."""
    if not settings().metrics:
        return Response("Not found.", 404)
    if not _may_read(request.headers.get("authorization", "")):
        return Response("Say the token: Authorization: Bearer …", 401, {"WWW-Authenticate": "Bearer"})
    return Response(_written(await fetch(pulse, SYSTEM)), media_type=measures.CONTENT_TYPE)


def _may_read(said: str) -> bool:
    token = settings().metrics_token
    return token is None or hmac.compare_digest(said.encode(), f"Bearer {token}".encode())


def _written(found: Pulse) -> str:
    page = Page()
    page.family("careops_info", "gauge", "The version that runs.", {(("version", version("careops")),): 1})
    page.family("careops_workers", "gauge", "Workers heard of within the last minute.", {(): found.workers})
    due = {(("queue", queue.name),): float(queue.due) for queue in found.queues}
    page.family("careops_queue_due", "gauge", "What is due and not done yet.", due)
    oldest = {(("queue", queue.name),): queue.oldest_seconds for queue in found.queues}
    page.family("careops_queue_oldest_seconds", "gauge", "For how long the first of it has been due.", oldest)
    lag = next(queue.oldest_seconds for queue in found.queues if queue.name == "events")
    page.family("careops_event_lag_seconds", "gauge", "How far the rules are behind what happens.", {(): lag})
    sends = {(("channel", channel), ("outcome", outcome)): float(n) for (channel, outcome), n in found.sends.items()}
    page.family("careops_sends_last_hour", "gauge", "Tries to hand a message over, by what came of them.", sends)
    page.histogram("careops_free_times_seconds", "How long this process took to find free times.", measures.free_times)
    page.family(
        "careops_open_sockets", "gauge", "Staff screens open in this process.", {(): measures.open_sockets.value}
    )
    return page.text()
