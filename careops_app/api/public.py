"""What visitors' programs may do: see what can be booked, write, book; and manage one booking or form by its link."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlmodel import Session

from careops_app.api.access import (
    BookingLink,
    Business,
    FormLink,
    Id,
    IdempotencyKey,
    Slug,
    Trusted,
    ask_open,
    network,
    require_open,
    spend_write,
)
from careops_app.api.plain import written
from careops_app.automation import values
from careops_app.bookings import catalogue, queries, service
from careops_app.bookings.catalogue import ServiceCard
from careops_app.bookings.links import manage_token
from careops_app.bookings.making import BookingRequest
from careops_app.bookings.models import BookingStatus
from careops_app.bookings.queries import BookingCard, SlotSearch
from careops_app.bookings.rules import CustomerMay
from careops_app.bookings.service import Move
from careops_app.forms import answering, answers
from careops_app.inbox import quarantine, suspicion
from careops_app.inbox import service as inbox
from careops_app.inbox.quarantine import Judged
from careops_app.inbox.suspicion import Arrival
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.integrations.calendar.ics import calendar_of
from careops_app.workspace import faces
from careops_app.workspace import queries as workspace
from careops_app.workspace.queries import WorkspaceCard

router = APIRouter(prefix="/public", tags=["public"])
WRITE = [Depends(spend_write)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BusinessOut(BaseModel):
    slug: str
    name: str
    address: str
    phone: str
    time_zone: str
    is_open: bool


class ServiceOut(BaseModel):
    id: int
    name: str
    description: str
    duration_minutes: int
    price_text: str
    location: str
    needs_approval: bool
    capacity: int
    staff: list[dict[str, Any]]


class SlotOut(BaseModel):
    """A free time. `seats_left` is the most that one of its people can still take in; one where a visit is for one."""

    starts_at: datetime
    ends_at: datetime
    staff_ids: list[int]
    seats_left: int


class DayOut(BaseModel):
    day: date
    slots: list[SlotOut]


class InquiryIn(Body):
    name: str = Field(max_length=200)
    email: str = Field("", max_length=320)
    phone: str = Field("", max_length=40)
    message: str = Field("", max_length=10_000)


class InquiryOut(BaseModel):
    received: bool


class BookingIn(Body):
    """`starts_at` is one of the offered slots, with its offset from UTC; `staff_id` absent means anyone who is free.

    `hold_token` is that of a held time: it is taken over, and once it has ended the time is booked if it is still free.
    """

    service_id: Id
    starts_at: AwareDatetime
    name: str = Field(max_length=200)
    email: str = Field("", max_length=320)
    phone: str = Field("", max_length=40)
    staff_id: Id | None = None
    note: str = Field("", max_length=2_000)
    time_zone: str | None = Field(None, max_length=60)
    seats: int = Field(1, ge=1, le=500)
    hold_token: str = Field("", max_length=100)


class BookingOut(BaseModel):
    """What the holder of a booking's link sees; `token` opens it again."""

    token: str
    reference: str
    status: BookingStatus
    revision: int
    service: str
    staff: str
    seats: int
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    location: str
    price_text: str
    may_change: bool
    policy: str


class CancelIn(Body):
    reason: str = Field("", max_length=500)


class RescheduleIn(Body):
    starts_at: AwareDatetime
    staff_id: Id | None = None


class AnswersIn(Body):
    """Answers by question key, in the shapes that `GET` describes."""

    answers: dict[str, Any]


@router.get("/{slug}/services/{service_id}/slots", response_model=list[DayOut])
async def slots(
    slug: Slug, service_id: Id, first: Annotated[date, Query(alias="from")],
    days: Annotated[int, Query(ge=1, le=62)] = 7, tz: Annotated[str | None, Query(max_length=60)] = None,
    staff_id: Id | None = None, seats: Annotated[int, Query(ge=1, le=500)] = 1,
    hold_token: Annotated[str, Query(max_length=100)] = "",
) -> Response:  # fmt: skip
    """Free times by day, in the venue's zone or in `tz`. Every one of them is accepted when it is booked now."""
    wanted = SlotSearch(service_id, first, days, staff_id, zone=tz, seats=seats, hold_token=hold_token)
    return written(await ask_open(slug, queries.slots_on, wanted))


@router.get("/{slug}")
async def business_card(business: Business) -> BusinessOut:
    """The public face of a business."""
    return BusinessOut(**{name: getattr(business, name) for name in BusinessOut.model_fields})


@router.get("/{slug}/services")
async def services(slug: Slug) -> list[ServiceOut]:
    """What can be booked."""
    return [_service(each) for each in await ask_open(slug, catalogue.bookable_services)]


@router.get("/{slug}/services/{service_id}/free-days")
async def free_days(
    slug: Slug, service_id: Id, month: Annotated[date, Query()],
    tz: Annotated[str | None, Query(max_length=60)] = None, staff_id: Id | None = None,
) -> list[date]:  # fmt: skip
    """The days of the month of a date that have a free time; ask for the times of one of them next."""
    wanted = SlotSearch(service_id, month, staff_id=staff_id, zone=tz)
    return sorted(await ask_open(slug, queries.month_days_with_slots, wanted))


@router.post("/{slug}/inquiries", status_code=201, dependencies=WRITE)
async def inquire(
    request: Request, business: Business, trusted: Trusted, inquiry: InquiryIn, key: IdempotencyKey
) -> InquiryOut:
    """Write to the business. The same Idempotency-Key never makes a second message.

    What looks like spam waits until somebody of the business has looked at it; the business's own key is trusted.
    """
    require_open(business)
    form = inbox.InquiryForm(inquiry.name, inquiry.email, inquiry.phone, inquiry.message, key)
    signs = () if trusted else await transact(suspicion.judge, SYSTEM, Arrival(business.id, form, network(request)))
    await transact(quarantine.take, business.id, Judged(form, signs, network(request)))
    return InquiryOut(received=True)


@router.post("/{slug}/bookings", status_code=201, dependencies=WRITE)
async def book(slug: Slug, wanted: BookingIn, key: IdempotencyKey) -> BookingOut:
    """Book a free time. The same Idempotency-Key returns the same booking; a taken time answers 409 with `nearest`."""
    request = BookingRequest(
        service_id=wanted.service_id, starts_at=wanted.starts_at, name=wanted.name, idempotency_key=key,
        email=wanted.email, phone=wanted.phone, staff_id=wanted.staff_id, note=wanted.note,
        customer_time_zone=wanted.time_zone, source="api", seats=wanted.seats, hold_token=wanted.hold_token,
    )  # fmt: skip
    token, card = await faces.tell(slug, _booked, request)
    return booking_out(token, card)


def _booked(session: Session, business: WorkspaceCard, request: BookingRequest) -> tuple[str, BookingCard]:
    booking_id = service.request(session, business.id, request)
    return manage_token(session, business.id, booking_id), queries.booking_card(session, business.id, booking_id)


@router.get("/bookings/{token}", tags=["links"])
async def booking(link: BookingLink, token: str) -> BookingOut:
    """The booking of a link."""
    return booking_out(token, await fetch(queries.booking_card, link.workspace_id, link.subject_id))


@router.get("/bookings/{token}/calendar.ics", tags=["links"], response_class=Response)
async def calendar(link: BookingLink) -> Response:
    """The booking as a calendar file (RFC 5545)."""
    invite = await fetch(values.booking_invite, link.workspace_id, link.subject_id)
    business = await fetch(workspace.workspace_card, link.workspace_id)
    card = await fetch(queries.booking_card, link.workspace_id, link.subject_id)
    file = calendar_of(invite, business.contact_email, business.name, card.given_email, as_file=True)
    named = f'attachment; filename="{card.reference}.ics"'
    headers = {"content-disposition": named, "cache-control": "no-store"}
    return Response(file, media_type="text/calendar; charset=utf-8", headers=headers)


@router.post("/bookings/{token}/cancel", tags=["links"], dependencies=WRITE)
async def cancel(link: BookingLink, token: str, wish: CancelIn) -> BookingOut:
    """Cancel within the policy of the service; 409 afterwards."""
    await transact(service.cancel_by_customer, link.workspace_id, link.subject_id, wish.reason)
    return booking_out(token, await fetch(queries.booking_card, link.workspace_id, link.subject_id))


@router.post("/bookings/{token}/reschedule", tags=["links"], dependencies=WRITE)
async def reschedule(link: BookingLink, token: str, wish: RescheduleIn) -> BookingOut:
    """Move to another free time within the policy; the old time is freed in the same moment, or nothing changes."""
    await transact(
        service.reschedule_by_customer, link.workspace_id, Move(link.subject_id, wish.starts_at, wish.staff_id)
    )
    return booking_out(token, await fetch(queries.booking_card, link.workspace_id, link.subject_id))


@router.get("/forms/{token}", tags=["links"])
async def form(link: FormLink) -> dict[str, Any]:
    """The questions of a form, and where it stands."""
    found = await fetch(answers.public_form, link.workspace_id, link.subject_id)
    return {
        "name": found.name, "intro": found.intro, "status": found.status, "due_at": found.due_at.isoformat(),
        "questions": [
            {"key": q.key, "kind": q.kind, "label": q.label, "help": q.help, "required": q.required, "options": q.options}
            for q in found.questions
        ],
    }  # fmt: skip


@router.post("/forms/{token}", tags=["links"], status_code=201, dependencies=WRITE)
async def submit(link: FormLink, given: AnswersIn) -> dict[str, str]:
    """Send the answers, once; 422 names each question that is missing or wrong."""
    await transact(answering.submit, link.workspace_id, link.subject_id, given.answers)
    return {"status": "done"}


def _service(card: ServiceCard) -> ServiceOut:
    staff = [{"id": each.id, "name": each.name} for each in card.staff]
    plain = {name: getattr(card, name) for name in ServiceOut.model_fields if name != "staff"}
    return ServiceOut(**plain, staff=staff)


def booking_out(token: str, card: BookingCard) -> BookingOut:
    return BookingOut(
        token=token, reference=card.reference, status=card.status, revision=card.revision, service=card.service,
        staff=card.staff, seats=card.seats, starts_at=card.starts_at, ends_at=card.ends_at, time_zone=card.time_zone,
        location=card.location, price_text=card.price_text, may_change=card.customer_may == CustomerMay.CHANGE,
        policy=card.policy,
    )  # fmt: skip
