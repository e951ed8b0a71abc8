"""The waitlist for visitors' programs: joining it, and answering or leaving by the link that comes as a message."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlmodel import Session

from careops_app.api.access import Business, Id, IdempotencyKey, WaitlistLink, spend_write
from careops_app.api.public import Body
from careops_app.bookings import waitlist, waitlist_offers
from careops_app.bookings.links import manage_token
from careops_app.bookings.waitlist import WaitlistRequest
from careops_app.bookings.waitlist_models import WaitlistStatus
from careops_app.bookings.waitlist_offers import Answer
from careops_app.bookings.waitlist_queries import EntryCard, entry_card
from careops_app.bookings.waitlist_rules import MOST_SEATS, WHOLE_DAY, Wish
from careops_app.infra.db import fetch, transact

router = APIRouter(prefix="/public", tags=["public"])
WRITE = [Depends(spend_write)]


class WaitlistIn(Body):
    """When one would come: a start on one of these days, at `starts_from` or later and before `starts_before`, on the
    venue's clock. `staff_id` absent means anyone."""

    service_id: Id
    first_on: date
    last_on: date
    name: str = Field(max_length=200)
    email: str = Field("", max_length=320)
    phone: str = Field("", max_length=40)
    staff_id: Id | None = None
    starts_from: time | None = None
    starts_before: time | None = None
    seats: Annotated[int, Field(ge=1, le=MOST_SEATS)] = 1
    note: str = Field("", max_length=2_000)
    time_zone: str | None = Field(None, max_length=60)


class WaitlistedOut(BaseModel):
    """The link to the place on the list comes as a message, so that nobody learns who is on it."""

    joined: bool


class OfferOut(BaseModel):
    """A time that is kept until `expires_at`."""

    id: int
    starts_at: datetime
    ends_at: datetime
    staff: str
    expires_at: datetime


class PlaceOut(BaseModel):
    """A place on the list; with `offer` when there is one to answer."""

    status: WaitlistStatus
    service: str
    staff: str
    first_on: date
    last_on: date
    starts_from: str
    starts_before: str
    time_zone: str
    offer: OfferOut | None


class AnswerIn(Body):
    """Which offer is answered."""

    offer_id: Id


class AcceptedOut(BaseModel):
    """`token` opens the booking."""

    token: str


@router.post("/{slug}/waitlist", status_code=201, dependencies=WRITE)
async def join(business: Business, wanted: WaitlistIn, key: IdempotencyKey) -> WaitlistedOut:
    """Wait for a time to become free. The same Idempotency-Key makes one place."""
    wish = Wish(
        wanted.service_id, wanted.first_on, wanted.last_on, wanted.staff_id, _minute(wanted.starts_from, WHOLE_DAY[0]),
        _minute(wanted.starts_before, WHOLE_DAY[1]) or WHOLE_DAY[1], wanted.seats,
    )  # fmt: skip
    request = WaitlistRequest(wish, wanted.name, key, wanted.email, wanted.phone, wanted.note, wanted.time_zone)
    await transact(waitlist.join, business.id, request)
    return WaitlistedOut(joined=True)


@router.get("/waitlist/{token}", tags=["links"])
async def place(link: WaitlistLink) -> PlaceOut:
    """The place of a link, as it is now."""
    return _place(await fetch(entry_card, link.workspace_id, link.subject_id))


@router.post("/waitlist/{token}/accept", tags=["links"], status_code=201, dependencies=WRITE)
async def accept(link: WaitlistLink, answer: AnswerIn) -> AcceptedOut:
    """Take the offered time; 409 offer_over when it has passed on. Sent again, it is the same booking."""
    token = await transact(_accepted, link.workspace_id, Answer(link.subject_id, answer.offer_id))
    return AcceptedOut(token=token)


def _accepted(session: Session, workspace_id: int, answer: Answer) -> str:
    return manage_token(session, workspace_id, waitlist_offers.accept(session, workspace_id, answer))


@router.post("/waitlist/{token}/decline", tags=["links"], dependencies=WRITE)
async def decline(link: WaitlistLink, answer: AnswerIn) -> PlaceOut:
    """Say no to the offered time and keep the place."""
    await transact(waitlist_offers.decline, link.workspace_id, Answer(link.subject_id, answer.offer_id))
    return _place(await fetch(entry_card, link.workspace_id, link.subject_id))


@router.post("/waitlist/{token}/leave", tags=["links"], dependencies=WRITE)
async def leave(link: WaitlistLink) -> PlaceOut:
    """Leave the list; a time that is kept passes on."""
    await transact(waitlist.leave, link.workspace_id, link.subject_id)
    return _place(await fetch(entry_card, link.workspace_id, link.subject_id))


def _minute(at: time | None, otherwise: int) -> int:
    return otherwise if at is None else at.hour * 60 + at.minute


def _place(card: EntryCard) -> PlaceOut:
    wish, offer = card.wish, card.offer
    return PlaceOut(
        status=card.status, service=card.service, staff=card.staff, first_on=wish.first_on, last_on=wish.last_on,
        starts_from=_clock(wish.from_minute), starts_before=_clock(wish.until_minute), time_zone=card.time_zone,
        offer=OfferOut(**vars(offer)) if offer else None,
    )  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
