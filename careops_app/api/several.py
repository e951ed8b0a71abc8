"""Several bookings at once: a series with every date looked at first, and a visit of several services."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field, NaiveDatetime
from sqlmodel import Session

from careops_app.api.access import Business, Id, IdempotencyKey, require_open
from careops_app.api.public import WRITE, Body, BookingOut, booking_out
from careops_app.bookings import group_rows, queries, series, visits
from careops_app.bookings.groups import ForWhom
from careops_app.bookings.links import manage_token
from careops_app.bookings.models import GroupKind
from careops_app.bookings.recurring import MOST_VISITS, Every, Rhythm
from careops_app.bookings.series import Instead, SeriesBooking, SeriesDay, SeriesWish
from careops_app.bookings.visits import MOST_PARTS, Part, VisitBooking, VisitSearch, VisitSlot
from careops_app.infra.db import fetch, transact

router = APIRouter(prefix="/public", tags=["public"])


class SeriesIn(Body):
    """`first` is what the venue's clock shows, without a zone; it stays so on every date. End: `visits`, `until` or both."""

    service_id: Id
    first: NaiveDatetime
    every: Every = Every.WEEK
    step: int = 1
    visits: int | None = None
    until: date | None = None
    staff_id: Id | None = None


class WhomIn(Body):
    name: str = Field(max_length=200)
    email: str = Field("", max_length=320)
    phone: str = Field("", max_length=40)
    note: str = Field("", max_length=2_000)
    time_zone: str | None = Field(None, max_length=60)


class InsteadIn(Body):
    """For one date of the series: another start, or null to leave it out."""

    day: date
    starts_at: AwareDatetime | None


class SeriesBookingIn(SeriesIn, WhomIn):
    instead: Annotated[list[InsteadIn], Field(max_length=MOST_VISITS)] = []


class StaffOut(BaseModel):
    id: int
    name: str


class DateOut(BaseModel):
    """One date: who is free, or why not and the nearest free starts of that day."""

    day: date
    starts_at: datetime | None
    is_free: bool
    staff: list[StaffOut]
    problem: str
    nearest: list[datetime]


class PartIn(Body):
    """One of the services; `staff_id` absent means anyone who is free."""

    service_id: Id
    staff_id: Id | None = None


Parts = Annotated[list[PartIn], Field(max_length=MOST_PARTS)]


class VisitSearchIn(Body):
    """`from` is a date of the venue's calendar."""

    parts: Parts
    first_day: date = Field(alias="from")
    days: int = Field(1, ge=1, le=31)


class VisitIn(WhomIn):
    """`starts_at` is the start of the first service, one of those that the preview lists."""

    parts: Parts
    starts_at: AwareDatetime


class LegOut(BaseModel):
    service_id: int
    staff_id: int
    starts_at: datetime
    ends_at: datetime


class VisitSlotOut(BaseModel):
    starts_at: datetime
    ends_at: datetime
    legs: list[LegOut]


class GroupOut(BaseModel):
    """Bookings made together; each is opened, moved and cancelled by its own token."""

    kind: GroupKind
    bookings: list[BookingOut]


@router.post("/{slug}/series/preview")
async def series_preview(business: Business, wanted: SeriesIn) -> list[DateOut]:
    """Every date of a series, free or not; nothing is written or held."""
    require_open(business)
    return [_date(day) for day in await fetch(series.preview_series, business.id, _wish(wanted))]


@router.post("/{slug}/series", status_code=201, dependencies=WRITE)
async def book_series(business: Business, wanted: SeriesBookingIn, key: IdempotencyKey) -> GroupOut:
    """Book every date that is not left out, or nothing: one that cannot be had answers 409 with `nearest`."""
    instead = tuple(Instead(one.day, one.starts_at) for one in wanted.instead)
    asked = SeriesBooking(_wish(wanted), _whom(wanted), key, instead, source="api")
    return await transact(_series, business.id, asked)


@router.post("/{slug}/visits/preview")
async def visit_preview(business: Business, wanted: VisitSearchIn) -> list[VisitSlotOut]:
    """Every start at which all services fit, one after the other; nothing is written or held."""
    require_open(business)
    search = VisitSearch(_parts(wanted.parts), wanted.first_day, wanted.days)
    return [_slot(slot) for slot in await fetch(visits.visit_slots, business.id, search)]


@router.post("/{slug}/visits", status_code=201, dependencies=WRITE)
async def book_visit(business: Business, wanted: VisitIn, key: IdempotencyKey) -> GroupOut:
    """Book all services of a visit, or nothing: a start that cannot be had answers 409 with `nearest`."""
    asked = VisitBooking(_parts(wanted.parts), wanted.starts_at, _whom(wanted), key, source="api")
    return await transact(_visit, business.id, asked)


def _series(session: Session, workspace_id: int, wanted: SeriesBooking) -> GroupOut:
    return _group(session, workspace_id, series.book_series(session, workspace_id, wanted))


def _visit(session: Session, workspace_id: int, wanted: VisitBooking) -> GroupOut:
    return _group(session, workspace_id, visits.book_visit(session, workspace_id, wanted))


def _group(session: Session, workspace_id: int, group_id: int) -> GroupOut:
    card = group_rows.group_card(session, workspace_id, group_id)
    bookings = [
        booking_out(
            manage_token(session, workspace_id, row.id), queries.booking_card(session, workspace_id, row.id)
        )
        for row in card.rows
    ]  # fmt: skip
    return GroupOut(kind=card.kind, bookings=bookings)


def _wish(wanted: SeriesIn) -> SeriesWish:
    rhythm = Rhythm(wanted.every, wanted.step, wanted.visits, wanted.until)
    return SeriesWish(wanted.service_id, wanted.first, rhythm, wanted.staff_id)


def _whom(wanted: WhomIn) -> ForWhom:
    return ForWhom(wanted.name, wanted.email, wanted.phone, wanted.note, time_zone=wanted.time_zone)


def _parts(wanted: list[PartIn]) -> tuple[Part, ...]:
    return tuple(Part(one.service_id, one.staff_id) for one in wanted)


def _date(day: SeriesDay) -> DateOut:
    return DateOut(
        day=day.day, starts_at=day.starts_at, is_free=day.is_free, problem=day.problem, nearest=list(day.nearest),
        staff=[StaffOut(id=one.id, name=one.name) for one in day.staff],
    )  # fmt: skip


def _slot(slot: VisitSlot) -> VisitSlotOut:
    legs = [
        LegOut(service_id=leg.service_id, staff_id=leg.staff_id, starts_at=leg.starts_at, ends_at=leg.ends_at)
        for leg in slot.legs
    ]
    return VisitSlotOut(starts_at=slot.starts_at, ends_at=slot.ends_at, legs=legs)
