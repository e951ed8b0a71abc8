"""Who calls: visitors by public address or link, machines by API key; and their budgets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import Field
from sqlmodel import Session

from careops_app.errors import NotFound, Refused, SignInRequired
from careops_app.infra import throttle
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.infra.network import network_of
from careops_app.workspace import faces, links, queries, service
from careops_app.workspace.access import Actor
from careops_app.workspace.links import LinkSubject
from careops_app.workspace.models import Purpose
from careops_app.workspace.queries import WorkspaceCard

R = TypeVar("R")
Slug = Annotated[str, Path(max_length=60)]

LARGEST_ID = 2**63 - 1  # what a bigint holds
WRITES_PER_NETWORK, WRITE_WINDOW = 600, timedelta(hours=1)
_bearer = HTTPBearer(auto_error=False, description="An API key: `careops api-key create`, or Settings.")


async def key_actor(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Actor:
    """Who acts with this key. Raises SignInRequired."""
    actor = await fetch(queries.actor_for_api_key, SYSTEM, credentials.credentials) if credentials else None
    if actor is None or credentials is None:
        raise SignInRequired
    await transact(service.note_key_use, SYSTEM, credentials.credentials)
    return actor


async def business(slug: Slug) -> WorkspaceCard:
    """The business at a public address. Raises NotFound."""
    return await faces.face(slug)


async def ask_open(slug: str, query: Callable[..., R], *args: Any) -> R:
    """What a query answers for the business at a public address. Raises NotFound, Refused(code="not_open")."""
    return await faces.ask(slug, _of_open, query, *args)


def _of_open(session: Session, business: WorkspaceCard, query: Callable[..., R], *args: Any) -> R:
    require_open(business)
    return query(session, business.id, *args)


def require_open(business: WorkspaceCard) -> None:
    if not business.is_open:
        raise Refused(f"{business.name} is not taking online requests yet.", code="not_open")


async def is_trusted(
    business: Annotated[WorkspaceCard, Depends(business)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> bool:
    """Whether the business's own program calls. Raises SignInRequired for a key that opens nothing."""
    return credentials is not None and (await key_actor(credentials)).workspace_id == business.id


async def booking_link(token: Annotated[str, Path(max_length=200)]) -> LinkSubject:
    """The booking a link opens. Raises NotFound."""
    return await _opened(Purpose.MANAGE_BOOKING, token)


async def form_link(token: Annotated[str, Path(max_length=200)]) -> LinkSubject:
    """The form a link opens. Raises NotFound."""
    return await _opened(Purpose.FORM, token)


async def waitlist_link(token: Annotated[str, Path(max_length=200)]) -> LinkSubject:
    """The place on a waitlist that a link opens. Raises NotFound."""
    return await _opened(Purpose.WAITLIST, token)


async def _opened(purpose: Purpose, token: str) -> LinkSubject:
    try:
        return await fetch(links.open_link, SYSTEM, purpose, token)
    except NotFound:
        raise NotFound("The link") from None


async def spend_write(request: Request) -> None:
    """Count one public write for the caller's network. Raises Throttled."""
    await transact(throttle.spend_by_itself, SYSTEM, f"api-from:{network(request)}", WRITES_PER_NETWORK, WRITE_WINDOW)


def network(request: Request) -> str:
    """The network the caller comes from, for budgets."""
    return network_of(request.client.host if request.client else "")


Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Key = Annotated[Actor, Depends(key_actor)]
Business = Annotated[WorkspaceCard, Depends(business)]
Trusted = Annotated[bool, Depends(is_trusted)]
BookingLink = Annotated[LinkSubject, Depends(booking_link)]
FormLink = Annotated[LinkSubject, Depends(form_link)]
WaitlistLink = Annotated[LinkSubject, Depends(waitlist_link)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=200)]
