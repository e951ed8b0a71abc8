"""Why a time is not offered to customers: for everybody who gives the service, all reasons in words, or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from careops_app.bookings import rules, sentences
from careops_app.bookings.availability import Offer, Timetable, bookable, offer, timetable
from careops_app.bookings.making import require_instant
from careops_app.bookings.models import Allocation, Booking, NeedChoice, Resource, Service, SlotHold
from careops_app.bookings.readings import instant_at
from careops_app.bookings.rules import LONGEST_VISIT, Calendar, Obstacle
from careops_app.bookings.spans import Span, local_day
from careops_app.contacts.models import Contact
from careops_app.infra import clock, wording
from careops_app.infra.db import InWorkspace, load, workspace_of

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
    terms = bookable(session, workspace_of(scope), service_id)
    wanted = offer(session, workspace_of(scope), terms, staff_id=staff_id)
    if starts_at.tzinfo is None:
        starts_at = instant_at(starts_at, wanted.zone)
    require_instant(starts_at)
    day, now = local_day(starts_at, wanted.zone), clock.now()
    known = timetable(session, wanted, day, day)
    return tuple(
        WhyNot(
            one.id, one.name,
            tuple(
                sentence
                for obstacle in rules.obstacles(known.calendars[one.id], starts_at, wanted.limits, wanted.zone, now)
                for sentence in _told(session, wanted, one.id, known, starts_at, obstacle)
            ),
        )
        for one in wanted.staff
    )  # fmt: skip


def _told(
    session: Session, wanted: Offer, staff_id: int, known: Timetable, start: datetime, obstacle: Obstacle
) -> list[str]:
    match obstacle:
        case Obstacle.TAKEN:
            return _in_the_way(session, wanted, staff_id, wanted.limits.taken(start))
        case Obstacle.CLOSED:
            return [_when_open(wanted, known.calendars[staff_id], start)]
        case Obstacle.OFF_GRID:
            every = wording.duration(wanted.limits.step_minutes)
            return [f"Times are offered every {every} from opening; this is between two."]
        case Obstacle.NO_RESOURCE:
            return _busy_resources(session, wanted, known, start)
        case Obstacle.DAY_FULL:
            return [f"At most {wording.plural(wanted.limits.daily_cap or 0, 'visit')} a day: that many are booked."]
        case Obstacle.WEEK_FULL:
            return [f"At most {wording.plural(wanted.limits.weekly_cap or 0, 'visit')} a week: that many are booked."]
        case Obstacle.NO_STOCK:
            return [f"An item that {wanted.terms.name} uses has run short, and its policy is to offer no times."]
        case Obstacle.NO_SEATS:
            return ["The group that starts then has no place left."]
    return [sentences.why_not(obstacle, start, wanted.limits, wanted.zone)]


def _busy_resources(session: Session, wanted: Offer, known: Timetable, start: datetime) -> list[str]:
    """The rooms and machines of every need that cannot be met, by name."""
    taken = wanted.limits.taken(start)
    told = []
    for need in wanted.terms.needs:
        away = [
            resource_id
            for resource_id, lanes in need.resources
            if not any(known.is_free((resource_id, lane), taken) for lane in range(lanes))
            or any(taken.overlaps(closed) for closed in wanted.terms.closed.get(resource_id, ()))
        ]
        if len(away) < (len(need.resources) if need.choice == NeedChoice.ANY else 1) and need.resources:
            continue
        names = wording.listing([load(session, Resource, resource_id).name for resource_id in away])
        told.append(f"{names or 'What it needs'} {'is' if len(away) < 2 else 'are'} not free then.")
    return told


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
    return [_visit(wanted, *row) for row in rows] or [_held_or_grouped(session, wanted, staff_id, taken)]


def _held_or_grouped(session: Session, wanted: Offer, staff_id: int, taken: Span) -> str:
    """What takes the time without being a visit of one customer."""
    hold = session.exec(
        select(SlotHold).where(
            SlotHold.workspace_id == wanted.workspace_id, SlotHold.staff_id == staff_id,
            SlotHold.expires_at > clock.now(), SlotHold.starts_at < taken.end, SlotHold.ends_at > taken.start,
        )
    ).first()  # fmt: skip
    if hold is None:
        return "A group or another visit takes this time."
    return f"A visitor holds this time until {wording.time_with_zone(hold.expires_at, wanted.zone)}."


def _visit(wanted: Offer, booking: Booking, service: Service, contact: Contact, taken: Allocation) -> str:
    times = wording.times(booking.starts_at, booking.ends_at, wanted.zone)
    told = f"{contact.name} is booked {times} for {service.name}"
    if taken.from_at < booking.starts_at or taken.until_at > booking.ends_at:
        told += f", taken {wording.times(taken.from_at, taken.until_at, wanted.zone)} with its buffers"
    if wanted.limits.before_minutes or wanted.limits.after_minutes:
        told += "; the new visit brings buffers too"
    return f"{told}."
