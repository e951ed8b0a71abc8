"""Every address of the API below /api/v1, in one router."""

from fastapi import APIRouter

from careops_app.api import business, holds, public, several, waitlist
from careops_app.api.failures import PROBLEMS
from careops_app.errors import NotFound

router = APIRouter(prefix="/api/v1", responses=PROBLEMS)
router.include_router(public.router)  # first: what is asked most is found soonest
router.include_router(holds.router)
router.include_router(waitlist.router)
router.include_router(several.router)
router.include_router(business.router)


@router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
async def nothing_here(path: str) -> None:
    """An address that does not exist answers as the API does, not with a page."""
    raise NotFound("The address")
