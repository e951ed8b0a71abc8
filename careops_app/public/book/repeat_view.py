"""Repeating a visit: the dates that an address stands for, and what becomes of the form."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from careops_app.bookings import catalogue, series
from careops_app.bookings.series import SeriesBooking, SeriesDay
from careops_app.errors import Invalid, NotFound, Refused, Throttled
from careops_app.infra import clock
from careops_app.infra.db import fetch, transact
from careops_app.public import problems
from careops_app.public.book import page, repeat_page
from careops_app.public.book.repeat import DATE, Repeat, instead_of, repeat_of, undecided
from careops_app.public.book.together import first_token, person_of, spend
from careops_app.public.business import business_at
from careops_app.public.edge import go, html, retry_after
from careops_app.public.layout import brand_of, not_open
from careops_app.public.requests import form_key, posted, submission_key, visitor_zone
from careops_app.public.typed import Typed
from careops_app.workspace.queries import WorkspaceCard

NO_CHOICE = "Choose another time, or leave this date out."


async def show(request: Request) -> Response:
    """How often, and every date once that is said."""
    business = await business_at(request)
    if not business.is_open:
        return html(not_open(brand_of(business)))
    wanted = repeat_of(business.slug, request.query_params)
    step = await _step(business, wanted)
    if step is None:
        return go(wanted.choice.address())
    typed = Typed({"key": form_key()})
    return await _page(step, wanted, typed) if wanted.visits else html(repeat_page.repeat(step, wanted, (), typed))


async def book(request: Request) -> Response:
    """Book every date that is kept, or bring the page back with what is wrong and the dates as they are now."""
    business, fields = await business_at(request), await posted(request)
    if not business.is_open:
        return html(not_open(brand_of(business)), 409)
    wanted = repeat_of(business.slug, fields)
    step = await _step(business, wanted)
    if step is None or not wanted.visits:
        return go(wanted.choice.address())
    typed = Typed(fields)
    try:
        return go(f"/m/{await _book(request, step, wanted, fields)}/booked")
    except Invalid as problem:
        typed = typed.replaced(key=form_key()) if "form" in problem.fields else typed
        return await _page(step, wanted, typed.refused(problem.fields), 422)
    except Refused as problem:
        if problem.code == "key_reused":
            return html(problems.sent_before(str(problem), wanted.choice.again().address()), 422)
        return await _page(
            step, wanted, typed.refused({"form": f"{problem} The dates below are as they are now."}), 409
        )
    except Throttled as problem:
        return await _page(step, wanted, typed.refused({"form": str(problem)}), 429, retry_after(problem))


async def _step(business: WorkspaceCard, wanted: Repeat) -> page.Step | None:
    """The service with the choice; None when something is missing or no longer on offer."""
    if wanted.choice.service_id is None or wanted.choice.start is None:
        return None
    try:
        service = await fetch(catalogue.service_card, business.id, wanted.choice.service_id)
    except NotFound:
        return None
    return page.Step(business, service, wanted.choice, clock.now()) if service.is_bookable else None


async def _page(
    step: page.Step, wanted: Repeat, typed: Typed, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    try:
        dates = await _dates(step, wanted)
    except (Invalid, Refused, NotFound) as problem:
        fields = problem.fields if isinstance(problem, Invalid) else {"form": str(problem)}
        return html(repeat_page.repeat(step, wanted, (), typed.refused(fields)), 422)
    known = typed.replaced(**dict.fromkeys(_stale(dates, typed.values), ""))
    return html(repeat_page.repeat(step, wanted, dates, known), status, headers)


async def _dates(step: page.Step, wanted: Repeat) -> tuple[SeriesDay, ...]:
    zone = clock.zone(step.business.time_zone)
    return await fetch(series.preview_series, step.business.id, wanted.wish(zone))


def _stale(dates: tuple[SeriesDay, ...], given: Mapping[str, str]) -> list[str]:
    """The dates that were free when the form was shown and are not now: their choice is open again."""
    return [
        name for day in dates if not day.is_free and given.get(name := f"{DATE}{day.day.isoformat()}") == "as-wished"
    ]


async def _book(request: Request, step: page.Step, wanted: Repeat, fields: dict[str, str]) -> str:
    """The token of the first visit's own page."""
    key = submission_key(fields)
    person = person_of(fields, step.business, visitor_zone(request))
    if open_dates := undecided(fields):
        raise Invalid(**{f"{DATE}{day.isoformat()}": NO_CHOICE for day in sorted(open_dates)})
    await spend(request, step.business, key)
    zone = clock.zone(step.business.time_zone)
    asked = SeriesBooking(wanted.wish(zone), person, key, instead_of(fields))
    return await transact(first_token, step.business.id, series.book_series, asked)
