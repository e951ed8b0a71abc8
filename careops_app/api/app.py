"""The HTTP API for machines: `/docs` served from here, `/openapi.json`, and the two health checks."""

from fastapi import FastAPI, Response
from fastapi_offline import FastAPIOffline

from careops_app.api import failures, hooks
from careops_app.api.routes import router
from careops_app.infra import postgres


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
    api.include_router(router)
    api.include_router(hooks.router)
    failures.install(api)
    return api


async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


def readyz(response: Response) -> dict[str, str]:
    """The process can do its work: the database answers."""
    if postgres.answers():
        return {"status": "ready"}
    response.status_code = 503
    return {"status": "no database"}
