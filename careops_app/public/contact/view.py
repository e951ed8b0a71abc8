"""The contact form: reads it, hands the inquiry over, and shows the same page however often it was sent.

What looks like spam waits for a person and gets the same answer; a browser may prove in the meantime that it is one.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from starlette.requests import Request
from starlette.responses import Response

from careops_app.errors import Invalid, NotFound, Refused, Throttled
from careops_app.inbox import quarantine, suspicion
from careops_app.inbox.quarantine import Judged, Taken
from careops_app.inbox.service import InquiryForm
from careops_app.inbox.suspicion import Arrival, Proof, purpose_of
from careops_app.infra import proof, throttle
from careops_app.infra.db import SYSTEM, transact
from careops_app.public.business import business_at
from careops_app.public.contact import page
from careops_app.public.edge import go, html, retry_after
from careops_app.public.layout import brand_of, not_open
from careops_app.public.reach import problems_of_person
from careops_app.public.requests import form_key, is_trapped, posted, seconds_open, submission_key, visitor_network
from careops_app.public.typed import Typed
from careops_app.workspace.queries import WorkspaceCard

INQUIRIES_PER_NETWORK, INQUIRY_WINDOW = 20, timedelta(hours=1)
log = structlog.get_logger(__name__)


async def show(request: Request) -> Response:
    """The form, or how to reach a business that has not opened yet."""
    business = await business_at(request)
    if not business.is_open:
        return html(not_open(brand_of(business)))
    if "sent" in request.query_params:
        return html(page.sent(business, _challenge(request, business)))
    return html(page.write(business, Typed({"key": form_key()})))


async def send(request: Request) -> Response:
    """Take the inquiry; a problem brings the form back with everything that was typed."""
    business, fields = await business_at(request), await posted(request)
    if not business.is_open:
        return html(not_open(brand_of(business)), 409)
    typed = Typed(fields)
    try:
        taken = await _take(request, business, fields)
    except Invalid as problem:
        typed = typed.replaced(key=form_key()) if "form" in problem.fields else typed
        return html(page.write(business, typed.refused(problem.fields)), 422)
    except Refused as problem:  # sent already, with other words: what stands here now may be sent as a new message
        typed = typed.replaced(key=form_key()).refused({"form": f"{problem} {page.KEPT}"})
        return html(page.write(business, typed), 422)
    except Throttled as problem:
        return html(page.write(business, typed.refused({"form": str(problem)})), 429, retry_after(problem))
    asked = f"&p={taken.challenge}" if taken.challenge else ""
    return go(f"/c/{business.slug}?sent=1{asked}")


async def _take(request: Request, business: WorkspaceCard, fields: dict[str, str]) -> Taken:
    key = submission_key(fields)
    if wrong := problems_of_person(fields, business):
        raise Invalid(**wrong)
    budget = f"inquiry-from:{business.id}:{visitor_network(request)}"
    await transact(throttle.spend_once, SYSTEM, key, budget, INQUIRIES_PER_NETWORK, INQUIRY_WINDOW)
    form = InquiryForm(
        name=fields.get("name", ""), email=fields.get("email", ""), phone=fields.get("phone", ""),
        message=fields.get("message", ""), idempotency_key=key,
    )  # fmt: skip
    network = visitor_network(request)
    arrival = Arrival(business.id, form, network, is_trapped(fields), seconds_open(fields))
    signs = await transact(suspicion.judge, SYSTEM, arrival)
    return await transact(quarantine.take, business.id, Judged(form, signs, network))


async def prove(request: Request) -> Response:
    """The browser of a suspected visitor has done its work; whatever comes of it, the page that follows is the same."""
    business, fields = await business_at(request), await posted(request)
    given = Proof(fields.get("challenge", ""), fields.get("number", ""))
    try:
        await transact(suspicion.spend_proof, SYSTEM, business.id, given)
        await transact(quarantine.prove, business.id, given)
    except (Refused, NotFound, Throttled) as problem:  # the message waits for a person
        log.info("proof refused", business=business.id, reason=str(problem))
    return go(f"/c/{business.slug}?sent=1")


def _challenge(request: Request, business: WorkspaceCard) -> str:
    """The work this visitor's browser is asked to do, if any; what is not ours asks for nothing."""
    given = request.query_params.get("p", "")
    return given if proof.is_ours(given, purpose_of(business.id)) else ""
