"""Holding a time while the details are filled in, and letting it go. Both are posts; looking never holds anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from careops_app.bookings import catalogue, hold_budget, holding, queries
from careops_app.bookings.holding import Held, HoldRequest
from careops_app.bookings.queries import SlotSearch
from careops_app.errors import Refused, Throttled
from careops_app.infra import clock
from careops_app.infra.db import SYSTEM, Session, fetch, transact
from careops_app.public.book.choice import Choice, choice_of
from careops_app.public.book.details import REPEAT, Lost, details
from careops_app.public.book.page import Step, times_of
from careops_app.public.book.repeat import Repeat
from careops_app.public.business import business_at
from careops_app.public.edge import go, html
from careops_app.public.layout import brand_of, not_open
from careops_app.public.requests import form_key, posted, visitor_mark, visitor_network
from careops_app.public.typed import Typed

TYPED = ("name", "email", "phone", "note")


async def take(request: Request) -> Response:
    """Hold the chosen time and go on to the details; what was held before is let go, what was typed is kept.

    Where enough is held already one goes on without a hold: the time is booked if it is free by then.
    """
    business, fields = await business_at(request), await posted(request)
    if not business.is_open:
        return html(not_open(brand_of(business)), 409)
    choice = choice_of(business.slug, fields)
    if choice.service_id is None or choice.start is None:
        return go(choice.address())
    step = Step(business, await fetch(catalogue.service_card, business.id, choice.service_id), choice, clock.now())
    try:
        held = await _hold(request, step)
    except Throttled:
        held = None
        await _give_up(request, business.id, choice.hold)
    except Refused as problem:
        return html(details(await seen(step), _typed(fields), lost_by(step, problem)), 409)
    step = replace(step, choice=choice.held_by(held.token if held else ""))
    if not any(fields.get(name) for name in TYPED):
        return go(step.choice.address())
    return html(details(await seen(step), _typed(fields)))


async def again(request: Request) -> Response:
    """Somebody opened the address that only takes a choice: back to the first step."""
    return go(Choice((await business_at(request)).slug).address())


async def let_go(request: Request) -> Response:
    """Free the held time, and show the times of its day again, or repeat the visit."""
    business, fields = await business_at(request), await posted(request)
    choice = choice_of(business.slug, fields)
    await _give_up(request, business.id, choice.hold)
    if choice.service_id is None:
        return go(choice.held_by("").address())
    if REPEAT in fields and choice.start is not None:
        return go(Repeat(choice.held_by("")).address())
    card = await fetch(catalogue.service_card, business.id, choice.service_id)
    return go(times_of(Step(business, card, choice.held_by(""), clock.now())).address())


async def _give_up(request: Request, workspace_id: int, token: str) -> None:
    if token and await transact(_let_go, workspace_id, token):
        await transact(hold_budget.give_back, SYSTEM, workspace_id, visitor_network(request))


async def _hold(request: Request, step: Step) -> Held:
    """The budget first and by itself, so that nobody waits for it with calendars locked. Raises as `holding.hold_time`."""
    workspace_id, network, choice = step.business.id, visitor_network(request), step.choice
    spends = not choice.hold or await fetch(holding.held, workspace_id, choice.hold) is None
    if spends:
        await transact(hold_budget.spend, SYSTEM, workspace_id, network)
    assert choice.start is not None
    wanted = HoldRequest(step.service.id, choice.start, visitor_mark(request), choice.staff_id)
    try:
        return await transact(_exchange, workspace_id, wanted, choice.hold)
    except BaseException:
        if spends:
            await transact(hold_budget.give_back, SYSTEM, workspace_id, network)
        raise


def _exchange(session: Session, workspace_id: int, wanted: HoldRequest, token: str) -> Held:
    """The same hold when it is of this very time, else another in its place; when that is refused, the old one stays."""
    if (before := holding.held(session, workspace_id, token)) is not None:
        same = (before.service_id, before.starts_at) == (wanted.service_id, wanted.starts_at)
        if same and wanted.staff_id in (None, before.staff_id):
            return before
        holding.let_go(session, workspace_id, before.hold_id)
    hold_budget.require_room(session, workspace_id, wanted)
    return holding.hold_time(session, workspace_id, wanted)


def _let_go(session: Session, workspace_id: int, token: str) -> bool:
    """Whether there was something to let go."""
    before = holding.held(session, workspace_id, token)
    if before is not None:
        holding.let_go(session, workspace_id, before.hold_id)
    return before is not None


def _typed(fields: Mapping[str, str]) -> Typed:
    return Typed({**fields, "key": fields.get("key") or form_key()})


def lost_by(step: Step, problem: Refused) -> Lost:
    """What a refusal means for the visitor's next step."""
    if problem.code == "service_retired":
        return Lost(str(problem), again=step.choice.again())
    if problem.code == "staff_unavailable":
        return Lost(str(problem), again=step.choice.with_service(step.service.id))
    return Lost(str(problem), problem.nearest)


async def seen(step: Step) -> Step:
    """The step with what is held for the visitor, and with the places that are left where several can come."""
    return await fetch(_seen, step.business.id, step)


def _seen(session: Session, workspace_id: int, step: Step) -> Step:
    step = replace(step, held=holding.held(session, workspace_id, step.choice.hold))
    start, service = step.choice.start, step.service
    if start is None or service.capacity == 1 or service.is_retired:
        return step
    day = start.astimezone(clock.zone(step.zone)).date()
    search = SlotSearch(service.id, day, staff_id=_staff_of(step), hold_token=step.choice.hold)
    slots = (slot for each in queries.slots_on(session, workspace_id, search) for slot in each.slots)
    return replace(step, places=next((slot.seats_left for slot in slots if slot.starts_at == start), 0))


def _staff_of(step: Step) -> int | None:
    """Whose group it is: of whoever holds the time, else of the one who was chosen."""
    held = step.held_here
    return held.staff_id if held else step.choice.staff_id


def nearest_of(session: Session, workspace_id: int, step: Step) -> tuple:
    """The free times around the chosen one, itself included while it is free. Raises as `queries.slots_on`."""
    assert step.choice.start is not None
    search = SlotSearch(step.service.id, step.choice.start.date(), staff_id=step.choice.staff_id)
    return queries.nearest_free(session, workspace_id, search, step.choice.start)
