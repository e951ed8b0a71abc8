"""The HTTP API for machines: `/docs` served from here, `/openapi.json`, and the two health checks."""

from fastapi import FastAPI, Response
from fastapi_offline import FastAPIOffline

from careops_app.api import failures, hooks
from careops_app.api.metrics import metrics
from careops_app.api.routes import router
from careops_app.infra import readiness


def create() -> FastAPI:
    """The API with its documentation; the public pages and the staff's app are added by careops_app.app."""
    api = FastAPIOffline(
        title="CareOps",
        summary="Bookings, conversations, forms and stock of a service business.",
        docs_url="/docs",
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    api.add_api_route("/healthz", healthz, tags=["health"])
    api.add_api_route("/readyz", readyz, tags=["health"])
    api.add_api_route("/metrics", metrics, include_in_schema=False)
    api.include_router(router)
    api.include_router(hooks.router)
    failures.install(api)
    return api


async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


def readyz(response: Response) -> dict[str, str]:
    """Visitors may be sent here: the database answers, its tables are of this version, a worker is at work."""
    if (reason := readiness.why_not()) is None:
        return {"status": "ready"}
    response.status_code = 503
    return {"status": "not ready", "reason": reason}
