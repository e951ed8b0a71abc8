"""Why a time is not offered to customers: for everybody who gives the service, all reasons in words, or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from careops_app.bookings import rules, sentences
from careops_app.bookings.availability import Offer, bookable, calendars, offer
from careops_app.bookings.making import require_instant
from careops_app.bookings.models import Allocation, Booking, Service
from careops_app.bookings.readings import instant_at
from careops_app.bookings.rules import LONGEST_VISIT, Calendar, Obstacle
from careops_app.bookings.spans import Span, local_day
from careops_app.contacts.models import Contact
from careops_app.infra import clock, wording
from careops_app.infra.db import InWorkspace, workspace_of

LONGEST_TAKEN = LONGEST_VISIT * 2  # a visit and its buffers are shorter


@dataclass(frozen=True)
class WhyNot:
    """What stands against a start with one person; no reason means that it is offered."""

    staff_id: int
    staff: str
    reasons: tuple[str, ...]


def why_no_slot(
    session: Session, scope: InWorkspace | int, service_id: int, starts_at: datetime, staff_id: int | None = None
) -> tuple[WhyNot, ...]:
    """Everybody who gives the service (or one of them), with all that keeps this start from being offered.

    `starts_at` is an instant, or a naive reading of the venue's clock. From the same rules that offer times: without
    reasons exactly when the start is offered. Raises Invalid(starts_at), also for a reading that the clocks skip,
    NotFound, Refused(code=service_retired | staff_unavailable).
    """
    wanted = offer(session, workspace_of(scope), bookable(session, service_id), staff_id=staff_id)
    if starts_at.tzinfo is None:
        starts_at = instant_at(starts_at, wanted.zone)
    require_instant(starts_at)
    day, now = local_day(starts_at, wanted.zone), clock.now()
    known = calendars(session, wanted, day, day)
    return tuple(
        WhyNot(
            one.id, one.name,
            tuple(
                sentence
                for obstacle in rules.obstacles(known[one.id], starts_at, wanted.limits, wanted.zone, now)
                for sentence in _told(session, wanted, one.id, known[one.id], starts_at, obstacle)
            ),
        )
        for one in wanted.staff
    )  # fmt: skip


def _told(
    session: Session, wanted: Offer, staff_id: int, calendar: Calendar, start: datetime, obstacle: Obstacle
) -> list[str]:
    if obstacle == Obstacle.TAKEN:
        return _in_the_way(session, wanted, staff_id, wanted.limits.taken(start))
    if obstacle == Obstacle.CLOSED:
        return [_when_open(wanted, calendar, start)]
    if obstacle == Obstacle.OFF_GRID:
        return [
            f"Times are offered every {wording.duration(wanted.limits.step_minutes)} from opening; this is between two."
        ]
    return [sentences.why_not(obstacle, start, wanted.limits, wanted.zone)]


def _when_open(wanted: Offer, calendar: Calendar, start: datetime) -> str:
    """The hours of that date, or the time off that lies in it."""
    visit = wanted.limits.visit(start)
    off = next((closed for closed in calendar.closed if closed.overlaps(visit)), None)
    if off is not None:
        return f"Time off until {wording.moment(off.end, wanted.zone)}."
    windows = calendar.hours.on(local_day(start, wanted.zone))
    if not windows:
        return f"No hours on {wording.day(start, wanted.zone)}."
    hours = wording.listing([f"{_clock(window.opens)}–{_clock(window.closes)}" for window in windows])
    length = wording.duration(wanted.limits.duration_minutes)
    return f"Works {hours} that day, and the visit of {length} must lie within."


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _in_the_way(session: Session, wanted: Offer, staff_id: int, taken: Span) -> list[str]:
    """The visits that this one with its buffers would meet, each with how long it takes."""
    rows = session.exec(
        select(Booking, Service, Contact, Allocation)
        .join(Allocation, col(Allocation.booking_id) == Booking.id)
        .join(Service, col(Service.id) == Booking.service_id)
        .join(Contact, col(Contact.id) == Booking.contact_id)
        .where(
            Allocation.workspace_id == wanted.workspace_id, Allocation.resource_id == staff_id, Allocation.active,
            Allocation.from_at > taken.start - LONGEST_TAKEN, Allocation.from_at < taken.end,
            Allocation.until_at > taken.start,
        )
        .order_by(col(Allocation.from_at))
    )  # fmt: skip
    return [_visit(wanted, *row) for row in rows] or ["Another visit is in the way."]


def _visit(wanted: Offer, booking: Booking, service: Service, contact: Contact, taken: Allocation) -> str:
    times = wording.times(booking.starts_at, booking.ends_at, wanted.zone)
    told = f"{contact.name} is booked {times} for {service.name}"
    if taken.from_at < booking.starts_at or taken.until_at > booking.ends_at:
        told += f", taken {wording.times(taken.from_at, taken.until_at, wanted.zone)} with its buffers"
    if wanted.limits.before_minutes or wanted.limits.after_minutes:
        told += "; the new visit brings buffers too"
    return f"{told}."
