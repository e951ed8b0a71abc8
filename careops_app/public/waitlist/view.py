"""Joining the waitlist of a service, and the customer's own page of a place on it. Opening a page changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import Response

from careops_app.bookings import catalogue, waitlist, waitlist_offers
from careops_app.bookings.catalogue import ServiceCard
from careops_app.bookings.links import manage_token
from careops_app.bookings.waitlist import WaitlistRequest
from careops_app.bookings.waitlist_offers import Answer
from careops_app.bookings.waitlist_queries import entry_card
from careops_app.bookings.waitlist_rules import wish_typed
from careops_app.errors import Invalid, NotFound, Refused, Throttled
from careops_app.infra import clock, throttle
from careops_app.infra.db import SYSTEM, Session, fetch, transact
from careops_app.public import problems
from careops_app.public.business import business_at
from careops_app.public.edge import View, at, go, html, retry_after
from careops_app.public.layout import brand_of, not_open
from careops_app.public.links import LinkView, by_link
from careops_app.public.picker.rows import day_named
from careops_app.public.reach import problems_of_person
from careops_app.public.requests import (
    TRAPPED,
    form_key,
    is_trapped,
    posted,
    submission_key,
    visitor_network,
    visitor_zone,
)
from careops_app.public.typed import Typed
from careops_app.public.waitlist import page
from careops_app.public.waitlist.page import Place
from careops_app.workspace import links
from careops_app.workspace.links import LinkSubject
from careops_app.workspace.models import Purpose
from careops_app.workspace.queries import WorkspaceCard, workspace_card

LOOK_AHEAD = timedelta(days=13)
ENTRIES_PER_NETWORK, ENTRY_WINDOW = 20, timedelta(hours=1)
CHANGES, CHANGE_WINDOW = 30, timedelta(hours=1)
KEPT_PLACE = "Thank you. The time goes to the next on the list, and you keep your place."
NO_WAITLIST = frozenset({"no_waitlist", "service_retired"})


async def show(request: Request) -> Response:
    """The form, with the days one was looking at; or that somebody has joined."""
    business = await business_at(request)
    if not business.is_open:
        return html(not_open(brand_of(business)))
    service, given = await _service(business, request.query_params.get("service", "")), request.query_params
    if service is None:
        return go(f"/b/{business.slug}")
    if "joined" in given:
        return html(page.joined(business, service))
    if not service.takes_waitlist:
        return html(page.none(business, f"{service.name} is booked by its free times only."), 404)
    day = max(day_named(given.get("day", "")) or _today(business), _today(business))
    return html(_form(business, service, Typed({"key": form_key(), **_first_guess(day, given.get("staff", ""))})))


async def join(request: Request) -> Response:
    """Put the visitor on the list, or bring the form back with what is wrong."""
    business, fields = await business_at(request), await posted(request)
    if not business.is_open:
        return html(not_open(brand_of(business)), 409)
    service, typed = await _service(business, fields.get("service", "")), Typed(fields)
    if service is None:
        return go(f"/b/{business.slug}")
    try:
        await _join(request, business, service, fields)
    except Invalid as problem:
        typed = typed.replaced(key=form_key()) if "form" in problem.fields else typed
        return html(_form(business, service, typed.refused(problem.fields)), 422)
    except Refused as problem:
        return _refused(business, service, typed, problem)
    except Throttled as problem:
        return html(_form(business, service, typed.refused({"form": str(problem)})), 429, retry_after(problem))
    return go(f"/b/{business.slug}/waitlist?service={service.id}&joined=1")


def _first_guess(day: date, staff: str) -> dict[str, str]:
    """What stands in the form at first: two weeks from the day that was looked at."""
    return {"first_on": day.isoformat(), "last_on": (day + LOOK_AHEAD).isoformat(), "staff": staff}


def _refused(business: WorkspaceCard, service: ServiceCard, typed: Typed, problem: Refused) -> Response:
    if problem.code == "key_reused":
        return html(problems.sent_before(str(problem), f"/b/{business.slug}/waitlist?service={service.id}"), 422)
    if problem.code in NO_WAITLIST:
        return html(page.none(business, str(problem)), 409)
    return html(_form(business, service, typed.refused({"staff": str(problem)})), 409)


async def _join(request: Request, business: WorkspaceCard, service: ServiceCard, fields: dict[str, str]) -> None:
    key = submission_key(fields)
    if is_trapped(fields):
        raise Invalid(form=TRAPPED)
    wrong = problems_of_person(fields, business)
    try:
        wish = wish_typed(service.id, fields)
    except Invalid as problem:
        raise Invalid(**problem.fields, **wrong) from None
    if wrong:
        raise Invalid(**wrong)
    budget = f"waitlist-from:{business.id}:{visitor_network(request)}"
    await transact(throttle.spend_once, SYSTEM, key, budget, ENTRIES_PER_NETWORK, ENTRY_WINDOW)
    wanted = WaitlistRequest(
        wish=wish, name=fields.get("name", ""), idempotency_key=key, email=fields.get("email", ""),
        phone=fields.get("phone", ""), note=fields.get("note", ""), customer_time_zone=visitor_zone(request),
    )  # fmt: skip
    await transact(waitlist.join, business.id, wanted)


async def _service(business: WorkspaceCard, number: str) -> ServiceCard | None:
    """The service an address names; None when there is none of that number."""
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    try:
        return await fetch(catalogue.service_card, business.id, int(number))
    except NotFound:
        return None


def _today(business: WorkspaceCard) -> date:
    return clock.now().astimezone(clock.zone(business.time_zone)).date()


def _form(business: WorkspaceCard, service: ServiceCard, typed: Typed):
    return page.join(business, service, typed, _today(business), clock.now())


# a place on the list, by its link -----------------------------------------------------------------------------------


async def entry(request: Request, link: LinkSubject) -> Response:
    """The place as it is now, with the offer that can be answered."""
    told = KEPT_PLACE if "declined" in request.query_params else ""
    return html(page.entry(await _place(request, link), told=told))


async def nothing_to_send(request: Request, link: LinkSubject) -> Response:
    """This page has no form of its own; only dead links are asked for again there."""
    return go((await _place(request, link)).address)


async def to_entry(request: Request, link: LinkSubject) -> Response:
    """Opening the address of an answer answers nothing."""
    return go((await _place(request, link)).address)


async def accept(request: Request, link: LinkSubject) -> Response:
    """Take the offered time; sent twice, it is one booking."""
    answer = await _answer(request, link)
    if answer is None:
        return go((await _place(request, link)).address)
    try:
        token = await transact(_accepted, link.workspace_id, answer)
    except Refused as problem:
        return html(page.entry(await _place(request, link), problem=str(problem)), 409)
    return go(f"/m/{token}/booked")


def _accepted(session: Session, workspace_id: int, answer: Answer) -> str:
    """One gesture, one transaction: the booking, and the link with which its customer manages it."""
    return manage_token(session, workspace_id, waitlist_offers.accept(session, workspace_id, answer))


async def decline(request: Request, link: LinkSubject) -> Response:
    """Say no to the offered time and keep the place."""
    answer = await _answer(request, link)
    place = await _place(request, link)
    if answer is None:
        return go(place.address)
    try:
        await transact(waitlist_offers.decline, link.workspace_id, answer)
    except Refused as problem:
        return html(page.entry(await _place(request, link), problem=str(problem)), 409)
    return go(f"{place.address}?declined=1")


async def leaving(request: Request, link: LinkSubject) -> Response:
    """What leaving means, before it is done."""
    place = await _place(request, link)
    return html(page.leaving(place)) if place.is_open else go(place.address)


async def leave(request: Request, link: LinkSubject) -> Response:
    """Leave the list; a second press finds it left."""
    await _spend(link)
    await transact(waitlist.leave, link.workspace_id, link.subject_id)
    return go((await _place(request, link)).address)


async def _answer(request: Request, link: LinkSubject) -> Answer | None:
    """Which offer is answered; None when the form does not say."""
    await _spend(link)
    number = (await posted(request)).get("offer", "")
    fits = number.isascii() and number.isdigit() and len(number) <= 18
    return Answer(link.subject_id, int(number)) if fits else None


async def _spend(link: LinkSubject) -> None:
    """A budget per place, so that a link in wrong hands cannot be used to send mail without end."""
    await transact(throttle.spend_by_itself, SYSTEM, f"waitlist:{link.subject_id}", CHANGES, CHANGE_WINDOW)


async def _place(request: Request, link: LinkSubject) -> Place:
    return replace(await fetch(_read, link.workspace_id, link.subject_id), token=request.path_params["token"])


def _read(session: Session, workspace_id: int, entry_id: int) -> Place:
    card = entry_card(session, workspace_id, entry_id)
    known = links.known_token(session, Purpose.MANAGE_BOOKING, card.booking_id) if card.booking_id else None
    return Place("", workspace_card(session, workspace_id), card, f"/m/{known}" if known else "")


def _linked(view: LinkView) -> View:
    return by_link(Purpose.WAITLIST, view)


ROUTES = [
    at("/b/{slug}/waitlist", get=show, post=join),
    at("/w/{token}", get=_linked(entry), post=_linked(nothing_to_send)),
    at("/w/{token}/accept", get=_linked(to_entry), post=_linked(accept)),
    at("/w/{token}/decline", get=_linked(to_entry), post=_linked(decline)),
    at("/w/{token}/leave", get=_linked(leaving), post=_linked(leave)),
]
