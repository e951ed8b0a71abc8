"""What the settings show of channels, of kept messages and of wording; frozen rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from careops_app.errors import NotFound
from careops_app.inbox import rules, telling, templates
from careops_app.inbox.arming import owners_may_see, resolver_of
from careops_app.inbox.mail_queries import MailboxStatus, mailbox_status
from careops_app.inbox.models import ChannelAccount, ChannelKind, Message, Wording
from careops_app.inbox.sending import accounts_of
from careops_app.inbox.setup import PROVIDERS
from careops_app.inbox.templates import Filled, Placeholder, Template, Text
from careops_app.inbox.text_models import TextSetting
from careops_app.infra import security
from careops_app.infra.db import InWorkspace
from careops_app.infra.settings import settings as installation
from careops_app.workspace.access import Actor, Permission, require

PAGE = 25

Scope = InWorkspace | int


@dataclass(frozen=True)
class ChannelStatus:
    """A channel for settings and onboarding. Never the password: `has_password` says that one is stored.

    `works`: connected and not failing; a captured one works too, and keeps everything here. `waiting`: messages queued.
    """

    kind: ChannelKind
    is_connected: bool
    provider: str
    captured: bool
    sender: str
    sender_name: str
    host: str
    port: int
    security: str
    username: str
    has_password: bool
    tested_at: datetime | None
    failing_since: datetime | None
    failure: str
    retry_at: datetime | None
    waiting: int
    works: bool
    mailbox: MailboxStatus | None = None


def channel_status(session: Session, scope: Scope) -> tuple[ChannelStatus, ...]:
    """Every channel there could be, e-mail first."""
    accounts = accounts_of(session)
    return tuple(_status(session, scope, kind, accounts.get(kind)) for kind in PROVIDERS)


def _status(session: Session, scope: Scope, kind: ChannelKind, account: ChannelAccount | None) -> ChannelStatus:
    kept = _readable(account)
    return ChannelStatus(
        kind=kind, is_connected=account is not None, provider=account.provider if account else "",
        captured=account is not None and account.provider == rules.CAPTURED,
        sender=account.sender if account else "", sender_name=account.sender_name if account else "",
        host=kept.get("host", ""), port=kept.get("port", 587), security=kept.get("security", "starttls"),
        username=kept.get("username", ""), has_password=bool(kept.get("password")),
        tested_at=account.tested_at if account else None, failing_since=account.failing_since if account else None,
        failure=(account.failure or "") if account else "", retry_at=account.retry_at if account else None,
        waiting=_waiting(session, kind), works=account is not None and account.failing_since is None,
        mailbox=mailbox_status(session, scope, kept) if kind == ChannelKind.EMAIL else None,
    )  # fmt: skip


def _readable(account: ChannelAccount | None) -> dict[str, Any]:
    try:
        return security.unseal(account.sealed) if account and account.sealed else {}
    except ValueError:
        return {}


def _waiting(session: Session, kind: ChannelKind) -> int:
    return session.exec(
        select(func.count()).where(col(Message.channel) == kind, col(Message.due_at).is_not(None))
    ).one()


def offers_environment_gmail() -> bool:
    """Whether this installation has a Gmail account of its own (GMAIL, APP_PASSWORD) to connect with one press."""
    return bool(installation().gmail and installation().app_password)


def text_account(session: Session, hook_token: str) -> tuple[int, dict[str, Any]]:
    """Whose texts a provider reports at this address (SYSTEM): the workspace, and its settings. Raises NotFound."""
    owner = session.exec(select(TextSetting.workspace_id).where(TextSetting.hook_token == hook_token)).first()
    account = session.exec(
        select(ChannelAccount).where(ChannelAccount.workspace_id == owner, ChannelAccount.kind == ChannelKind.SMS)
    ).first()
    kept = _readable(account)
    if owner is None or not kept:
        raise NotFound("The address")
    return owner, kept


@dataclass(frozen=True)
class CapturedRow:
    """A message that a captured channel kept here. Personal links appear only where owners may see them."""

    id: int
    conversation_id: int | None
    channel: ChannelKind | None
    recipient: str
    subject: str
    body: str
    what: str
    author_name: str
    has_invite: bool
    at: datetime


@dataclass(frozen=True)
class CapturedPage:
    rows: tuple[CapturedRow, ...]
    before: int | None


def captured_outbox(session: Session, actor: Actor, before: int | None = None) -> CapturedPage:
    """What would have left the machine, newest first; `before` pages back. Raises Forbidden."""
    require(actor, Permission.INBOX)
    where = [col(Message.provider) == rules.CAPTURED, col(Message.sent_at).is_not(None)]
    where += [col(Message.id) < before] if before else []
    if not actor.may(Permission.CONFIGURE):
        where.append(col(Message.conversation_id).is_not(None))
    found = list(session.exec(select(Message).where(*where).order_by(col(Message.id).desc()).limit(PAGE + 1)))
    shown = found[:PAGE]
    return CapturedPage(tuple(_captured(session, each) for each in shown), shown[-1].id if len(found) > PAGE else None)


def _captured(session: Session, message: Message) -> CapturedRow:
    return CapturedRow(
        message.id, message.conversation_id, message.channel, message.recipient or "", message.subject,
        templates.without_private(_revealed(session, message)), telling.what_of(message), telling.author_name(message),
        message.invite is not None, message.sent_at or message.at,
    )  # fmt: skip


def _revealed(session: Session, message: Message) -> str:
    """An invitation's link may be handed on by the owner; a password reset's belongs to its account alone."""
    resolver = resolver_of(message.about)
    if resolver is None or message.about_id is None or not owners_may_see(message.about):
        return message.body
    try:
        return templates.put_in(message.body, resolver(session, message.about_id))
    except NotFound:
        return message.body


# wording -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WordingRow:
    """A template as it is now; `is_own`: this workspace has changed it."""

    template: Template
    title: str
    subject: str
    body: str
    is_own: bool
    placeholders: tuple[Placeholder, ...]


def wordings(session: Session, scope: Scope) -> tuple[WordingRow, ...]:
    """Every template with the workspace's own text or the default."""
    own = {each.template: Text(each.subject, each.body) for each in session.exec(select(Wording))}
    return tuple(
        WordingRow(
            each, templates.TITLES[each], *_parts(own.get(each) or templates.DEFAULTS[each]), each in own,
            tuple(templates.offered_by(each)),
        )
        for each in Template
    )  # fmt: skip


def _parts(text: Text) -> tuple[str, str]:
    return text.subject, text.body


def wording_preview(template: Template | str, subject: str, body: str) -> Filled:
    """The text with example values; needs no database. Raises Invalid(subject | body)."""
    return templates.preview(Template(template), Text(subject, body))
