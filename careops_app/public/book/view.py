"""Booking a visit: which step an address stands for, and what becomes of the form at the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from careops_app.bookings import catalogue, hold_budget, queries, service
from careops_app.bookings.links import manage_token
from careops_app.bookings.queries import SlotSearch
from careops_app.bookings.service import BookingRequest
from careops_app.errors import Invalid, Refused, Throttled
from careops_app.infra import clock, cookies, security, throttle, wording
from careops_app.infra.db import SYSTEM, Session, fetch, transact
from careops_app.public import problems
from careops_app.public.book import hold, page
from careops_app.public.book.choice import Choice, choice_of
from careops_app.public.book.details import MOST_PLACES, Lost, details
from careops_app.public.business import business_at
from careops_app.public.edge import go, html, retry_after
from careops_app.public.layout import brand_of, not_open
from careops_app.public.picker.month import free_month
from careops_app.public.picker.rows import Frame, picker
from careops_app.public.reach import problems_of_person
from careops_app.public.requests import (
    TRAPPED,
    form_key,
    is_marked,
    is_trapped,
    posted,
    submission_key,
    visitor_network,
)
from careops_app.public.requests import visitor_zone as zone_said
from careops_app.public.typed import Typed
from careops_app.workspace.queries import WorkspaceCard

BOOKINGS_PER_NETWORK, BOOKING_WINDOW = 20, timedelta(hours=1)


async def show(request: Request) -> Response:
    """The first step that has not been taken yet."""
    business = await business_at(request)
    if not business.is_open:
        return html(not_open(brand_of(business)))
    services = await fetch(catalogue.bookable_services, business.id)
    choice = _choice(request, business)
    chosen = next((one for one in services if one.id == choice.service_id), None)
    if chosen is None:
        return html(page.services(business, services, choice, is_gone=choice.service_id is not None))
    step = page.Step(business, chosen, choice, clock.now())
    if step.has_choice_of_people and not choice.is_staff_chosen:
        free = await fetch(queries.next_free, business.id, chosen.id)
        return html(page.people(step, free))
    if choice.staff_id is not None and choice.staff_id not in {one.id for one in chosen.staff}:
        return go(choice.with_service(chosen.id).address())
    if choice.start is None:
        return await _times(request, step)
    return await _details(step)


async def _details(step: page.Step) -> Response:
    """The form for the chosen time; when a hold on it has ended, whether the time is still free, or others."""
    step, typed = await hold.seen(step), Typed({"key": form_key()})
    if not step.choice.hold or step.held is not None:
        return html(details(step, typed))
    assert step.choice.start is not None
    time = wording.clock_time(step.choice.start, step.zone)
    nearest = await fetch(hold.nearest_of, step.business.id, step)
    if step.choice.start in nearest:
        return html(details(step, typed, note=f"{time} is not held any more. It is still free: book it now."))
    return html(details(step, typed, Lost(f"{time} is not held any more, and somebody else has it now.", nearest)))


def _choice(request: Request, business: WorkspaceCard) -> Choice:
    choice = choice_of(business.slug, request.query_params)
    return replace(choice, zone=(zone_said(request) or "") if choice.zone else "")


async def _times(request: Request, step: page.Step) -> Response:
    """A month of free times: as asked, or the first one that has any."""
    visitor, choice = zone_said(request), step.choice
    today = clock.now().astimezone(clock.zone(step.zone)).date()
    frame = Frame(step.zone, visitor, today, today + timedelta(days=step.service.horizon_days))
    search = SlotSearch(step.service.id, today, staff_id=choice.staff_id, hold_token=choice.hold)
    month, starts = await fetch(free_month, step.business.id, search, frame, choice.day or choice.month)
    step = await hold.seen(step)
    held = step.held.starts_at if step.held and step.held.service_id == step.service.id else None
    left = starts if step.service.capacity > 1 else None
    rows = picker(month, choice.day, starts, frame, lambda aim: choice.at(aim).address(), left=left, held=held)
    response = html(page.times(step, rows, visitor or step.zone))
    if not is_marked(request):
        cookies.set_visitor(response, security.random_token())
    return response


async def book(request: Request) -> Response:
    """Book, or bring the details back with what is wrong: beside a field, or with three other times to choose from."""
    business, fields = await business_at(request), await posted(request)
    if not business.is_open:
        return html(not_open(brand_of(business)), 409)
    choice = choice_of(business.slug, fields)
    if choice.service_id is None or choice.start is None:
        return go(choice.address())
    card = await fetch(catalogue.service_card, business.id, choice.service_id)
    step, typed = await hold.seen(page.Step(business, card, choice, clock.now())), Typed(fields)
    try:
        return go(f"/m/{await _book(request, step, fields)}/booked")
    except Invalid as problem:
        typed = typed.replaced(key=form_key()) if "form" in problem.fields else typed
        return html(details(step, typed.refused(problem.fields)), 422)
    except Refused as problem:
        return _refused(step, typed, problem)
    except Throttled as problem:
        return html(details(step, typed.refused({"form": str(problem)})), 429, retry_after(problem))


def _refused(step: page.Step, typed: Typed, problem: Refused) -> Response:
    """The time cannot be had, or the form was used already."""
    if problem.code == "key_reused":
        return html(problems.sent_before(str(problem), step.choice.again().address()), 422)
    return html(details(step, typed, hold.lost_by(step, problem)), 409)


async def _book(request: Request, step: page.Step, fields: dict[str, str]) -> str:
    """The token of the new booking's own page."""
    key = submission_key(fields)
    if is_trapped(fields):
        raise Invalid(form=TRAPPED)
    if wrong := problems_of_person(fields, step.business):
        raise Invalid(**wrong)
    budget = f"booking-from:{step.business.id}:{visitor_network(request)}"
    await transact(throttle.spend_once, SYSTEM, key, budget, BOOKINGS_PER_NETWORK, BOOKING_WINDOW)
    wanted = BookingRequest(
        service_id=step.service.id, starts_at=step.choice.start or clock.now(), name=fields.get("name", ""),
        idempotency_key=key, email=fields.get("email", ""), phone=fields.get("phone", ""),
        staff_id=step.choice.staff_id, note=fields.get("note", ""),
        customer_time_zone=fields.get("tz") or zone_said(request), seats=_seats(fields), hold_token=step.choice.hold,
    )  # fmt: skip
    token = await transact(_booked, step.business.id, wanted)
    if step.held_here:
        await transact(hold_budget.give_back, SYSTEM, step.business.id, visitor_network(request))
    return token


def _seats(fields: dict[str, str]) -> int:
    """How many places; one where nobody asks. Raises Invalid(seats)."""
    said = fields.get("seats", "1")
    if not (said.isascii() and said.isdigit() and len(said) <= 3 and 1 <= int(said) <= MOST_PLACES):
        raise Invalid(seats=f"Choose 1 to {MOST_PLACES} places.")
    return int(said)


def _booked(session: Session, workspace_id: int, wanted: BookingRequest) -> str:
    """One gesture, one transaction: the booking, and the link with which its customer manages it."""
    return manage_token(session, workspace_id, service.request(session, workspace_id, wanted))
