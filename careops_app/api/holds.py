"""Holding a free time for a visitor while the details are asked for: take it, let it go."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Depends, Path, Request
from pydantic import AwareDatetime, BaseModel, Field
from sqlmodel import Session

from careops_app.api.access import Business, Id, Trusted, network, spend_write
from careops_app.api.public import Body
from careops_app.bookings import hold_budget, holding
from careops_app.bookings.holding import Held, HoldRequest
from careops_app.infra.db import SYSTEM, transact

router = APIRouter(prefix="/public", tags=["public"])
WRITE = [Depends(spend_write)]


class HoldIn(Body):
    """`starts_at` is one of the offered slots. `visitor` tells your visitors apart: each may hold two times."""

    service_id: Id
    starts_at: AwareDatetime
    staff_id: Id | None = None
    seats: int = Field(1, ge=1, le=500)
    visitor: str = Field("", max_length=200)


class HoldOut(BaseModel):
    """A time that is kept until `expires_at`; its token goes with the booking as `hold_token`."""

    token: str
    service_id: int
    staff_id: int
    starts_at: datetime
    ends_at: datetime
    seats: int
    expires_at: datetime


@router.post("/{slug}/holds", status_code=201, dependencies=WRITE)
async def hold(business: Business, trusted: Trusted, request: Request, wanted: HoldIn) -> HoldOut:
    """Keep a free time for ten minutes; a taken one answers 409 with `nearest`.

    A network may hold a handful at once; with a key of the business there is no such bound.
    """
    where = network(request)
    named = f"key {wanted.visitor}" if trusted else f"{where} {request.headers.get('user-agent', '')} {wanted.visitor}"
    asked = HoldRequest(wanted.service_id, wanted.starts_at, named, wanted.staff_id, wanted.seats)
    if trusted:
        return _shown(await transact(holding.hold_time, business.id, asked))
    await transact(hold_budget.spend, SYSTEM, business.id, where)
    try:
        return _shown(await transact(_hold, business.id, asked))
    except BaseException:
        await transact(hold_budget.give_back, SYSTEM, business.id, where)
        raise


@router.delete("/{slug}/holds/{token}", status_code=204, dependencies=WRITE)
async def let_go(business: Business, trusted: Trusted, request: Request, token: str = Path(max_length=100)) -> None:
    """Free a held time; one that has ended or was let go is no error."""
    if await transact(_let_go, business.id, token) and not trusted:
        await transact(hold_budget.give_back, SYSTEM, business.id, network(request))


def _hold(session: Session, workspace_id: int, wanted: HoldRequest) -> Held:
    hold_budget.require_room(session, workspace_id, wanted)
    return holding.hold_time(session, workspace_id, wanted)


def _let_go(session: Session, workspace_id: int, token: str) -> bool:
    """Whether there was something to let go."""
    held = holding.held(session, workspace_id, token)
    if held is not None:
        holding.let_go(session, workspace_id, held.hold_id)
    return held is not None


def _shown(held: Held) -> HoldOut:
    return HoldOut(**{name: getattr(held, name) for name in HoldOut.model_fields})
