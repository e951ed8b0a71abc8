"""What is shown of mail that came in: the parts of a message beside its words, and how a mailbox stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from careops_app.errors import NotFound
from careops_app.inbox.mail_files import FileRow, files_of
from careops_app.inbox.mail_models import InboundMail, Mailbox
from careops_app.infra.db import InWorkspace, load
from careops_app.workspace.access import Actor, Permission, require


@dataclass(frozen=True)
class MailView:
    """What a mail has beside its new words. `formatted_id` 0: it has no formatted view, `problem` may say why."""

    quoted: str = ""
    formatted_id: int = 0
    problem: str = ""
    files: tuple[FileRow, ...] = ()
    sent_from: str = ""


NO_MAIL = MailView()


def mail_views(session: Session, message_ids: Collection[int]) -> dict[int, MailView]:
    """The mails that these messages came as, by message."""
    found = session.execute(
        columns(
            col(InboundMail.id), col(InboundMail.message_id), col(InboundMail.quoted), col(InboundMail.html) != "",
            col(InboundMail.html_problem), col(InboundMail.sender), col(InboundMail.decided_by),
        ).where(col(InboundMail.message_id).in_(message_ids), col(InboundMail.state).in_(("filed", "automatic", "staff")))
    ).all()  # fmt: skip
    files = files_of(session, [mail_id for mail_id, *_ in found])
    return {
        message_id or 0: MailView(
            quoted, mail_id if has_html else 0, problem, files.get(mail_id, ()), sender if vouched_for else ""
        )
        for mail_id, message_id, quoted, has_html, problem, sender, vouched_for in found
    }


def formatted(session: Session, actor: Actor, mail_id: int) -> str:
    """The cleaned HTML of a mail, for a frame without rights. Raises Forbidden, NotFound."""
    require(actor, Permission.INBOX)
    mail = load(session, InboundMail, mail_id)
    if not mail.html or mail.message_id is None:
        raise NotFound("The formatted view")
    return mail.html


@dataclass(frozen=True)
class MailboxStatus:
    """How the mailbox of the e-mail account stands. Never the password."""

    host: str
    port: int
    authserv: str
    synced_at: datetime | None
    failing_since: datetime | None
    failure: str


def mailbox_status(session: Session, scope: InWorkspace | int, kept: dict[str, Any]) -> MailboxStatus | None:
    """The mailbox; None when mail that comes in is not read. `kept` are the settings of the account."""
    mailbox = session.exec(select(Mailbox)).first()
    if mailbox is None:
        return None
    return MailboxStatus(
        kept.get("imap_host", ""), int(kept.get("imap_port", 993)), kept.get("authserv", ""), mailbox.synced_at,
        mailbox.failing_since, mailbox.failure or "",
    )  # fmt: skip
