"""Off-boarding: somebody stops taking bookings, or leaves, and each of their visits ahead is decided about in one go.

A visit is given to somebody else at its time, kept as it is, or cancelled. Nothing happens until every one is decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import Session, col, select

from careops_app.bookings import rules, sentences, service
from careops_app.bookings.availability import Mine, offer, timetable
from careops_app.bookings.models import Booking, Resource, ResourceKind
from careops_app.bookings.placing import closest
from careops_app.bookings.service import Move
from careops_app.bookings.spans import local_day, whole_days
from careops_app.bookings.terms import terms_of
from careops_app.contacts.models import Contact
from careops_app.errors import NotFound, Refused
from careops_app.infra import clock, wording
from careops_app.infra.db import load
from careops_app.workspace import service as workspaces
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Member
from careops_app.workspace.service import audit

PAGE = 25
UNDECIDED = "visits_undecided"


class Choice(StrEnum):
    """What becomes of a visit."""

    REASSIGN = "reassign"
    KEEP = "keep"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Decision:
    """A choice for a visit; reassigned to this calendar, or to whoever is free (None)."""

    choice: Choice
    staff_id: int | None = None


@dataclass(frozen=True)
class Departure:
    """Whose calendar stops, what becomes of single visits (by id) and of all others; `ends_access`: the person leaves."""

    calendar_id: int
    decisions: tuple[tuple[int, Decision], ...] = ()
    others: Decision | None = None
    ends_access: bool = False
    reason: str = ""

    def of(self, booking_id: int) -> Decision | None:
        return dict(self.decisions).get(booking_id, self.others)


@dataclass(frozen=True)
class Person:
    """Somebody a visit may go to; `problem` says why it cannot, or is empty."""

    id: int
    name: str
    problem: str = ""


@dataclass(frozen=True)
class VisitAhead:
    """A visit that has to be decided about, and everybody else who gives its service."""

    id: int
    reference: str
    starts_at: datetime
    ends_at: datetime
    service: str
    contact_id: int
    contact: str
    people: tuple[Person, ...]


@dataclass(frozen=True)
class AheadPage:
    """One page of the visits ahead, counted from 1, soonest first; `total` counts all pages."""

    name: str
    member_id: int | None
    rows: tuple[VisitAhead, ...]
    people: tuple[Person, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Conflict:
    """A visit that cannot go where it was decided to go, and why."""

    booking_id: int
    reference: str
    why: str


@dataclass(frozen=True)
class Preview:
    """What would happen. `told` counts customers, each once; nothing is done while there are conflicts or undecided ones."""

    reassigned: int
    kept: int
    cancelled: int
    undecided: int
    told: int
    conflicts: tuple[Conflict, ...]

    @property
    def is_ready(self) -> bool:
        return not self.conflicts and not self.undecided


def upcoming_count(session: Session, workspace_id: int, calendar_id: int) -> int:
    """How many visits of a calendar are ahead."""
    ahead = select(func.count()).select_from(Booking).where(*_ahead(workspace_id, calendar_id))
    return session.exec(ahead).one()


def retire_calendar(session: Session, actor: Actor, calendar_id: int) -> None:
    """Take no new bookings. Raises Forbidden, NotFound, Refused(code="visits_undecided") while visits are ahead."""
    leave(session, actor, Departure(calendar_id))


def deactivate(session: Session, actor: Actor, member_id: int) -> None:
    """End somebody's access, and take no bookings for them.

    Raises Forbidden, NotFound, Refused for the last owner, or with code visits_undecided while visits are ahead.
    """
    require(actor, Permission.CONFIGURE)
    calendar = session.exec(select(Resource).where(Resource.member_id == load(session, Member, member_id).id)).first()
    if calendar is None:
        workspaces.deactivate(session, actor, member_id, [])
    else:
        leave(session, actor, Departure(calendar.id, ends_access=True))


def visits_ahead(session: Session, actor: Actor, calendar_id: int, page: int = 1) -> AheadPage:
    """A page of what has to be decided, with who could take each visit. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    calendar = load(session, Resource, calendar_id)
    total = upcoming_count(session, actor.workspace_id, calendar_id)
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    found = session.exec(_in_order(actor, calendar_id).offset((page - 1) * PAGE).limit(PAGE)).all()
    rows = tuple(_row(session, booking, calendar_id) for booking in found)
    everybody = {person.id: Person(person.id, person.name) for row in rows for person in row.people}
    in_order = tuple(sorted(everybody.values(), key=lambda person: person.name))
    return AheadPage(calendar.name, calendar.member_id, rows, in_order, total, page, pages)


def preview(session: Session, actor: Actor, departure: Departure) -> Preview:
    """What `leave` would do, from the same look at the same rules. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    load(session, Resource, departure.calendar_id)
    bookings = session.exec(_in_order(actor, departure.calendar_id)).all()
    decided = [(booking, departure.of(booking.id)) for booking in bookings]
    count = {choice: sum(one is not None and one.choice == choice for _, one in decided) for choice in Choice}
    told = {booking.contact_id for booking, one in decided if one is not None and one.choice != Choice.KEEP}
    moving = [(booking, one.staff_id) for booking, one in decided if one is not None and one.choice == Choice.REASSIGN]
    conflicts = [
        Conflict(booking.id, booking.reference, why)
        for booking, staff_id in moving
        if (why := _why(session, booking, departure.calendar_id, staff_id))
    ]
    undecided = sum(one is None for _, one in decided)
    reassigned, kept, cancelled = (count[choice] for choice in Choice)
    return Preview(reassigned, kept, cancelled, undecided, len(told), tuple(conflicts))


def leave(session: Session, actor: Actor, departure: Departure) -> Preview:
    """Carry out every decision, stop the calendar and, when asked, end the access: all of it or nothing.

    The calendar is locked, so that no visit slips in while it is decided. Raises Forbidden, NotFound, Refused with code
    visits_undecided, conflicts (naming the visits), or for the last owner.
    """
    require(actor, Permission.CONFIGURE)
    calendar = load(session, Resource, departure.calendar_id, lock=True)
    if calendar.kind != ResourceKind.STAFF:
        raise NotFound("The calendar")
    found = preview(session, actor, departure)
    if found.undecided:
        raise Refused(_undecided(calendar.name, found.undecided), code=UNDECIDED)
    if found.conflicts:
        told = " ".join(f"{one.reference}: {one.why}" for one in found.conflicts[:5])
        raise Refused(f"Nothing was changed. {told}", code="conflicts")
    for booking in session.exec(_in_order(actor, departure.calendar_id)).all():
        if (decision := departure.of(booking.id)) is not None:
            _carry_out(session, actor, departure, booking, decision)
    _stop(session, actor, calendar, departure, found)
    return found


def _carry_out(session: Session, actor: Actor, departure: Departure, booking: Booking, decision: Decision) -> None:
    match decision.choice:
        case Choice.REASSIGN:
            staff_id = decision.staff_id or _free(session, booking, departure.calendar_id, None)[0]
            service.reschedule(session, actor, Move(booking.id, booking.starts_at, staff_id, booking.revision))
        case Choice.CANCEL:
            service.cancel(session, actor, booking.id, departure.reason)
        case Choice.KEEP:
            pass


def _stop(session: Session, actor: Actor, calendar: Resource, departure: Departure, found: Preview) -> None:
    """Whoever leaves is not bookable any more; their calendar comes back with their access."""
    counts = {"reassigned": found.reassigned, "kept": found.kept, "cancelled": found.cancelled}
    if any(counts.values()):
        audit(session, actor, "decided about the visits of", calendar.name, **counts)
    if departure.ends_access and calendar.member_id is not None:
        workspaces.deactivate(session, actor, calendar.member_id, [])
    elif calendar.retired_at is None:
        calendar.retired_at = clock.now()
        session.add(calendar)
        audit(session, actor, "retired the calendar", calendar.name)


def _ahead(workspace_id: int, calendar_id: int) -> tuple:
    return (
        col(Booking.workspace_id) == workspace_id, col(Booking.staff_id) == calendar_id,
        col(Booking.starts_at) > clock.now(), col(Booking.status).in_(rules.MAY_MOVE),
    )  # fmt: skip


def _in_order(actor: Actor, calendar_id: int):
    ahead = select(Booking).where(*_ahead(actor.workspace_id, calendar_id))
    return ahead.order_by(col(Booking.starts_at), col(Booking.id))


def _row(session: Session, booking: Booking, leaving: int) -> VisitAhead:
    wanted = terms_of(session, booking.workspace_id, booking.service_id)
    givers = [one for one in wanted.staff if one.id != leaving]
    free = set(_unless_refused(lambda: _free(session, booking, leaving, None)))
    people = tuple(
        Person(one.id, one.name, "" if one.id in free else _why(session, booking, leaving, one.id)) for one in givers
    )
    return VisitAhead(
        booking.id, booking.reference, booking.starts_at, booking.ends_at, wanted.name, booking.contact_id,
        load(session, Contact, booking.contact_id).name, people,
    )  # fmt: skip


def _free(session: Session, booking: Booking, leaving: int, staff_id: int | None) -> list[int]:
    """Who else can take the visit at its time, the least busy first; the move itself looks again. Raises Refused."""
    asked = offer(
        session, booking.workspace_id, booking.service_id, staff_id=staff_id, by_staff=True, seats=booking.seats,
        minutes=booking.minutes,
    )  # fmt: skip
    day, now = local_day(booking.starts_at, asked.zone), clock.now()
    known = timetable(session, asked, day, day, Mine(booking_id=booking.id)).calendars
    in_the_way = {
        one: rules.obstacle(calendar, booking.starts_at, asked.limits, asked.zone, now, asked.seats)
        for one, calendar in known.items()
        if one != leaving
    }
    free = [one for one, obstacle in in_the_way.items() if obstacle is None]
    if free:
        return rules.by_load(free, known, whole_days(day, day, asked.zone))
    if staff_id is not None and in_the_way:
        obstacle = closest(list(in_the_way.values()))
        raise Refused(sentences.why_not(obstacle, booking.starts_at, asked.limits, asked.zone), code=obstacle.value)
    raise Refused(f"Nobody else is free {wording.moment(booking.starts_at, asked.zone)}.", code="staff_unavailable")


def _why(session: Session, booking: Booking, leaving: int, staff_id: int | None) -> str:
    """Why the visit cannot go to this calendar, or to anybody; empty when it can."""
    try:
        _free(session, booking, leaving, staff_id)
    except Refused as refused:
        return str(refused)
    return ""


def _unless_refused(ask: Callable[[], list[int]]) -> list[int]:
    try:
        return ask()
    except Refused:
        return []


def _undecided(name: str, count: int) -> str:
    visits = wording.plural(count, "visit")
    return (
        f"{name} has {visits} ahead. Decide first whether to reassign, keep or cancel {'it' if count == 1 else 'them'}."
    )
