"""The contact form: reads it, hands the inquiry over, and shows the same page however often it was sent."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from careops_app.errors import Invalid, Refused, Throttled
from careops_app.inbox import service as inbox
from careops_app.inbox.service import InquiryForm
from careops_app.infra import throttle
from careops_app.infra.db import SYSTEM, transact
from careops_app.public.business import business_at
from careops_app.public.contact import page
from careops_app.public.edge import go, html, retry_after
from careops_app.public.layout import brand_of, not_open
from careops_app.public.reach import problems_of_person
from careops_app.public.requests import TRAPPED, form_key, is_trapped, posted, submission_key, visitor_network
from careops_app.public.typed import Typed
from careops_app.workspace.queries import WorkspaceCard

INQUIRIES_PER_NETWORK, INQUIRY_WINDOW = 20, timedelta(hours=1)


async def show(request: Request) -> Response:
    """The form, or how to reach a business that has not opened yet."""
    business = await business_at(request)
    if not business.is_open:
        return html(not_open(brand_of(business)))
    if "sent" in request.query_params:
        return html(page.sent(business))
    return html(page.write(business, Typed({"key": form_key()})))


async def send(request: Request) -> Response:
    """Take the inquiry; a problem brings the form back with everything that was typed."""
    business, fields = await business_at(request), await posted(request)
    if not business.is_open:
        return html(not_open(brand_of(business)), 409)
    typed = Typed(fields)
    try:
        await _take(request, business, fields)
    except Invalid as problem:
        typed = typed.replaced(key=form_key()) if "form" in problem.fields else typed
        return html(page.write(business, typed.refused(problem.fields)), 422)
    except Refused as problem:  # sent already, with other words: what stands here now may be sent as a new message
        typed = typed.replaced(key=form_key()).refused({"form": f"{problem} {page.KEPT}"})
        return html(page.write(business, typed), 422)
    except Throttled as problem:
        return html(page.write(business, typed.refused({"form": str(problem)})), 429, retry_after(problem))
    return go(f"/c/{business.slug}?sent=1")


async def _take(request: Request, business: WorkspaceCard, fields: dict[str, str]) -> None:
    key = submission_key(fields)
    if is_trapped(fields):
        raise Invalid(form=TRAPPED)
    if wrong := problems_of_person(fields, business):
        raise Invalid(**wrong)
    budget = f"inquiry-from:{business.id}:{visitor_network(request)}"
    await transact(throttle.spend_once, SYSTEM, key, budget, INQUIRIES_PER_NETWORK, INQUIRY_WINDOW)
    form = InquiryForm(
        name=fields.get("name", ""), email=fields.get("email", ""), phone=fields.get("phone", ""),
        message=fields.get("message", ""), idempotency_key=key,
    )  # fmt: skip
    await transact(inbox.submit_inquiry, business.id, form)
