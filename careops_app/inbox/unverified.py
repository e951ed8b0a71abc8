"""Mails whose sender is not proven, or that were not read: they wait here until a person decides, and nothing happens by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from careops_app.contacts.models import Contact
from careops_app.errors import Refused
from careops_app.inbox import receiving
from careops_app.inbox.filing import incoming_of
from careops_app.inbox.mail_files import files_of
from careops_app.inbox.mail_models import InboundMail, MailState
from careops_app.inbox.mail_places import in_words
from careops_app.inbox.models import Conversation, Message
from careops_app.inbox.sending import conversation_of
from careops_app.infra import clock
from careops_app.infra.db import load
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit

MOST = 50
WAIT = (MailState.UNVERIFIED, MailState.UNREADABLE)


@dataclass(frozen=True)
class UnverifiedRow:
    """A mail that waits. `about`: whose conversation it wants to belong to. Unreadable ones can only be discarded."""

    id: int
    sender: str
    sender_name: str
    subject: str
    body: str
    why: str
    about: str
    files: int
    may_accept: bool
    received_at: datetime


def unverified_mails(session: Session, actor: Actor) -> tuple[UnverifiedRow, ...]:
    """What waits, the newest first. Raises Forbidden."""
    require(actor, Permission.INBOX)
    found = session.exec(
        select(InboundMail)
        .where(col(InboundMail.state).in_(WAIT))
        .order_by(col(InboundMail.received_at).desc(), col(InboundMail.id).desc())
        .limit(MOST)
    ).all()
    names = _names(session, [mail.conversation_id for mail in found if mail.conversation_id])
    return tuple(
        UnverifiedRow(
            mail.id, mail.sender, mail.sender_name, mail.subject, mail.body, in_words(mail.reason),
            names.get(mail.conversation_id or 0, ""), len(files_of(session, [mail.id]).get(mail.id, ())),
            mail.state == MailState.UNVERIFIED and bool(mail.sender), mail.received_at,
        )
        for mail in found
    )  # fmt: skip


def unverified_count(session: Session, actor: Actor) -> int:
    """How many wait. Raises Forbidden."""
    require(actor, Permission.INBOX)
    return session.exec(select(func.count()).select_from(InboundMail).where(col(InboundMail.state).in_(WAIT))).one()


def _names(session: Session, conversation_ids: list[int]) -> dict[int, str]:
    return dict(
        session.exec(
            select(Conversation.id, Contact.name)
            .join(Contact, col(Contact.id) == Conversation.contact_id)
            .where(col(Conversation.id).in_(conversation_ids))
        ).all()
    )


def accept_mail(session: Session, actor: Actor, mail_id: int) -> int:
    """Somebody vouches for the sender: the mail goes into a conversation, once; returns the conversation.

    The contact's addresses stay as they are. Raises Forbidden, NotFound, Refused(code="decided" | "unreadable").
    """
    require(actor, Permission.INBOX)
    mail = load(session, InboundMail, mail_id, lock=True)
    if mail.state == MailState.FILED and mail.message_id is not None:
        return load(session, Message, mail.message_id).conversation_id or 0
    if mail.state not in WAIT:
        raise Refused("Somebody has decided about this mail meanwhile.", code="decided")
    if mail.state == MailState.UNREADABLE or not mail.sender:
        raise Refused("Nothing of this mail could be read. Open it in your mailbox.", code="unreadable")
    mail.message_id = _put(session, actor, mail)
    mail.conversation_id = load(session, Message, mail.message_id).conversation_id
    _decide(mail, actor, MailState.FILED)
    session.add(mail)
    audit(session, actor, "accepted the unverified mail of", mail.sender)
    return mail.conversation_id or 0


def _put(session: Session, actor: Actor, mail: InboundMail) -> int:
    """With no Message-ID: that of an unproven mail may have been taken from another one."""
    incoming = incoming_of(mail, message_id=None)
    if mail.conversation_id is None:
        return receiving.receive(session, actor.workspace_id, incoming)
    contact_id = load(session, Conversation, mail.conversation_id).contact_id
    conversation = conversation_of(session, actor.workspace_id, contact_id)
    return receiving.put_in(session, conversation, incoming, mail.sender_name or mail.sender)


def discard_mail(session: Session, actor: Actor, mail_id: int) -> None:
    """It is nothing: off the list, and deleted with its time. Twice is once. Raises Forbidden, NotFound, Refused."""
    require(actor, Permission.INBOX)
    mail = load(session, InboundMail, mail_id, lock=True)
    if mail.state == MailState.DISCARDED:
        return
    if mail.state not in WAIT:
        raise Refused("This mail is in the inbox already.", code="decided")
    _decide(mail, actor, MailState.DISCARDED)
    session.add(mail)
    audit(session, actor, "discarded the unverified mail of", mail.sender or "nobody")


def _decide(mail: InboundMail, actor: Actor, state: MailState) -> None:
    mail.state, mail.decided_at, mail.decided_by = state, clock.now(), actor.member_id
