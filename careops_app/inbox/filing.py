"""Where a mail belongs: a conversation, the record of a message of ours, the list that waits for a person, or nowhere.

An answer is recognised by the token in the address it was sent to, then by the messages it names, then by its sender; but
never against its sender: whoever is not the contact of that conversation, or may not be who they say, waits for a person,
stops no automation and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, delete, select

from careops_app.contacts.models import Contact
from careops_app.inbox import bounces, receiving, rules, staff_letters
from careops_app.inbox.channels import Incoming
from careops_app.inbox.mail import ParsedMail, Proof
from careops_app.inbox.mail_files import keep_files
from careops_app.inbox.mail_models import FolderRole, InboundMail, InboundRaw, MailState
from careops_app.inbox.mail_places import Place, contact_of_address
from careops_app.inbox.models import ChannelAccount, ChannelKind, Conversation, Direction, Message
from careops_app.inbox.outage import account_of
from careops_app.inbox.reply_tokens import conversation_of_reply
from careops_app.inbox.sending import conversation_of
from careops_app.infra import clock, queue, security
from careops_app.infra.db import SYSTEM, Scope, load, lock_names
from careops_app.infra.queue import claim_due

MOST_TRIES = 3
LOOK_AGAIN = timedelta(minutes=1)
KEPT_DAYS = 30


@dataclass(frozen=True)
class Waiting:
    """A lease on one stored mail that nobody has read yet."""

    mail_id: int
    workspace_id: int
    lease_token: str
    raw: bytes
    size: int
    trusted: str
    tries: int


def claim_mail(session: Session, scope: Scope = SYSTEM, *, limit: int = 4) -> list[Waiting]:
    """Lease stored mails, the oldest first, with their bytes."""
    if not queue.may_claim(session, scope):
        return []
    rows = claim_due(session, InboundMail, limit)
    ids = [row.id for row in rows]
    content = select(InboundRaw.mail_id, InboundRaw.content).where(col(InboundRaw.mail_id).in_(ids))
    raw, trusted = dict(session.exec(content).all()), _trusted(session, {row.workspace_id for row in rows})
    return [
        Waiting(
            row.id, row.workspace_id, row.lease_token or "", raw.get(row.id, b""), row.size,
            trusted.get(row.workspace_id, ""), row.claims,
        )
        for row in rows
    ]  # fmt: skip


def _trusted(session: Session, workspace_ids: set[int]) -> dict[int, str]:
    """The name that each business's mail server writes in Authentication-Results, as far as it is known."""
    accounts = session.exec(
        select(ChannelAccount).where(
            col(ChannelAccount.workspace_id).in_(workspace_ids), ChannelAccount.kind == ChannelKind.EMAIL
        )
    )
    return {account.workspace_id: _named(account.sealed) for account in accounts if account.sealed}


def _named(sealed: str) -> str:
    try:
        return str(security.unseal(sealed).get("authserv", ""))
    except ValueError:
        return ""


def file_mail(session: Session, workspace_id: int, waiting: Waiting, parsed: ParsedMail) -> bool:
    """Put a mail where it belongs. False when the lease is lost: somebody else does it."""
    mail = session.exec(
        select(InboundMail)
        .where(InboundMail.id == waiting.mail_id, InboundMail.lease_token == waiting.lease_token)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if mail is None:
        return False
    _write_down(mail, parsed)
    if parsed.problem:
        _settle(session, mail, Place(MailState.UNREADABLE, parsed.problem))
        return True
    if parsed.message_id:
        lock_names(session, [f"incoming:{workspace_id}:{parsed.message_id}"])
    try:
        place = (
            staff_letters.file_sent(session, mail, parsed)
            if mail.role == FolderRole.SENT
            else _received(session, mail, parsed)
        )
    except bounces.TooEarly:
        mail.due_at, mail.lease_token, mail.lease_until = clock.now() + LOOK_AGAIN, None, None
        session.add(mail)
        return True
    _settle(session, mail, place)
    if mail.state in (MailState.FILED, MailState.AUTOMATIC, MailState.STAFF, MailState.UNVERIFIED):
        keep_files(session, mail, parsed)
    return True


def try_again(session: Session, workspace_id: int, waiting: Waiting) -> bool:
    """Read it once more later. False when it was tried often enough, or the lease is lost."""
    if waiting.tries >= MOST_TRIES:
        return False
    later = clock.now() + queue.backoff(waiting.tries)
    return queue.settle(session, InboundMail, waiting.mail_id, waiting.lease_token, due_at=later)


def _write_down(mail: InboundMail, parsed: ParsedMail) -> None:
    mail.sender, mail.sender_name = parsed.sender[:254], rules.one_line(parsed.sender_name)
    mail.subject = rules.one_line(parsed.subject, 300)
    mail.body = rules.message_text(parsed.body[: rules.LONGEST_MESSAGE], may_be_empty=True)
    mail.quoted = rules.message_text(parsed.quoted[: rules.LONGEST_MESSAGE], may_be_empty=True)
    mail.html, mail.html_problem = parsed.html.replace("\0", ""), parsed.html_problem


def _settle(session: Session, mail: InboundMail, place: Place) -> None:
    mail.state, mail.reason, mail.due_at = place.state, place.reason, None
    mail.conversation_id = place.conversation_id
    mail.lease_token, mail.lease_until = None, None
    session.add(mail)
    session.flush()


def _received(session: Session, mail: InboundMail, parsed: ParsedMail) -> Place:
    known = _message_named(session, parsed.message_id)
    if known is not None and known.direction == Direction.OUT:
        return Place(MailState.IGNORED, "a copy of our own message")
    if parsed.report is not None:
        return _report(session, mail, parsed)
    if (account := account_of(session, ChannelKind.EMAIL)) and parsed.sender == account.sender.lower():
        return Place(MailState.IGNORED, "it comes from ourselves")
    place = _placed(session, mail, parsed)
    if place.state == MailState.UNVERIFIED and parsed.automatic:
        return Place(MailState.IGNORED, "automatic, and not proven")
    if known is not None and place.state in (MailState.FILED, MailState.AUTOMATIC):
        return Place(MailState.UNVERIFIED, "repeated_id", conversation_id=place.conversation_id)
    if place.state in (MailState.FILED, MailState.AUTOMATIC):
        mail.message_id = _into_the_inbox(session, mail, parsed, place)
    return place


def _message_named(session: Session, message_id: str) -> Message | None:
    if not message_id:
        return None
    return session.exec(select(Message).where(Message.rfc_message_id == message_id)).first()


def _report(session: Session, mail: InboundMail, parsed: ParsedMail) -> Place:
    assert parsed.report is not None
    what, message_id = bounces.take_report(session, mail.workspace_id, parsed.report, mail.identity)
    mail.message_id = message_id
    return Place(MailState.REPORT if message_id else MailState.IGNORED, what)


def _placed(session: Session, mail: InboundMail, parsed: ParsedMail) -> Place:
    if parsed.sender_problem or not parsed.sender:
        return Place(MailState.UNVERIFIED, parsed.sender_problem or "no_sender")
    if parsed.proof == Proof.FAILED:
        return Place(MailState.UNVERIFIED, "failed_proof")
    contact_id = contact_of_address(session, parsed.sender)
    answered = _answered(session, mail.workspace_id, parsed)
    if answered is not None and answered.contact_id != contact_id:
        return Place(MailState.UNVERIFIED, "other_sender", conversation_id=answered.id)
    if parsed.automatic:
        state = MailState.AUTOMATIC if contact_id else MailState.IGNORED
        return Place(state, f"automatic: {parsed.automatic}", contact_id)
    return Place(MailState.FILED, "", contact_id)


def _answered(session: Session, workspace_id: int, parsed: ParsedMail) -> Conversation | None:
    """The conversation an answer names: by its token, else by a message of ours in it."""
    by_token = conversation_of_reply(workspace_id, parsed.recipients)
    if by_token is not None:
        return session.get(Conversation, by_token)
    return session.exec(
        select(Conversation)
        .join(Message, col(Message.conversation_id) == Conversation.id)
        .where(col(Message.rfc_message_id).in_(parsed.replies_to), Message.direction == Direction.OUT)
        .order_by(col(Message.id).desc())
    ).first()


def incoming_of(
    mail: InboundMail, *, message_id: str | None, replies_to: tuple[str, ...] = (), automatic: bool = False
) -> Incoming:
    """A stored mail in the words of the port."""
    return Incoming(
        ChannelKind.EMAIL, mail.sender, mail.body, mail.sender_name, mail.subject, message_id,
        replies_to[0] if replies_to else None, mail.received_at, automatic,
    )  # fmt: skip


def _into_the_inbox(session: Session, mail: InboundMail, parsed: ParsedMail, place: Place) -> int:
    incoming = incoming_of(
        mail, message_id=parsed.message_id or None, replies_to=parsed.replies_to, automatic=bool(parsed.automatic)
    )
    if place.contact_id is None:
        return receiving.receive(session, mail.workspace_id, incoming)
    conversation = conversation_of(session, mail.workspace_id, place.contact_id)
    name = load(session, Contact, place.contact_id).name
    return receiving.put_in(session, conversation, incoming, name)


def sweep_mail(session: Session) -> None:
    """Forget the bytes of mails after a month, and mails that became nothing, in all businesses."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    old = col(InboundMail.received_at) < before
    decided = select(InboundMail.id).where(old, InboundMail.state != MailState.WAITING)
    session.execute(delete(InboundRaw).where(col(InboundRaw.mail_id).in_(decided)))
    gone = (MailState.UNVERIFIED, MailState.UNREADABLE, MailState.IGNORED, MailState.DISCARDED, MailState.REPORT)
    session.execute(delete(InboundMail).where(old, col(InboundMail.state).in_(gone)))
