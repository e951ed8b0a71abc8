"""What somebody of the team wrote in the mailbox itself: seen in its Sent folder, it counts as a staff reply.

Mails that CareOps sent lie there too. They are known by their Message-ID; where a provider gives them another one, by the
token in their Reply-To. Letters to people who are not contacts are nobody's business: nothing of them is kept.
"""

from __future__ import annotations

from sqlmodel import Session, col, delete, select

from careops_app.inbox import rules
from careops_app.inbox.answering import stop_automation
from careops_app.inbox.mail import ParsedMail
from careops_app.inbox.mail_models import InboundMail, InboundRaw, MailState
from careops_app.inbox.mail_places import Place, contact_of_address
from careops_app.inbox.models import (
    Author,
    ChannelKind,
    Conversation,
    Direction,
    Message,
    MessageClass,
    MessageState,
)
from careops_app.inbox.outage import account_of
from careops_app.inbox.reply_tokens import conversation_of_reply
from careops_app.inbox.sending import addresses_of, conversation_of

MOST_RECIPIENTS = 20
FROM_MAILBOX = "from_mailbox"


def file_sent(session: Session, mail: InboundMail, parsed: ParsedMail) -> Place:
    """Put a letter of the Sent folder into the conversations of those it went to, and stop their automation."""
    if _is_ours(session, mail, parsed):
        return _nothing(session, mail, "sent by CareOps")
    if parsed.automatic:
        return _nothing(session, mail, f"automatic: {parsed.automatic}")
    found = {contact_of_address(session, each): each for each in reversed(parsed.written_to[:MOST_RECIPIENTS])}
    known = sorted((contact_id, address) for contact_id, address in found.items() if contact_id is not None)
    for contact_id, address in known:
        conversation = conversation_of(session, mail.workspace_id, contact_id)
        message_id = _record(session, mail, parsed, conversation, address)
        mail.message_id = mail.message_id or message_id
    return Place(MailState.STAFF) if known else _nothing(session, mail, "to nobody we know")


def _is_ours(session: Session, mail: InboundMail, parsed: ParsedMail) -> bool:
    if conversation_of_reply(mail.workspace_id, parsed.answers_to) is not None:
        return True
    known = select(Message.id).where(Message.rfc_message_id == parsed.message_id)
    return bool(parsed.message_id) and session.exec(known).first() is not None


def _nothing(session: Session, mail: InboundMail, why: str) -> Place:
    """Keep of this mail only that it was seen."""
    mail.sender = mail.sender_name = mail.subject = mail.body = mail.quoted = mail.html = ""
    session.execute(delete(InboundRaw).where(col(InboundRaw.mail_id) == mail.id))
    return Place(MailState.IGNORED, why)


def _record(session: Session, mail: InboundMail, parsed: ParsedMail, conversation: Conversation, address: str) -> int:
    """One line in one conversation. The first line carries the Message-ID, by which answers and bounces find it."""
    account = account_of(session, ChannelKind.EMAIL)
    message = Message(
        workspace_id=mail.workspace_id, conversation_id=conversation.id, direction=Direction.OUT,
        channel=ChannelKind.EMAIL, message_class=MessageClass.HUMAN, author=Author.MEMBER,
        author_name=mail.sender_name or (account.sender_name if account else "") or mail.sender,
        recipient=address or addresses_of(session, conversation.contact_id).get(ChannelKind.EMAIL),
        subject=mail.subject, body=mail.body, state=MessageState.QUEUED, due_at=mail.received_at, at=mail.received_at,
        dedupe_key=f"sent:{mail.id}:{conversation.contact_id}", reason=FROM_MAILBOX, sent_at=mail.received_at,
        rfc_message_id=parsed.message_id or None if mail.message_id is None else None,
        in_reply_to=rules.one_line(parsed.replies_to[0], 250) if parsed.replies_to else None,
        provider=account.provider if account else None,
    )  # fmt: skip
    _already_sent(session, message)
    return stop_automation(session, conversation, message).message_id


def _already_sent(session: Session, message: Message) -> None:
    """It has gone the way of every message, elsewhere; the database lets none begin as sent."""
    session.add(message)
    session.flush()
    message.state = MessageState.SENDING
    session.flush()
    message.state, message.due_at = MessageState.SENT, None
    session.flush()
