"""What is shown of services, free times and single bookings. Frozen rows only; lists and their figures are in `lists`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, text
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from careops_app.bookings import rules, sentences
from careops_app.bookings.availability import (
    OCCUPYING,
    Mine,
    Offer,
    Timetable,
    bookable,
    nearest_starts,
    offer,
    starts_by_staff,
    timetable,
)
from careops_app.bookings.holding import live_hold
from careops_app.bookings.making import YEARS
from careops_app.bookings.models import Booking, BookingStatus, Resource, Service
from careops_app.bookings.rules import CustomerMay
from careops_app.bookings.spans import DAY, local_day, whole_days
from careops_app.bookings.terms import Staff, terms_of
from careops_app.contacts.models import Contact
from careops_app.errors import Invalid
from careops_app.infra import clock, measures, outbox
from careops_app.infra.db import InWorkspace, load, rows, workspace_of
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace.models import Workspace

MOST_DAYS = 62
MOST_ROWS = 2_000
WEEKS_AHEAD = 13

Scope = InWorkspace | int


@dataclass(frozen=True)
class SlotSearch:
    """Whose free times, on which days. `staff_id` None is anyone; `by_staff` leaves notice, horizon and step aside.

    `except_booking` is the one that is to be moved, `hold_token` opens the visitor's own hold: their time counts as
    free. The days are those of the venue, or of `zone` (IANA) when it is given.
    """

    service_id: int
    first_day: date
    days: int = 1
    staff_id: int | None = None
    by_staff: bool = False
    except_booking: int | None = None
    zone: str | None = None
    seats: int = 1
    hold_token: str = ""


@dataclass(frozen=True)
class Slot:
    """A free time, the calendars that are free then, and the most seats one of them has left."""

    starts_at: datetime
    ends_at: datetime
    staff_ids: tuple[int, ...]
    seats_left: int = 1


@dataclass(frozen=True)
class DaySlots:
    """The free times of one date, in order; maybe none."""

    day: date
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class NextFree:
    """The first free time of somebody; None when there is none in the next three months."""

    staff: Staff
    starts_at: datetime | None


@dataclass(frozen=True)
class AgendaFilter:
    """Which part of the calendar: bookings that start in [from_at, to_at), aware instants at most 62 days apart."""

    from_at: datetime
    to_at: datetime
    staff_id: int | None = None
    statuses: frozenset[BookingStatus] = frozenset(BookingStatus)
    contact_id: int | None = None


@dataclass(frozen=True)
class AgendaRow:
    """A booking in a calendar; `next_statuses` is what it may become right now, `revision` the one to move it by."""

    id: int
    reference: str
    starts_at: datetime
    ends_at: datetime
    status: BookingStatus
    service_id: int
    service: str
    staff_id: int
    staff: str
    contact_id: int
    contact: str
    note: str
    revision: int
    may_move: bool
    next_statuses: tuple[BookingStatus, ...]


@dataclass(frozen=True)
class DayLoad:
    """How full a date is: visits that take place or took place, and their minutes."""

    day: date
    visits: int
    minutes: int


@dataclass(frozen=True)
class BookingCard:
    """Everything about one booking. Times are instants; `time_zone` is the venue's, as agreed when it was booked."""

    id: int
    reference: str
    status: BookingStatus
    revision: int
    service_id: int
    service: str
    duration_minutes: int
    price_text: str
    payment_url: str
    location: str
    staff_id: int
    staff: str
    contact_id: int
    contact: str
    given_name: str
    given_email: str
    given_phone: str
    note: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    customer_time_zone: str | None
    source: str
    booked_by: str
    created_at: datetime
    moved_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancel_reason: str
    seats: int
    decide_by: datetime | None
    group_id: int | None
    overlap_reason: str
    may_restore: bool
    next_statuses: tuple[BookingStatus, ...]
    may_move: bool
    may_cancel: bool
    customer_may: CustomerMay
    change_deadline: datetime
    policy: str
    agreed: datetime | None  # what the venue's clock was to show at the start, when it no longer does (bookings.zones)


@dataclass(frozen=True)
class HistoryRow:
    """Something that happened to a booking; `name` is the event's, `by` who did it, or empty."""

    name: str
    at: datetime
    by: str


@measures.timed(measures.free_times)
def slots_on(session: Session, scope: Scope, wanted: SlotSearch) -> tuple[DaySlots, ...]:
    """The free times of each asked day, days without any included; each of them is accepted when it is booked now.

    Raises NotFound, Invalid(days | first_day | time_zone), Refused(code="service_retired" | "staff_unavailable").
    """
    free = _free(session, scope, wanted)
    by_day: dict[date, list[Slot]] = {wanted.first_day + DAY * number: [] for number in range(wanted.days)}
    for slot in _slots(free):
        by_day.get(local_day(slot.starts_at, free.zone), []).append(slot)
    return tuple(DaySlots(day, tuple(found)) for day, found in by_day.items())


def month_days_with_slots(session: Session, scope: Scope, wanted: SlotSearch) -> frozenset[date]:
    """The days of the month of `first_day` that have a free time. Raises as `slots_on`."""
    first = wanted.first_day.replace(day=1)
    days = ((first + timedelta(days=31)).replace(day=1) - first).days
    free = _free(session, scope, replace(wanted, first_day=first, days=days))
    starts = {start for starts in free.by_staff.values() for start in starts}
    found = {local_day(start, free.zone) for start in starts}
    return frozenset(day for day in found if (day.year, day.month) == (first.year, first.month))


def nearest_free(session: Session, scope: Scope, wanted: SlotSearch, start: datetime) -> tuple[datetime, ...]:
    """The three free starts closest to this one, itself included while it is free. Raises as `slots_on`."""
    workspace_id = workspace_of(scope)
    bookable(session, workspace_id, wanted.service_id)
    asked = offer(session, workspace_id, wanted.service_id, staff_id=wanted.staff_id, seats=wanted.seats)
    return tuple(nearest_starts(session, asked, start))


def next_free(session: Session, scope: Scope, service_id: int) -> tuple[NextFree, ...]:
    """Everybody who gives the service with their first free time, for customers. Raises as `slots_on`."""
    asked = offer(session, workspace_of(scope), bookable(session, workspace_of(scope), service_id))
    now = clock.now()
    first: dict[int, datetime] = {}
    day = local_day(now, asked.zone)
    last = min(asked.limits.last_day(now, asked.zone), day + timedelta(weeks=WEEKS_AHEAD))
    while day <= last and len(first) < len(asked.staff):
        end = min(day + timedelta(days=13), last)
        by_staff = starts_by_staff(asked, timetable(session, asked, day, end), day, end, now)
        first = {staff_id: starts[0] for staff_id, starts in by_staff.items() if starts} | first
        day = end + DAY
    return tuple(NextFree(staff, first.get(staff.id)) for staff in asked.staff)


def agenda(session: Session, scope: Scope, wanted: AgendaFilter) -> tuple[AgendaRow, ...]:
    """The bookings of a stretch of the calendar, by start. Raises Invalid(to_at) for more than 62 days."""
    if not timedelta() < wanted.to_at - wanted.from_at <= timedelta(days=MOST_DAYS + 1):
        raise Invalid(to_at=f"Choose at most {MOST_DAYS} days.")
    query = _agenda().where(
        col(Booking.workspace_id) == workspace_of(scope), col(Booking.starts_at) >= wanted.from_at,
        col(Booking.starts_at) < wanted.to_at, col(Booking.status).in_(wanted.statuses),
    )  # fmt: skip
    if wanted.staff_id is not None:
        query = query.where(col(Booking.staff_id) == wanted.staff_id)
    if wanted.contact_id is not None:
        query = query.where(col(Booking.contact_id) == wanted.contact_id)
    return _agenda_rows(session, query.order_by(col(Booking.starts_at), col(Booking.id)).limit(MOST_ROWS))


def bookings_of_contact(session: Session, scope: Scope, contact_id: int, limit: int = 50) -> tuple[AgendaRow, ...]:
    """The bookings of one contact, the latest start first."""
    theirs = _agenda().where(col(Booking.workspace_id) == workspace_of(scope), col(Booking.contact_id) == contact_id)
    return _agenda_rows(session, theirs.order_by(col(Booking.starts_at).desc()).limit(limit))


def booking_named(session: Session, scope: Scope, reference: str) -> AgendaRow | None:
    """The booking with this reference, however it is spelled; None when there is none."""
    named = _agenda().where(
        col(Booking.workspace_id) == workspace_of(scope), col(Booking.reference) == reference.strip().upper()
    )
    return next(iter(_agenda_rows(session, named)), None)


def day_load(
    session: Session, scope: Scope, first: date, days: int = 7, staff_id: int | None = None
) -> tuple[DayLoad, ...]:
    """How many visits each date has on the venue's calendar, cancelled ones and no-shows aside. At most 62 days."""
    if not 1 <= days <= MOST_DAYS or first.year not in YEARS:
        raise Invalid(days=f"Choose 1 to {MOST_DAYS} days.")
    zone = _zone(session, scope)
    dates = [first + DAY * number for number in range(days)]
    spans = [whole_days(day, day, zone) for day in dates]
    rows = session.execute(
        _LOAD,
        {
            "workspace": workspace_of(scope), "staff": staff_id, "occupying": OCCUPYING,
            "starts": [span.start for span in spans], "ends": [span.end for span in spans],
        },
    )  # fmt: skip
    return tuple(DayLoad(day, visits, minutes) for day, (visits, minutes) in zip(dates, rows, strict=True))


_LOAD = text("""
    select load.visits, load.minutes
      from unnest(cast(:starts as timestamptz[]), cast(:ends as timestamptz[])) with ordinality day(begins, over, number)
     cross join lateral (
        select count(*) as visits,
               coalesce(sum(floor(extract(epoch from b.ends_at - b.starts_at) / 60)), 0)::bigint as minutes
          from booking b
         where b.workspace_id = :workspace and b.starts_at >= day.begins and b.starts_at < day.over
           and b.status = any(:occupying) and (cast(:staff as bigint) is null or b.staff_id = :staff)) load
     order by day.number
""")


def booking_card(session: Session, scope: Scope, booking_id: int) -> BookingCard:
    """One booking with all its facts and what may be done with it now. Raises NotFound."""
    booking = load(session, Booking, booking_id)
    (around,) = rows(session, _AROUND, {"booking": booking_id})
    zone, now, status = clock.zone(booking.time_zone), clock.now(), BookingStatus(booking.status)
    notice = around.cancel_notice_minutes
    may = rules.may_customer_change(status, booking.starts_at, notice, now)
    next_statuses = rules.next_statuses(status, booking.starts_at, zone, now)
    return BookingCard(
        id=booking.id, reference=booking.reference, status=status, revision=booking.revision,
        service_id=booking.service_id, service=around.service, price_text=around.price_text,
        payment_url=around.payment_url, location=around.location, staff_id=booking.staff_id, staff=around.staff,
        duration_minutes=booking.minutes,
        contact_id=booking.contact_id, contact=around.contact,
        given_name=booking.given_name, given_email=booking.given_email, given_phone=booking.given_phone,
        note=booking.note, starts_at=booking.starts_at, ends_at=booking.ends_at, time_zone=booking.time_zone,
        customer_time_zone=booking.customer_time_zone, source=booking.source, booked_by=booking.booked_by,
        created_at=booking.created_at, moved_at=booking.moved_at, cancelled_at=booking.cancelled_at,
        cancelled_by=booking.cancelled_by, cancel_reason=booking.cancel_reason, next_statuses=next_statuses,
        seats=booking.seats, decide_by=booking.decide_by, group_id=booking.group_id,
        overlap_reason=booking.overlap_reason,
        may_restore=status == BookingStatus.NO_SHOW or (status in rules.RESTORABLE and booking.starts_at > now),
        may_move=status in rules.MAY_MOVE, may_cancel=BookingStatus.CANCELLED in next_statuses, customer_may=may,
        change_deadline=rules.change_deadline(booking.starts_at, notice),
        policy=sentences.may_change(may, booking.starts_at, notice, zone), agreed=_agreed(booking, zone),
    )  # fmt: skip


def _agreed(booking: Booking, zone: ZoneInfo) -> datetime | None:
    """The reading that was agreed, naive, when the clock shows another one and somebody has to decide."""
    agreed = datetime.fromisoformat(booking.wall_start)
    shows = booking.starts_at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    return agreed if agreed != shows and BookingStatus(booking.status) in rules.MAY_MOVE else None


_AROUND = """
    select s.name as service, s.price_text, s.payment_url, s.cancel_notice_minutes,
           coalesce(nullif(s.location, ''), w.address) as location, r.name as staff, c.name as contact
      from booking b join service s on s.id = b.service_id join resource r on r.id = b.staff_id
      join workspace w on w.id = b.workspace_id join contact c on c.id = b.contact_id
     where b.id = %(booking)s
"""


def booking_history(session: Session, scope: Scope, booking_id: int) -> tuple[HistoryRow, ...]:
    """What was announced about a booking, oldest first: its own life, its forms and its stock."""
    rows = session.exec(
        select(OutboxEvent)
        .where(OutboxEvent.workspace_id == workspace_of(scope), OutboxEvent.booking_id == booking_id)
        .order_by(col(OutboxEvent.id))
    )
    return tuple(HistoryRow(row.name, row.at, getattr(outbox.told(row), "by", "")) for row in rows)


def _check(wanted: SlotSearch) -> None:
    if not 1 <= wanted.days <= MOST_DAYS:
        raise Invalid(days=f"Choose 1 to {MOST_DAYS} days.")
    if wanted.first_day.year not in YEARS:
        raise Invalid(first_day="Choose a day of this century.")


def _zone(session: Session, scope: Scope) -> ZoneInfo:
    return clock.zone(load(session, Workspace, workspace_of(scope)).time_zone)


@dataclass(frozen=True)
class _Free:
    """The open starts of everybody, and what they were found with; days are those of `zone`."""

    asked: Offer
    known: Timetable
    zone: ZoneInfo
    by_staff: dict[int, list[datetime]]


def _free(session: Session, scope: Scope, wanted: SlotSearch) -> _Free:
    """A day more on both sides when the asked days are not those of the venue. Raises as `slots_on`."""
    _check(wanted)
    workspace_id = workspace_of(scope)
    terms = terms_of(session, workspace_id, wanted.service_id)
    if not wanted.by_staff:
        bookable(session, workspace_id, terms)
    asked = offer(session, workspace_id, terms, staff_id=wanted.staff_id, by_staff=wanted.by_staff, seats=wanted.seats)
    hold = live_hold(session, workspace_id, wanted.hold_token) if wanted.hold_token else None
    zone = asked.zone if wanted.zone is None else clock.zone(wanted.zone)
    around = DAY if zone != asked.zone else timedelta()
    first, last = wanted.first_day - around, wanted.first_day + timedelta(days=wanted.days - 1) + around
    known = timetable(session, asked, first, last, Mine(wanted.except_booking, hold.id if hold else None))
    return _Free(asked, known, zone, starts_by_staff(asked, known, first, last, clock.now()))


def _slots(free: _Free) -> list[Slot]:
    by_start: dict[datetime, list[int]] = {}
    for staff_id, starts in free.by_staff.items():
        for start in starts:
            by_start.setdefault(start, []).append(staff_id)
    duration = free.asked.limits.duration
    return [
        Slot(start, start + duration, tuple(staff), _seats_left(free.asked, free.known, start, staff))
        for start, staff in sorted(by_start.items())
    ]


def _seats_left(asked: Offer, known: Timetable, start: datetime, staff_ids: Iterable[int]) -> int:
    """The most that one group of this start can still take in."""
    if not asked.limits.is_group:
        return 1
    left = [known.calendars[staff_id].seats_left(start) for staff_id in staff_ids]
    return max(asked.limits.capacity if each is None else each for each in left)


_AGENDA: tuple[Any, ...] = (
    Booking.id, Booking.reference, Booking.starts_at, Booking.ends_at, Booking.status, Booking.service_id, Service.name,
    Booking.staff_id, Resource.name, Booking.contact_id, Contact.name, Booking.note,
    Booking.revision, Booking.time_zone,
)  # fmt: skip


def _agenda() -> Select[*tuple[Any, ...]]:
    """What an AgendaRow is made of, and nothing else: a week has many."""
    return (
        columns(*_AGENDA)
        .join(Service, col(Service.id) == Booking.service_id)
        .join(Resource, col(Resource.id) == Booking.staff_id)
        .join(Contact, col(Contact.id) == Booking.contact_id)
    )


def _agenda_rows(session: Session, query: Select[*tuple[Any, ...]]) -> tuple[AgendaRow, ...]:
    """The rows of a query of `_agenda`. Visits that begin together may become the same."""
    now = clock.now()

    @cache
    def standing(named: str, starts_at: datetime, zone: str) -> tuple[BookingStatus, bool, tuple[BookingStatus, ...]]:
        status = BookingStatus(named)
        return status, status in rules.MAY_MOVE, rules.next_statuses(status, starts_at, clock.zone(zone), now)

    def agenda_row(row: Any) -> AgendaRow:
        status, may_move, next_statuses = standing(row[4], row[2], row[13])
        return AgendaRow(
            id=row[0], reference=row[1], starts_at=row[2], ends_at=row[3], status=status, service_id=row[5],
            service=row[6], staff_id=row[7], staff=row[8], contact_id=row[9], contact=row[10], note=row[11],
            revision=row[12], may_move=may_move, next_statuses=next_statuses,
        )  # fmt: skip

    return tuple(agenda_row(row) for row in session.execute(query))
