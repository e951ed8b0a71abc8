"""A member answers, and automation stops; it resumes when somebody says so, or ends with the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from careops_app.errors import Refused
from careops_app.events import AutomationResumed, ConversationClosed, MessageReplied
from careops_app.inbox import rules, suppression
from careops_app.inbox.models import (
    Author,
    ChannelKind,
    Conversation,
    ConversationState,
    Direction,
    Message,
    MessageClass,
    MessageState,
)
from careops_app.inbox.sending import (
    USEFUL_FOR,
    accounts_of,
    addresses_of,
    announce_held,
    last_subject,
    new_message_id,
    providers,
    skip,
    unlease,
)
from careops_app.inbox.templates import TITLES, Template
from careops_app.infra import clock, outbox, security
from careops_app.infra.db import load, whole_sight
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Workspace


@dataclass(frozen=True)
class Reply:
    """What a member sends. `keep_reminders`: booking reminders go on. `client_key`: the same press of Send, once.

    `seen_reply` is the newest reply the writer knew of, 0 for none: a newer one refuses this. None does not ask.
    """

    conversation_id: int
    channel: ChannelKind
    body: str
    keep_reminders: bool = False
    client_key: str | None = None
    seen_reply: int | None = None


@dataclass(frozen=True)
class HeldMessage:
    """An automatic message a reply has stopped, or came too late to stop. `what` is its template's title."""

    message_id: int
    what: str
    channel: ChannelKind | None
    at: datetime


@dataclass(frozen=True)
class Replied:
    """`held` were stopped by this reply; `in_flight` were already leaving when it came."""

    message_id: int
    held: tuple[HeldMessage, ...] = ()
    in_flight: tuple[HeldMessage, ...] = ()


def reply(session: Session, actor: Actor, answer: Reply) -> Replied:
    """Queue a member's answer and stop automation for this conversation, in one transaction (guarantees 3.5).

    Once this commits no automated message that stops on reply can begin to leave: sending takes the same lock and
    checks again. Raises Forbidden, NotFound, Invalid(body), Refused with code channel_not_usable, or answered_since when
    somebody replied after `seen_reply`.
    """
    require(actor, Permission.INBOX)
    conversation = load(session, Conversation, answer.conversation_id, lock=True)
    if answer.client_key and (earlier := _sent_before(session, answer.client_key)):
        return Replied(earlier)
    _require_seen(session, answer)
    message = _reply_line(session, actor, conversation, answer)
    return stop_automation(session, conversation, message, keeps_reminders=answer.keep_reminders)


def stop_automation(
    session: Session, conversation: Conversation, message: Message, *, keeps_reminders: bool = False
) -> Replied:
    """Somebody on the team has answered by `message` (the conversation is locked): everything that follows from it."""
    session.add(message)
    _pause(conversation, message.member_id, keeps_reminders)
    _answered(session, conversation, message.at)
    with whole_sight(session):  # a pause is for the whole conversation, whoever the visits in it are with
        held, in_flight = _hold_unsent(session, conversation), _in_flight(session, conversation)
        _tell(session, conversation, message, held)
    return Replied(message.id, tuple(map(_in_short, held)), tuple(map(_in_short, in_flight)))


def _tell(session: Session, conversation: Conversation, message: Message, held: list[Message]) -> None:
    told = MessageReplied(
        conversation.id,
        conversation.contact_id,
        message.id,
        message.member_id or 0,
        len(held),
        conversation.keeps_reminders,
    )
    outbox.emit(session, conversation.workspace_id, told)
    for each in held:
        announce_held(session, conversation, each.id, each.about_id if each.about == "booking" else None)


def _sent_before(session: Session, client_key: str) -> int | None:
    return session.exec(select(Message.id).where(Message.dedupe_key == _press(client_key))).first()


def _press(client_key: str) -> str:
    """The dedupe key of one press of Send, however long the browser's key is."""
    return f"reply:{security.digest(client_key)}"


def _require_seen(session: Session, answer: Reply) -> None:
    if answer.seen_reply is None:
        return
    newest = session.exec(replies_of(answer.conversation_id).limit(1)).first()
    if newest is not None and newest.id > answer.seen_reply:
        raise Refused(
            f"{newest.author_name} answered since you began. Read it, then send again.", code="answered_since"
        )


def replies_of(conversation_id: int) -> SelectOfScalar[Message]:
    """What members sent in a conversation, newest first."""
    return (
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.author == Author.MEMBER,
            Message.direction == Direction.OUT,
        )
        .order_by(col(Message.id).desc())
    )


def _reply_line(session: Session, actor: Actor, conversation: Conversation, answer: Reply) -> Message:
    accounts, now = accounts_of(session), clock.now()
    addresses = addresses_of(session, conversation.contact_id)
    closed = suppression.suppressed(session, addresses)
    if problem := rules.why_not_usable(answer.channel, addresses, providers(accounts), closed):
        raise Refused(problem, code="channel_not_usable")
    business = load(session, Workspace, conversation.workspace_id).name
    subject = (
        rules.reply_subject(last_subject(session, conversation), business)
        if answer.channel == ChannelKind.EMAIL
        else ""
    )
    return Message(
        workspace_id=conversation.workspace_id, conversation_id=conversation.id, direction=Direction.OUT,
        channel=answer.channel, message_class=MessageClass.HUMAN, author=Author.MEMBER, member_id=actor.member_id,
        author_name=actor.name, recipient=addresses[answer.channel], subject=subject,
        body=rules.message_text(answer.body), state=MessageState.QUEUED, due_at=now, at=now,
        not_after=now + USEFUL_FOR[MessageClass.HUMAN],
        dedupe_key=_press(answer.client_key) if answer.client_key else None,
        provider=accounts[answer.channel].provider,
        rfc_message_id=new_message_id(accounts), in_reply_to=_last_received(session, conversation),
    )  # fmt: skip


def _last_received(session: Session, conversation: Conversation) -> str | None:
    return session.exec(
        select(Message.rfc_message_id)
        .where(
            Message.conversation_id == conversation.id, Message.direction == Direction.IN,
            Message.channel == ChannelKind.EMAIL,
        )
        .order_by(col(Message.at).desc(), col(Message.id).desc())
    ).first()  # fmt: skip


def _pause(conversation: Conversation, member_id: int | None, keeps_reminders: bool) -> None:
    conversation.epoch += 1
    conversation.paused_at, conversation.paused_by = clock.now(), member_id
    conversation.keeps_reminders = keeps_reminders


def _answered(session: Session, conversation: Conversation, at: datetime) -> None:
    """Nobody waits any more, except somebody who wrote after the answer had been sent from elsewhere."""
    conversation.state = ConversationState.OPEN
    if conversation.waiting_since is None or conversation.waiting_since <= at:
        conversation.waiting_since, conversation.unread = None, 0
    conversation.replied_at = max(conversation.replied_at or at, at)
    conversation.last_message_at = max(conversation.last_message_at, at)
    session.add(conversation)
    session.flush()


def _hold_unsent(session: Session, conversation: Conversation) -> list[Message]:
    """Hold what has not begun to leave; a worker that had claimed one loses it."""
    waiting = session.exec(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.state == MessageState.QUEUED,
            col(Message.stops_on_reply),
        )
        .order_by(col(Message.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    held = [each for each in waiting if not (conversation.keeps_reminders and rules.is_reminder(each.template))]
    for message in held:
        message.state, message.reason, message.due_at = MessageState.HELD, "staff_replied", None
        unlease(message)
        session.add(message)
    session.flush()
    return held


def _in_flight(session: Session, conversation: Conversation) -> list[Message]:
    return list(
        session.exec(
            select(Message).where(
                Message.conversation_id == conversation.id,
                Message.state == MessageState.SENDING,
                col(Message.stops_on_reply),
            )
        )
    )


def _in_short(message: Message) -> HeldMessage:
    what = TITLES[Template(message.template)] if message.template else "Message"
    return HeldMessage(message.id, what, message.channel, message.at)


class Decision(StrEnum):
    """What becomes of one held message when automation resumes."""

    SEND = "send"
    DROP = "drop"


@dataclass(frozen=True)
class Resumed:
    sent: tuple[HeldMessage, ...] = ()
    dropped: tuple[HeldMessage, ...] = ()


def resume(
    session: Session, actor: Actor, conversation_id: int, decisions: Mapping[int, Decision] | None = None
) -> Resumed:
    """End the pause. Held messages go out now unless decided otherwise; those whose time has passed are dropped.

    Raises Forbidden, NotFound, Refused when automation is not paused.
    """
    require(actor, Permission.INBOX)
    conversation = load(session, Conversation, conversation_id, lock=True)
    if conversation.paused_at is None:
        raise Refused("Automation is not paused here. Somebody else may have resumed it.", code="not_paused")
    _end_pause(conversation)
    sent: list[HeldMessage] = []
    dropped: list[HeldMessage] = []
    with whole_sight(session):
        for message in _held(session, conversation):
            kept = _release(session, message, conversation, Decision((decisions or {}).get(message.id, Decision.SEND)))
            (sent if kept else dropped).append(_in_short(message))
    session.add(conversation)
    outbox.emit(
        session, actor.workspace_id, AutomationResumed(conversation.id, conversation.contact_id, actor.member_id or 0)
    )
    return Resumed(tuple(sent), tuple(dropped))


def _end_pause(conversation: Conversation) -> None:
    if conversation.paused_at is None:
        return
    conversation.paused_at, conversation.paused_by, conversation.keeps_reminders = None, None, False
    conversation.epoch += 1


def _held(session: Session, conversation: Conversation) -> list[Message]:
    return list(
        session.exec(
            select(Message)
            .where(Message.conversation_id == conversation.id, Message.state == MessageState.HELD)
            .order_by(col(Message.id))
            .with_for_update()
        )
    )


def _release(session: Session, message: Message, conversation: Conversation, decision: Decision) -> bool:
    now = clock.now()
    late = rules.is_late(message.not_after, now)
    if late or decision == Decision.DROP:
        skip(session, message, "too_late" if late else "dropped")
        return False
    message.state, message.reason, message.due_at, message.epoch = MessageState.QUEUED, None, now, conversation.epoch
    session.add(message)
    return True


def close(session: Session, actor: Actor, conversation_id: int) -> None:
    """Put a conversation away: nobody waits, the pause ends, what was held is dropped. Raises Forbidden, NotFound."""
    require(actor, Permission.INBOX)
    conversation = load(session, Conversation, conversation_id, lock=True)
    if conversation.state == ConversationState.CLOSED:
        return
    with whole_sight(session):
        for message in _held(session, conversation):
            skip(session, message, "conversation_closed")
    _end_pause(conversation)
    conversation.state, conversation.waiting_since, conversation.unread = ConversationState.CLOSED, None, 0
    session.add(conversation)
    outbox.emit(
        session, actor.workspace_id, ConversationClosed(conversation.id, conversation.contact_id, actor.member_id or 0)
    )
