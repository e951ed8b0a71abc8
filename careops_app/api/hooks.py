"""Where Twilio reports: what became of a text, and texts from customers. Only what Twilio signed is believed."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response

from careops_app.errors import Invalid
from careops_app.inbox import channel_queries, reports
from careops_app.inbox import service as inbox
from careops_app.inbox.channels import Incoming
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.reports import Report
from careops_app.inbox.texts import Keyword
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.infra.settings import settings
from careops_app.integrations.sms.signature import is_genuine

SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
MOST_BYTES = 64 * 1024

router = APIRouter(prefix="/hooks/twilio", include_in_schema=False)
log = structlog.get_logger(__name__)


class Call:
    """A signed call: whose texts it is about, and what it says."""

    def __init__(self, workspace_id: int, said: dict[str, str], about: str) -> None:
        self.workspace_id = workspace_id
        self.said = said
        self.about = about

    def __getitem__(self, name: str) -> str:
        return self.said.get(name, "")


async def signed_call(request: Request, token: Annotated[str, Path(max_length=100)]) -> Call:
    """What Twilio sent. Raises NotFound for an address nobody has, 403 for a signature that is not Twilio's."""
    workspace_id, kept = await fetch(channel_queries.text_account, SYSTEM, token)
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise HTTPException(413, "Too large.")
    sent = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    signature = request.headers.get("x-twilio-signature", "")
    if not is_genuine(kept.get("auth_token", ""), _called(request), sent, signature):
        log.warning("a call to a text hook was not signed by Twilio", workspace=workspace_id)
        raise HTTPException(403, "The signature is not Twilio's for this address.")
    return Call(workspace_id, dict(sent), request.query_params.get("m", ""))


def _called(request: Request) -> str:
    """The address as Twilio called it: the configured one, whatever stands between."""
    path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace").partition("?")[0]
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{settings().public_url}{path}{query}"


Signed = Annotated[Call, Depends(signed_call)]


@router.post("/{token}/status")
async def status(call: Signed) -> Response:
    """What became of a text: told in any order and more than once, counted once and never backwards."""
    told = Report(call.about, call["MessageSid"] or call["SmsSid"], call["MessageStatus"], call["ErrorCode"])
    await transact(reports.report, call.workspace_id, told)
    return _silence()


@router.post("/{token}/message")
async def message(call: Signed) -> Response:
    """A text from a customer, once however often it is told."""
    keyword = call["OptOutType"].lower()
    incoming = Incoming(
        ChannelKind.SMS, call["From"], _words(call), message_id=call["MessageSid"] or None,
        keyword=keyword if keyword in tuple(Keyword) else "",
    )  # fmt: skip
    try:
        await transact(inbox.receive, call.workspace_id, incoming)
    except Invalid as problem:
        log.warning("a text came from a number that is none", workspace=call.workspace_id, problem=str(problem))
    return _silence()


def _words(call: Call) -> str:
    media = int(call["NumMedia"]) if call["NumMedia"].isdecimal() else 0
    beside = f"\n[{media} {'attachment' if media == 1 else 'attachments'}, kept by Twilio]" if media else ""
    return f"{call['Body']}{beside}".strip()


def _silence() -> Response:
    return Response(SILENCE, media_type="text/xml")
