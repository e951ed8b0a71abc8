"""A customer's own page of one visit: what each address shows, and the two commands that its forms call."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from careops_app.bookings import service
from careops_app.bookings.queries import SlotSearch
from careops_app.bookings.service import Move
from careops_app.errors import Invalid, Refused
from careops_app.infra import clock, throttle
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.public.edge import View, at, go, html
from careops_app.public.links import LinkView, by_link
from careops_app.public.manage import page
from careops_app.public.manage.visit import Visit, visit_of
from careops_app.public.picker.month import free_month
from careops_app.public.picker.rows import (
    Aim,
    Frame,
    day_named,
    month_named,
    month_text,
    picker,
    start_named,
    start_text,
)
from careops_app.public.requests import posted, visitor_zone
from careops_app.public.typed import Typed
from careops_app.workspace.links import LinkSubject
from careops_app.workspace.models import Purpose

CHANGES, CHANGE_WINDOW = 30, timedelta(hours=1)
ANYONE = "any"


async def show(request: Request, link: LinkSubject) -> Response:
    """The visit, with what can still be done."""
    visit = await visit_of(request, link)
    return html(page.visit(visit, is_just_moved="moved" in request.query_params))


async def nothing_to_send(request: Request, link: LinkSubject) -> Response:
    """These pages have no form of their own; only dead links are asked for again there."""
    return go((await visit_of(request, link)).address)


async def booked(request: Request, link: LinkSubject) -> Response:
    """Where a booking ends: the reference, and what happens next. A cancelled visit is shown as what it is."""
    visit = await visit_of(request, link)
    return go(visit.address) if visit.is_cancelled else html(page.booked(visit))


async def cancelling(request: Request, link: LinkSubject) -> Response:
    """What cancelling means, before it is done."""
    visit = await visit_of(request, link)
    return html(page.cancel(visit, Typed())) if visit.may_change else go(visit.address)


async def cancel(request: Request, link: LinkSubject) -> Response:
    """Cancel; a second press finds it cancelled."""
    visit, fields = await visit_of(request, link), await posted(request)
    await _spend(visit)
    try:
        await transact(service.cancel_by_customer, visit.business.id, visit.booking.id, fields.get("reason", ""))
    except Invalid as problem:
        return html(page.cancel(visit, Typed(fields, problem.fields)), 422)
    except Refused as problem:
        return html(page.visit(await visit_of(request, link), problem=str(problem)), 409)
    return go(visit.address)


async def moving(request: Request, link: LinkSubject) -> Response:
    """Another day and time: a month of links, then the question whether to move."""
    visit = await visit_of(request, link)
    if not visit.may_change:
        return go(visit.address)
    start = start_named(request.query_params.get("start", ""))
    anyone = request.query_params.get("staff") == ANYONE
    if start is not None:
        return html(page.confirm_move(visit, start, anyone))
    return await _times(request, visit, anyone)


async def _times(request: Request, visit: Visit, anyone: bool) -> Response:
    business, given, zone = visit.business, request.query_params, visitor_zone(request)
    today = clock.now().astimezone(clock.zone(business.time_zone)).date()
    frame = Frame(business.time_zone, zone, today, today + timedelta(days=visit.service.horizon_days))
    staff_id = None if anyone else visit.booking.staff_id
    search = SlotSearch(visit.service.id, today, staff_id=staff_id, except_booking=visit.booking.id)
    day = day_named(given.get("day", ""))
    try:
        month, starts = await fetch(free_month, business.id, search, frame, day or month_named(given.get("month", "")))
    except Refused as problem:
        return html(page.visit(visit, problem=str(problem)), 409)
    others = [start for start in starts if start != visit.booking.starts_at]
    tz = given.get("tz", "") if zone else ""
    rows = picker(month, day, others, frame, lambda aim: move_address(visit, aim, anyone, tz))
    return html(page.times(visit, rows, anyone, "zones" in given, zone or business.time_zone))


def move_address(visit: Visit, aim: Aim, anyone: bool = False, zone: str = "") -> str:
    """A page on the way to another time; the address holds what was chosen."""
    values = {
        "staff": ANYONE if anyone else "",
        "month": month_text(aim.month) if aim.month and not aim.day else "",
        "day": aim.day.isoformat() if aim.day else "",
        "start": start_text(aim.start) if aim.start else "",
        "tz": zone,
        "zones": "1" if aim.chooses_zone else "",
    }
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{visit.address}/move" + (f"?{query}" if query else "")


async def move(request: Request, link: LinkSubject) -> Response:
    """Move; sent twice, it is one move. A time that cannot be had brings the three nearest."""
    visit, fields = await visit_of(request, link), await posted(request)
    start = start_named(fields.get("start", ""))
    if start is None:
        return go(f"{visit.address}/move")
    anyone = fields.get("staff") == ANYONE
    await _spend(visit)
    try:
        await transact(service.reschedule_by_customer, visit.business.id, _wanted(visit, start, anyone, fields))
    except Refused as problem:
        return await _not_moved(request, link, start, anyone, problem)
    return go(f"{visit.address}?moved=1")


def _wanted(visit: Visit, start: datetime, anyone: bool, fields: dict[str, str]) -> Move:
    seen = fields.get("revision", "")
    return Move(
        visit.booking.id,
        start,
        staff_id=None if anyone else visit.booking.staff_id,
        revision=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else None,
    )


async def _not_moved(request: Request, link: LinkSubject, start: datetime, anyone: bool, problem: Refused) -> Response:
    """The visit as it is now, or other times when only the time was the matter."""
    visit = await visit_of(request, link)
    if problem.nearest and visit.may_change:
        return html(page.confirm_move(visit, start, anyone, str(problem), tuple(problem.nearest)), 409)
    return html(page.visit(visit, problem=str(problem)), 409)


async def _spend(visit: Visit) -> None:
    """A budget per visit, so that a link in wrong hands cannot be used to send mail without end."""
    await transact(throttle.spend_by_itself, SYSTEM, f"manage:{visit.booking.id}", CHANGES, CHANGE_WINDOW)


def _linked(view: LinkView) -> View:
    return by_link(Purpose.MANAGE_BOOKING, view)


ROUTES = [
    at("/m/{token}", get=_linked(show), post=_linked(nothing_to_send)),
    at("/m/{token}/booked", get=_linked(booked), post=_linked(nothing_to_send)),
    at("/m/{token}/move", get=_linked(moving), post=_linked(move)),
    at("/m/{token}/cancel", get=_linked(cancelling), post=_linked(cancel)),
]
