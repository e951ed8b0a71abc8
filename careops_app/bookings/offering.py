"""The owner's commands: what can be booked, with whom, and when. Bookings that exist are never changed from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from careops_app.bookings import rules
from careops_app.bookings.models import (
    Booking,
    OpeningHours,
    Resource,
    ResourceKind,
    Service,
    ServiceStaff,
    SpecialHours,
    TimeOff,
)
from careops_app.bookings.readings import skipped
from careops_app.bookings.resources import set_needs, visits_in
from careops_app.bookings.service_draft import ServiceDraft, columns_of, require_valid
from careops_app.bookings.spans import Windows, open_on
from careops_app.contacts.rules import one_line
from careops_app.errors import Invalid, NotFound, Refused
from careops_app.infra import clock
from careops_app.infra.db import load
from careops_app.infra.wording import WEEKDAYS
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Member, Workspace
from careops_app.workspace.service import audit

LONGEST_TIME_OFF_DAYS = 800


@dataclass(frozen=True)
class CalendarDraft:
    """A staff calendar: that of a member, who gives it their name, or of somebody who never signs in."""

    name: str = ""
    member_id: int | None = None


@dataclass(frozen=True)
class Absence:
    """Time nobody works in [starts_at, ends_at), aware instants; `resource_id` None closes the whole business."""

    starts_at: datetime
    ends_at: datetime
    resource_id: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class AbsenceTaken:
    """The time off, and the bookings that lie in it: they stay until somebody moves or cancels them."""

    id: int
    booking_ids: tuple[int, ...]


def add_service(session: Session, actor: Actor, draft: ServiceDraft) -> int:
    """Offer something new, last in the list. Raises Forbidden, Invalid per field, NotFound for an unknown calendar."""
    require(actor, Permission.CONFIGURE)
    require_valid(draft)
    last = session.exec(select(func.max(Service.position)).where(Service.workspace_id == actor.workspace_id)).one()
    service = Service(
        workspace_id=actor.workspace_id, position=(last or 0) + 1, created_at=clock.now(), **columns_of(draft)
    )
    session.add(service)
    session.flush()
    _give(session, actor, service.id, draft.staff_ids)
    set_needs(session, actor, service.id, draft.needs)
    audit(session, actor, "added the service", service.name)
    return service.id


def edit_service(session: Session, actor: Actor, service_id: int, draft: ServiceDraft) -> None:
    """Change a service for bookings to come. Raises Forbidden, Invalid per field, NotFound."""
    require(actor, Permission.CONFIGURE)
    require_valid(draft)
    service = load(session, Service, service_id, lock=True)
    changed = {name: value for name, value in columns_of(draft).items() if getattr(service, name) != value}
    for name, value in changed.items():
        setattr(service, name, value)
    session.add(service)
    _give(session, actor, service_id, draft.staff_ids)
    set_needs(session, actor, service_id, draft.needs)
    audit(session, actor, "edited the service", service.name, **changed)


def retire_service(session: Session, actor: Actor, service_id: int) -> None:
    """Offer it no longer; its bookings stay. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    service = load(session, Service, service_id)
    service.retired_at = service.retired_at or clock.now()
    session.add(service)
    audit(session, actor, "retired the service", service.name)


def restore_service(session: Session, actor: Actor, service_id: int) -> None:
    """Offer a retired service again. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    service = load(session, Service, service_id)
    service.retired_at = None
    session.add(service)
    audit(session, actor, "restored the service", service.name)


def set_staff(session: Session, actor: Actor, service_id: int, staff_ids: Iterable[int]) -> None:
    """Say who gives a service: exactly these calendars. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    service = load(session, Service, service_id)
    names = _give(session, actor, service_id, staff_ids)
    audit(session, actor, "changed who gives", service.name, staff=", ".join(names))


def add_calendar(session: Session, actor: Actor, draft: CalendarDraft) -> int:
    """Make somebody bookable; a member has one calendar, which comes back if it was retired.

    Raises Forbidden, NotFound for an unknown member, Invalid(name).
    """
    require(actor, Permission.CONFIGURE)
    name = _calendar_name(session, draft)
    calendar = _calendar_of(session, draft.member_id) or Resource(
        workspace_id=actor.workspace_id, name=name, member_id=draft.member_id
    )
    calendar.retired_at = None
    session.add(calendar)
    session.flush()
    audit(session, actor, "added the calendar", calendar.name)
    return calendar.id


def rename_calendar(session: Session, actor: Actor, calendar_id: int, name: str) -> None:
    """Change the name customers see. Raises Forbidden, NotFound, Invalid(name)."""
    require(actor, Permission.CONFIGURE)
    calendar = _calendar(session, calendar_id)
    calendar.name = _calendar_name(session, CalendarDraft(name))
    session.add(calendar)
    audit(session, actor, "renamed the calendar", calendar.name)


def set_hours(session: Session, actor: Actor, calendar_id: int | None, week: tuple[Windows, ...]) -> None:
    """Replace the opening hours of a whole week, Monday first, of the business (None) or of one calendar.

    A calendar with an empty week keeps the hours of the business. Raises Forbidden, NotFound, Invalid(hours).
    """
    require(actor, Permission.CONFIGURE)
    if len(week) != 7:
        raise Invalid(hours="A week has seven days.")
    for weekday, windows in enumerate(week):
        if (problem := rules.windows_problem(windows)) is not None:
            raise Invalid(hours=f"{WEEKDAYS[weekday]}: {problem}")
    name = _whose(session, calendar_id)
    session.execute(delete(OpeningHours).where(_of(OpeningHours, actor, calendar_id)))
    session.add_all(
        OpeningHours(
            workspace_id=actor.workspace_id, resource_id=calendar_id, weekday=weekday, opens_minute=window.opens,
            closes_minute=window.closes,
        )
        for weekday, windows in enumerate(week)
        for window in windows
    )  # fmt: skip
    audit(session, actor, "changed the opening hours of", name)


def set_special_hours(session: Session, actor: Actor, calendar_id: int | None, on: date, windows: Windows) -> None:
    """Open differently on one date; no windows returns it to the week. A date without work is time off.

    Raises Forbidden, NotFound, Invalid(hours).
    """
    require(actor, Permission.CONFIGURE)
    if (problem := rules.windows_problem(windows)) is not None:
        raise Invalid(hours=problem)
    zone = clock.zone(load(session, Workspace, actor.workspace_id).time_zone)
    for window in windows:
        if not open_on(on, (window,), zone):
            raise Invalid(hours=skipped(datetime.combine(on, time(window.opens // 60, window.opens % 60)), zone))
    name = _whose(session, calendar_id)
    session.execute(delete(SpecialHours).where(_of(SpecialHours, actor, calendar_id), col(SpecialHours.on_date) == on))
    session.add_all(
        SpecialHours(
            workspace_id=actor.workspace_id, resource_id=calendar_id, on_date=on, opens_minute=window.opens,
            closes_minute=window.closes,
        )
        for window in windows
    )  # fmt: skip
    audit(session, actor, "changed the hours of one date of", name, on=on)


def take_time_off(session: Session, actor: Actor, absence: Absence) -> AbsenceTaken:
    """Close the business or a calendar for a while; tells which bookings lie in it. Raises Forbidden, NotFound, Invalid."""
    require(actor, Permission.CONFIGURE)
    _require_span(absence)
    name = _whose(session, absence.resource_id)
    time_off = TimeOff(
        workspace_id=actor.workspace_id, resource_id=absence.resource_id, starts_at=absence.starts_at,
        ends_at=absence.ends_at, reason=one_line(absence.reason)[:200],
    )  # fmt: skip
    session.add(time_off)
    session.flush()
    audit(session, actor, "took time off for", name, starts_at=absence.starts_at, ends_at=absence.ends_at)
    return AbsenceTaken(time_off.id, _bookings_in(session, actor, absence))


def cancel_time_off(session: Session, actor: Actor, time_off_id: int) -> None:
    """Open again. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    time_off = load(session, TimeOff, time_off_id)
    session.delete(time_off)
    audit(session, actor, "cancelled the time off of", _whose(session, time_off.resource_id))


def _give(session: Session, actor: Actor, service_id: int, staff_ids: Iterable[int]) -> list[str]:
    """Replace who gives a service; returns their names."""
    givers = [_calendar(session, staff_id) for staff_id in dict.fromkeys(staff_ids)]
    session.execute(delete(ServiceStaff).where(col(ServiceStaff.service_id) == service_id))
    session.add_all(
        ServiceStaff(workspace_id=actor.workspace_id, service_id=service_id, resource_id=giver.id) for giver in givers
    )
    session.flush()
    return [giver.name for giver in givers]


def _calendar(session: Session, calendar_id: int) -> Resource:
    """The calendar of a person. Raises NotFound, also for a room."""
    calendar = load(session, Resource, calendar_id)
    if calendar.kind != ResourceKind.STAFF:
        raise NotFound("The calendar")
    return calendar


def _calendar_of(session: Session, member_id: int | None) -> Resource | None:
    if member_id is None:
        return None
    return session.exec(select(Resource).where(Resource.member_id == member_id)).first()


def _calendar_name(session: Session, draft: CalendarDraft) -> str:
    member = None if draft.member_id is None else load(session, Member, draft.member_id)
    if member is not None and member.deactivated_at is not None:
        raise Refused(f"{member.name} no longer works here.", code="deactivated")
    name = one_line(draft.name) or (member.name if member else "")
    if not 1 <= len(name) <= 80:
        raise Invalid(name="Enter a name of at most 80 characters.")
    return name


def _whose(session: Session, calendar_id: int | None) -> str:
    return "the business" if calendar_id is None else load(session, Resource, calendar_id).name


def _of(table: type[OpeningHours] | type[SpecialHours], actor: Actor, calendar_id: int | None):
    of_workspace = col(table.workspace_id) == actor.workspace_id
    column = col(table.resource_id)
    return of_workspace & (column.is_(None) if calendar_id is None else column == calendar_id)


def _require_span(absence: Absence) -> None:
    if absence.starts_at.tzinfo is None or absence.ends_at.tzinfo is None:
        raise Invalid(starts_at="The times need their zone.")
    if absence.starts_at >= absence.ends_at:
        raise Invalid(ends_at="The end must be after the start.")
    if (absence.ends_at - absence.starts_at).days > LONGEST_TIME_OFF_DAYS:
        raise Invalid(ends_at=f"Choose at most {LONGEST_TIME_OFF_DAYS} days.")


def _bookings_in(session: Session, actor: Actor, absence: Absence) -> tuple[int, ...]:
    query = select(Booking.id).where(
        Booking.workspace_id == actor.workspace_id, Booking.starts_at < absence.ends_at,
        Booking.ends_at > absence.starts_at, Booking.starts_at > absence.starts_at - rules.LONGEST_VISIT,
        col(Booking.status).in_(rules.MAY_MOVE),
    )  # fmt: skip
    if absence.resource_id is not None:
        query = query.where((col(Booking.staff_id) == absence.resource_id) | visits_in(absence.resource_id))
    return tuple(session.exec(query.order_by(col(Booking.starts_at))))
