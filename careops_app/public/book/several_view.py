"""Several services in one visit: which step an address stands for, and what becomes of the form at the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from careops_app.bookings import catalogue, visits
from careops_app.bookings.visits import VisitBooking, VisitSearch, VisitSlot
from careops_app.errors import Invalid, Refused, Throttled
from careops_app.infra import clock
from careops_app.infra.db import Session, fetch, transact
from careops_app.public import problems
from careops_app.public.book import several_page
from careops_app.public.book.several import Several, several_of
from careops_app.public.book.several_page import Basket
from careops_app.public.book.together import first_token, person_of, spend
from careops_app.public.business import business_at
from careops_app.public.edge import go, html, retry_after
from careops_app.public.layout import brand_of, not_open
from careops_app.public.picker.month import month_with
from careops_app.public.picker.rows import Frame, picker
from careops_app.public.requests import form_key, posted, submission_key, visitor_zone
from careops_app.public.typed import Typed
from careops_app.workspace.queries import WorkspaceCard


async def show(request: Request) -> Response:
    """The first step that has not been taken yet."""
    business = await business_at(request)
    if not business.is_open:
        return html(not_open(brand_of(business)))
    basket = await _basket(business, several_of(business.slug, request.query_params))
    wanted = basket.wanted
    if not wanted.may_go_on or not (wanted.is_complete or wanted.start):
        return html(several_page.services(basket))
    if wanted.start is None:
        return await _times(request, basket)
    slot = await fetch(_slot_at, business.id, wanted, wanted.start)
    if slot is None:
        return go(replace(wanted, start=None, is_complete=True).address())
    return html(several_page.details(basket, slot, Typed({"key": form_key()})))


async def _basket(business: WorkspaceCard, wanted: Several) -> Basket:
    """What was chosen and can be had: a service that is gone, or a person who no longer gives it, was not chosen."""
    offered = {one.id: one for one in await fetch(catalogue.bookable_services, business.id)}
    parts = tuple(
        replace(part, staff_id=part.staff_id if part.staff_id in {one.id for one in card.staff} else None)
        for part in wanted.parts
        if (card := offered.get(part.service_id)) is not None
    )
    return Basket(business, offered, replace(wanted, parts=parts))


async def _times(request: Request, basket: Basket) -> Response:
    business, wanted, visitor = basket.business, basket.wanted, visitor_zone(request)
    today = clock.now().astimezone(clock.zone(business.time_zone)).date()
    ahead = min(service.horizon_days for _, service in basket.chosen)
    frame = Frame(business.time_zone, visitor, today, today + timedelta(days=ahead))
    month, starts = await fetch(_month, business.id, wanted, frame)
    rows = picker(month, wanted.day, starts, frame, lambda aim: wanted.at(aim).address())
    return html(several_page.times(basket, rows, visitor or business.time_zone))


def _month(session: Session, workspace_id: int, wanted: Several, frame: Frame) -> tuple[date, list[datetime]]:
    def free(first: date, last: date) -> list[datetime]:
        search = VisitSearch(wanted.parts, first, (last - first).days + 1)
        return [slot.starts_at for slot in visits.visit_slots(session, workspace_id, search)]

    return month_with(free, frame, wanted.day or wanted.month)


def _slot_at(session: Session, workspace_id: int, wanted: Several, start: datetime) -> VisitSlot | None:
    """The visit that begins then, as it would be booked now."""
    around = VisitSearch(wanted.parts, start.date() - timedelta(days=1), 3)
    return next((one for one in visits.visit_slots(session, workspace_id, around) if one.starts_at == start), None)


async def book(request: Request) -> Response:
    """Book all services, or bring the details back with what is wrong: beside a field, or with three other times."""
    business, fields = await business_at(request), await posted(request)
    if not business.is_open:
        return html(not_open(brand_of(business)), 409)
    basket = await _basket(business, several_of(business.slug, fields))
    if not basket.wanted.may_go_on or basket.wanted.start is None:
        return go(basket.wanted.address())
    typed = Typed(fields)
    try:
        return go(f"/m/{await _book(request, basket, fields)}/booked")
    except Invalid as problem:
        typed = typed.replaced(key=form_key()) if "form" in problem.fields else typed
        return await _again(basket, typed.refused(problem.fields), 422)
    except Refused as problem:
        if problem.code == "key_reused":
            return html(problems.sent_before(str(problem), f"/b/{business.slug}"), 422)
        return await _again(basket, typed.refused({"start": str(problem)}), 409, nearest=tuple(problem.nearest))
    except Throttled as problem:
        return await _again(basket, typed.refused({"form": str(problem)}), 429, headers=retry_after(problem))


async def _again(
    basket: Basket, typed: Typed, status: int, *, nearest: tuple[datetime, ...] = (),
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    assert basket.wanted.start is not None
    slot = None if nearest else await fetch(_slot_at, basket.business.id, basket.wanted, basket.wanted.start)
    return html(several_page.details(basket, slot, typed, nearest), status, headers)


async def _book(request: Request, basket: Basket, fields: dict[str, str]) -> str:
    """The token of the first visit's own page."""
    key, start = submission_key(fields), basket.wanted.start
    assert start is not None
    person = person_of(fields, basket.business, visitor_zone(request))
    await spend(request, basket.business, key)
    asked = VisitBooking(basket.wanted.parts, start, person, key)
    return await transact(first_token, basket.business.id, visits.book_visit, asked)
