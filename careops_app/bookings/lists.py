"""Lists of bookings by filter, and the figures that count them: a number and the list it opens ask the same question."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from careops_app.bookings.models import Booking, BookingStatus, Resource, Service
from careops_app.contacts.models import Contact
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace
from careops_app.workspace.queries import workspace_card

PAGE = 25
MOST_COUNTED = 10_000  # nobody needs to know how many exactly, and counting years of visits takes long
AHEAD = (BookingStatus.PENDING, BookingStatus.CONFIRMED)


class BookingFilter(StrEnum):
    """Which bookings a list shows. Days are days on the workspace's clock."""

    TODAY = "today"  # all of today but cancelled ones
    HERE = "here"
    TO_COME = "to_come"  # the rest of today
    COMPLETED = "completed"  # today
    NO_SHOW = "no_show"  # today
    UPCOMING = "upcoming"  # from now on
    WEEK = "week"  # the next seven days, today excluded
    PENDING = "pending"  # waiting for approval
    UNCLOSED = "unclosed"  # over, but nobody said how it went
    CANCELLED = "cancelled"
    PAST = "past"


@dataclass(frozen=True)
class BookingRow:
    """A booking as lists show it."""

    id: int
    reference: str
    contact_id: int
    contact: str
    service: str
    staff: str
    starts_at: datetime
    ends_at: datetime
    status: BookingStatus


@dataclass(frozen=True)
class BookingPage:
    """One page, counted from 1; `total` counts all pages, but never beyond MOST_COUNTED, which then means “or more”."""

    rows: tuple[BookingRow, ...]
    total: int
    page: int
    has_more: bool


@dataclass(frozen=True)
class BookingFigures:
    """Each equals the total of the list with the filter of its name."""

    today: int
    here: int
    to_come: int
    completed: int
    no_show: int
    week: int
    pending: int
    unclosed: int


def booking_list(session: Session, scope: InWorkspace | int, wanted: BookingFilter, *, page: int = 1) -> BookingPage:
    """Bookings of one filter, 25 a page: what is ahead first thing first, what is past last thing first."""
    condition = _condition(wanted, clock.now(), _zone(session, scope))
    backwards = wanted in (BookingFilter.PAST, BookingFilter.CANCELLED, BookingFilter.UNCLOSED)
    order = col(Booking.starts_at).desc() if backwards else col(Booking.starts_at)
    query = _rows().where(condition).order_by(order, col(Booking.id)).limit(PAGE + 1).offset((page - 1) * PAGE)
    counted = select(Booking.id).where(condition).limit(MOST_COUNTED).subquery()
    total = session.exec(select(func.count()).select_from(counted)).one()
    rows = [_row(*found) for found in session.exec(query)]
    return BookingPage(tuple(rows[:PAGE]), total, page, len(rows) > PAGE)


def figures(session: Session, scope: InWorkspace | int) -> BookingFigures:
    """The dashboard's numbers about bookings, in one statement; each looks no further than its own days."""
    now, zone = clock.now(), _zone(session, scope)
    counts = [
        select(func.count()).select_from(Booking).where(_condition(BookingFilter(name), now, zone)).scalar_subquery()
        for name in BookingFigures.__dataclass_fields__
    ]
    return BookingFigures(*session.execute(select(*counts)).one())  # type: ignore[call-overload]


def day_list(session: Session, scope: InWorkspace | int, *, most: int = 60) -> list[BookingRow]:
    """Today's bookings in order, cancelled ones left out."""
    condition = _condition(BookingFilter.TODAY, clock.now(), _zone(session, scope))
    return [
        _row(*found) for found in session.exec(_rows().where(condition).order_by(col(Booking.starts_at)).limit(most))
    ]


def per_day(session: Session, scope: InWorkspace | int, days: int = 7) -> list[tuple[datetime, int, int]]:
    """(start of the day, bookings, of them not confirmed) for each of the coming days, today first."""
    zone = _zone(session, scope)
    starts = [_day(clock.now() + timedelta(days=ahead), zone)[0] for ahead in range(days + 1)]
    rows = session.exec(
        select(Booking.starts_at, Booking.status).where(
            col(Booking.starts_at) >= starts[0], col(Booking.starts_at) < starts[-1],
            col(Booking.status) != BookingStatus.CANCELLED,
        )
    ).all()  # fmt: skip
    spans = list(itertools.pairwise(starts))
    within = [[status for at, status in rows if start <= at < end] for start, end in spans]
    return [
        (start, len(found), sum(status == BookingStatus.PENDING for status in found))
        for (start, _), found in zip(spans, within, strict=True)
    ]


def _zone(session: Session, scope: InWorkspace | int) -> ZoneInfo:
    return clock.zone(workspace_card(session, scope).time_zone)


def _day(instant: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The local day of an instant as [start, end) in UTC."""
    day = instant.astimezone(zone).date()
    start, end = (datetime.combine(date, time(), zone).astimezone(UTC) for date in (day, day + timedelta(days=1)))
    return start, end


def _condition(wanted: BookingFilter, now: datetime, zone: ZoneInfo) -> ColumnElement[bool]:
    start, end = _day(now, zone)
    starts, status = col(Booking.starts_at), col(Booking.status)
    today = (starts >= start) & (starts < end)
    match wanted:
        case BookingFilter.TODAY:
            return today & (status != BookingStatus.CANCELLED)
        case BookingFilter.HERE:
            return status == BookingStatus.CHECKED_IN
        case BookingFilter.TO_COME:
            return (starts >= now) & (starts < end) & status.in_(AHEAD)
        case BookingFilter.COMPLETED:
            return today & (status == BookingStatus.COMPLETED)
        case BookingFilter.NO_SHOW:
            return today & (status == BookingStatus.NO_SHOW)
        case BookingFilter.UPCOMING:
            return (starts >= now) & status.in_(AHEAD)
        case BookingFilter.WEEK:
            return (starts >= end) & (starts < end + timedelta(days=7)) & status.in_(AHEAD)
        case BookingFilter.PENDING:
            return (status == BookingStatus.PENDING) & (starts >= now)
        case BookingFilter.UNCLOSED:
            since = start - timedelta(days=60)
            return (col(Booking.ends_at) <= now) & (starts >= since) & (starts <= now) & status.in_(AHEAD)
        case BookingFilter.CANCELLED:
            return status == BookingStatus.CANCELLED
        case BookingFilter.PAST:
            return (col(Booking.ends_at) <= now) & (starts <= now) & (status != BookingStatus.CANCELLED)


def _rows():
    return (
        select(Booking, Contact.name, Service.name, Resource.name)
        .join(Contact, col(Contact.id) == Booking.contact_id)
        .join(Service, col(Service.id) == Booking.service_id)
        .join(Resource, col(Resource.id) == Booking.staff_id)
    )


def _row(booking: Booking, contact: str, service: str, staff: str) -> BookingRow:
    return BookingRow(
        booking.id, booking.reference, booking.contact_id, contact, service, staff, booking.starts_at, booking.ends_at,
        BookingStatus(booking.status),
    )  # fmt: skip
