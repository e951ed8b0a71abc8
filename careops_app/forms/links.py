"""The customer's own link to a form."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from careops_app.events import LinkRequested
from careops_app.forms.models import FormRequest
from careops_app.infra import clock, outbox
from careops_app.infra.db import InWorkspace, load, workspace_of
from careops_app.infra.settings import settings
from careops_app.workspace import links
from careops_app.workspace.models import Purpose

LASTS_AFTER_DUE = timedelta(days=14)


def form_token(session: Session, scope: InWorkspace | int, request_id: int) -> str:
    """What opens /f/: to read and answer the form until two weeks after it is due, or two weeks from now if later.

    Raises NotFound.
    """
    expires = max(load(session, FormRequest, request_id).due_at, clock.now()) + LASTS_AFTER_DUE
    return links.link_token(session, workspace_of(scope), Purpose.FORM, request_id, expires)


def form_link(session: Session, scope: InWorkspace | int, request_id: int) -> str:
    """The full address of the customer's page of a form. Raises NotFound."""
    return f"{settings().public_url}/f/{form_token(session, scope, request_id)}"


def ask_for_link(session: Session, scope: InWorkspace | int, request_id: int) -> None:
    """The customer asks for a link that opens; it goes to the address on file. Raises NotFound."""
    request = load(session, FormRequest, request_id)
    asked = LinkRequested(request.contact_id, booking_id=request.booking_id, request_id=request_id)
    outbox.emit(session, workspace_of(scope), asked)
