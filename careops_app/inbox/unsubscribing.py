"""A customer wants no more automatic mail: the link in it, and what pressing it does (RFC 8058).

It ends reminders, follow-ups and the like on e-mail. Answers to what they do themselves, such as a confirmation, and what
a member of the team writes still come. The link is derived, works for ever, and is bound to one message's recipient.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from sqlmodel import Session, select

from careops_app.errors import NotFound
from careops_app.inbox import suppression
from careops_app.inbox.models import ChannelKind, Message, MessageClass
from careops_app.infra import security
from careops_app.infra.settings import settings
from careops_app.workspace.models import Workspace

LENGTH = 27  # 162 bits


@dataclass(frozen=True)
class Recipient:
    """Whom a link is about. `is_off`: they get no automatic mail."""

    workspace_id: int
    slug: str
    address: str
    is_off: bool


def link_of(message: Message) -> str | None:
    """The address in the headers of a mail and below it; None for what is no automatic mail of the kind that can be ended."""
    if message.channel != ChannelKind.EMAIL or message.message_class != MessageClass.AUTOMATION:
        return None
    return f"{settings().public_url}/u/{token_of(message.id)}"


def token_of(message_id: int) -> str:
    return f"{message_id}-{security.derived_token('unsubscribe', message_id)[:LENGTH]}"


def recipient(session: Session, token: str) -> Recipient:
    """Whom a link is about (SYSTEM). Raises NotFound for a link that is none of ours."""
    number, _, _ = token.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        raise NotFound("The link")
    if not hmac.compare_digest(token.encode(), token_of(int(number)).encode()):
        raise NotFound("The link")
    message = session.exec(select(Message).where(Message.id == int(number))).first()
    if message is None or not message.recipient:
        raise NotFound("The link")
    slug = session.exec(select(Workspace.slug).where(Workspace.id == message.workspace_id)).one()
    is_off = suppression.wants_no_automatic_mail(session, message.workspace_id, message.recipient)
    return Recipient(message.workspace_id, slug, message.recipient, is_off)


def unsubscribe(session: Session, workspace_id: int, address: str) -> None:
    """No more automatic mail to this address; repeated, it stays from the first time."""
    suppression.end_automatic_mail(session, workspace_id, address)


def subscribe_again(session: Session, workspace_id: int, address: str) -> None:
    """Automatic mail may go to this address again."""
    suppression.allow_automatic_mail(session, workspace_id, address)
