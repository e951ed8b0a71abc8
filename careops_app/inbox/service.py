"""What changes a conversation. Every command of the noun is reachable from here.

receiving.py   the contact form and messages from outside
answering.py   replies, which pause automation; resume and close, which end the pause
sending.py     queueing automatic messages; retry and drop
setup.py       the owner's commands: channels and wording
"""

from __future__ import annotations

from sqlmodel import Session, select

from careops_app.contacts.models import Contact
from careops_app.errors import NotFound
from careops_app.inbox import rules
from careops_app.inbox.answering import Decision, HeldMessage, Replied, Reply, Resumed, close, reply, resume
from careops_app.inbox.models import Author, Conversation, ConversationState, Direction, Message, MessageState
from careops_app.inbox.probing import mark_arrived
from careops_app.inbox.receiving import InquiryForm, receive, simulate_reply, submit_inquiry
from careops_app.inbox.sending import (
    AccountMail,
    Draft,
    QueueOutcome,
    channels_to,
    conversation_of,
    drop_message,
    filled_for,
    queue_account_message,
    queue_alert,
    queue_message,
    retry_message,
)
from careops_app.inbox.setup import (
    connect_channel,
    disconnect_channel,
    ensure_captured,
    record_check,
    restore_wording,
    reword,
)
from careops_app.infra import clock
from careops_app.infra.db import load, whole_sight
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Member

__all__ = [
    "AccountMail", "Decision", "Draft", "HeldMessage", "InquiryForm", "QueueOutcome", "Replied", "Reply", "Resumed",
    "assign", "channels_to", "close", "connect_channel", "disconnect_channel", "drop_message", "ensure_captured",
    "filled_for", "mark_arrived", "mark_read", "note",
    "queue_account_message", "queue_alert", "queue_message", "receive", "record_check", "reopen", "reply",
    "restore_wording", "resume", "retry_message", "reword", "simulate_reply", "start_conversation", "submit_inquiry",
]  # fmt: skip


def note(session: Session, actor: Actor, conversation_id: int, body: str, client_key: str | None = None) -> int:
    """Write something only the team sees; it is no reply. The same `client_key` writes once.

    Raises Forbidden, NotFound, Invalid(body).
    """
    require(actor, Permission.INBOX)
    conversation = load(session, Conversation, conversation_id, lock=True)
    once = f"note:{client_key}" if client_key else None
    if once and (earlier := session.exec(select(Message.id).where(Message.dedupe_key == once)).first()):
        return earlier
    message = Message(
        workspace_id=conversation.workspace_id, conversation_id=conversation.id, direction=Direction.NOTE,
        author=Author.MEMBER, member_id=actor.member_id, author_name=actor.name, body=rules.message_text(body),
        state=MessageState.NOTED, at=clock.now(), dedupe_key=once,
    )  # fmt: skip
    session.add(message)
    session.flush()
    return message.id


def reopen(session: Session, actor: Actor, conversation_id: int) -> None:
    """Take a closed conversation back into the list. Raises Forbidden, NotFound."""
    require(actor, Permission.INBOX)
    conversation = load(session, Conversation, conversation_id, lock=True)
    conversation.state = ConversationState.OPEN
    session.add(conversation)


def assign(session: Session, actor: Actor, conversation_id: int, member_id: int | None) -> None:
    """Say who looks after a conversation; None for nobody in particular. Raises Forbidden, NotFound."""
    require(actor, Permission.INBOX)
    conversation = load(session, Conversation, conversation_id, lock=True)
    if member_id is not None and load(session, Member, member_id).deactivated_at is not None:
        raise NotFound("The team member")
    with whole_sight(session):  # whoever hands it on may lose sight of it
        conversation.assigned_to = member_id
        session.add(conversation)


def mark_read(session: Session, actor: Actor, conversation_id: int) -> None:
    """Somebody has looked; it still waits for an answer. Raises Forbidden, NotFound."""
    require(actor, Permission.INBOX)
    conversation = load(session, Conversation, conversation_id)
    if conversation.unread:
        conversation.unread = 0
        session.add(conversation)


def start_conversation(session: Session, actor: Actor, contact_id: int) -> int:
    """The conversation of a contact, so that a member may write first. Raises Forbidden, NotFound."""
    require(actor, Permission.INBOX)
    return conversation_of(session, actor.workspace_id, load(session, Contact, contact_id).id).id
