"""Creating a business: reads the form, founds the workspace, signs its owner in, goes on to the set-up."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from careops_app.errors import Invalid, NotFound, Throttled
from careops_app.inbox import service as inbox
from careops_app.infra import clock, throttle
from careops_app.infra.countries import country_names, country_of
from careops_app.infra.db import SYSTEM, Session, transact
from careops_app.infra.settings import Signup, settings
from careops_app.public.edge import html, retry_after
from careops_app.public.requests import can_be_overheard, posted, visitor_network, visitor_zone
from careops_app.public.sign_in.view import entered
from careops_app.public.sign_up import page
from careops_app.public.typed import Typed, problems_of
from careops_app.workspace import rules, service, sign_in
from careops_app.workspace.service import Founding

USUAL_COUNTRY, USUAL_ZONE = "GB", "Europe/London"
FOUNDINGS_PER_NETWORK, FOUNDING_WINDOW = 10, timedelta(hours=1)
SET_UP = "/app/onboarding/"


async def show(request: Request) -> Response:
    """The form, with the visitor's own time zone and country chosen."""
    _refuse_closed()
    zone = visitor_zone(request) or USUAL_ZONE
    return _page(request, Typed({"time_zone": zone, "country": country_of(zone) or USUAL_COUNTRY}))


async def create(request: Request) -> Response:
    """Found the business, or show the form again with everything that is wrong."""
    _refuse_closed()
    fields = await posted(request)
    typed = Typed(fields)
    if problems := _problems(fields):
        return _page(request, typed.refused(problems), 422)
    try:
        await transact(
            throttle.spend_by_itself,
            SYSTEM,
            f"found-from:{visitor_network(request)}",
            FOUNDINGS_PER_NETWORK,
            FOUNDING_WINDOW,
        )
        found = await transact(_found, SYSTEM, _founding(fields))
    except Invalid as problem:
        return _page(request, typed.refused(problem.fields), 422)
    except Throttled as problem:
        return html(page.sign_up(_shown(request, typed.refused({"form": str(problem)}))), 429, retry_after(problem))
    return await entered(request, found, SET_UP)


def _found(session: Session, founding: Founding) -> sign_in.SignedIn:
    """One gesture, one transaction: the business, the channels it starts with, and the owner's session."""
    founded = service.found(session, founding)
    inbox.ensure_captured(session, founded.workspace_id)
    return sign_in.open_session(session, founded.user_id, founded.workspace_id)


def _founding(fields: dict[str, str]) -> Founding:
    return Founding(
        person=fields["person"], email=fields["email"], password=fields["password"], business=fields["business"],
        time_zone=fields["time_zone"], phone_region=fields["country"],
    )  # fmt: skip


def _problems(fields: dict[str, str]) -> dict[str, str]:
    """Everything that is wrong, so that nobody has to send the form once per mistake."""
    found = problems_of(
        lambda: rules.person_name(fields.get("person", ""), "person"),
        lambda: rules.email_of(fields.get("email", "")),
        lambda: clock.zone(fields.get("time_zone", "")),
    )
    if not 2 <= len(" ".join(fields.get("business", "").split())) <= 80:
        found["business"] = "Enter the name of the business, 2 to 80 characters."
    if problem := rules.password_problem(fields.get("password", "")):
        found["password"] = problem
    if fields.get("country") not in country_names():
        found["country"] = "Choose the country of the business."
    return found


def _refuse_closed() -> None:
    if settings().signup == Signup.CLOSED:
        raise NotFound("The page")


def _page(request: Request, typed: Typed, status: int = 200) -> Response:
    return html(page.sign_up(_shown(request, typed)), status)


def _shown(request: Request, typed: Typed) -> page.SignUp:
    return page.SignUp(
        typed=typed,
        countries=list(country_names().items()),
        is_overheard=can_be_overheard(request),
    )
