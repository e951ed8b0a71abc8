"""What one conversation shows: its head, its messages with their tries, what is planned and what waits; frozen rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from careops_app.contacts.models import Contact
from careops_app.inbox import rules, suppression, telling, templates
from careops_app.inbox.answering import replies_of
from careops_app.inbox.mail_queries import NO_MAIL, MailView, mail_views
from careops_app.inbox.models import (
    Author,
    ChannelKind,
    Conversation,
    ConversationState,
    DeliveryAttempt,
    Direction,
    Inquiry,
    Message,
    MessageState,
    Outcome,
)
from careops_app.inbox.sending import accounts_of, addresses_of, last_used, providers
from careops_app.inbox.setup import PROVIDERS
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace, load, workspace_of
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace.models import Member

THREAD_PAGE = 30

Scope = InWorkspace | int


@dataclass(frozen=True)
class ComposerChannel:
    """One choice of the composer; disabled when `why_not` says why. A captured channel keeps everything here."""

    kind: ChannelKind
    address: str
    why_not: str
    captured: bool
    is_last_used: bool
    is_suppressed: bool = False


@dataclass(frozen=True)
class LastReply:
    """The newest thing a member sent in a conversation."""

    id: int
    author_name: str
    at: datetime


@dataclass(frozen=True)
class ConversationHead:
    id: int
    contact_id: int
    name: str
    is_closed: bool
    waiting_since: datetime | None
    assigned_to: int | None
    assigned_name: str
    paused_at: datetime | None
    paused_by: str
    keeps_reminders: bool
    channels: tuple[ComposerChannel, ...]
    last_reply: LastReply | None


@dataclass(frozen=True)
class Why:
    """Which rule wrote a message, upon which event."""

    rule: str
    rule_name: str
    event_id: int
    event_name: str
    event_at: datetime | None


@dataclass(frozen=True)
class MessageRow:
    """One line of a thread. `state_key` names a row of infra.states; `reason` is a sentence or the provider's words.

    `what`: the title of its template. `differing`: what a public form gave that is not what is stored of the contact.
    """

    id: int
    conversation_id: int | None
    direction: Direction
    author: Author
    author_name: str
    channel: ChannelKind | None
    recipient: str
    subject: str
    body: str
    what: str
    at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    state: MessageState
    state_key: str
    reason: str
    why: Why | None
    differing: tuple[str, ...]
    about: str | None
    about_id: int | None
    has_invite: bool
    may_retry: bool
    may_drop: bool
    may_confirm: bool
    mail: MailView = NO_MAIL


@dataclass(frozen=True)
class Thread:
    """Messages oldest first. `before` pages back: pass it to `thread` again; None at the beginning."""

    head: ConversationHead
    messages: tuple[MessageRow, ...]
    before: int | None


def conversation_head(session: Session, scope: Scope, conversation_id: int) -> ConversationHead:
    """A conversation without its messages. Raises NotFound."""
    return _head(session, load(session, Conversation, conversation_id))


def messages_of_contact(
    session: Session, scope: Scope, contact_id: int, *, notes: bool = False, most: int = THREAD_PAGE
) -> tuple[MessageRow, ...]:
    """The newest messages of a contact, or the notes in their conversation, newest first."""
    conversation = select(Conversation.id).where(Conversation.contact_id == contact_id).scalar_subquery()
    is_note = col(Message.direction) == Direction.NOTE
    found = session.exec(
        select(Message)
        .where(col(Message.conversation_id) == conversation, is_note if notes else ~is_note)
        .order_by(col(Message.at).desc(), col(Message.id).desc())
        .limit(most)
    )
    return tuple(_message_rows(session, list(found)))


def thread(session: Session, scope: Scope, conversation_id: int, before: int | None = None) -> Thread:
    """The newest messages of a conversation, or those before the message `before`. Raises NotFound."""
    head = _head(session, load(session, Conversation, conversation_id))
    rows = _messages(session, col(Message.conversation_id) == conversation_id, *_earlier_than(session, before))
    more = len(rows) > THREAD_PAGE
    shown = rows[:THREAD_PAGE]
    return Thread(head, tuple(reversed(_message_rows(session, shown))), shown[-1].id if more else None)


def _earlier_than(session: Session, before: int | None) -> list[ColumnElement[bool]]:
    if before is None:
        return []
    edge = load(session, Message, before)
    same_time = (col(Message.at) == edge.at) & (col(Message.id) < edge.id)
    return [or_(col(Message.at) < edge.at, same_time)]


def _messages(session: Session, *where: ColumnElement[bool]) -> list[Message]:
    newest = select(Message).where(*where).order_by(col(Message.at).desc(), col(Message.id).desc())
    return list(session.exec(newest.limit(THREAD_PAGE + 1)))


def _head(session: Session, conversation: Conversation) -> ConversationHead:
    names = _member_names(session, conversation.assigned_to, conversation.paused_by)
    return ConversationHead(
        id=conversation.id, contact_id=conversation.contact_id,
        name=load(session, Contact, conversation.contact_id).name,
        is_closed=conversation.state == ConversationState.CLOSED, waiting_since=conversation.waiting_since,
        assigned_to=conversation.assigned_to, assigned_name=names.get(conversation.assigned_to, ""),
        paused_at=conversation.paused_at, paused_by=names.get(conversation.paused_by, ""),
        keeps_reminders=conversation.keeps_reminders, channels=_composer_channels(session, conversation),
        last_reply=_last_reply(session, conversation.id),
    )  # fmt: skip


def _last_reply(session: Session, conversation_id: int) -> LastReply | None:
    found = session.exec(replies_of(conversation_id).limit(1)).first()
    return LastReply(found.id, found.author_name, found.at) if found else None


def _member_names(session: Session, *ids: int | None) -> dict[int | None, str]:
    return dict(session.exec(select(Member.id, Member.name).where(col(Member.id).in_(ids))).all())


def _composer_channels(session: Session, conversation: Conversation) -> tuple[ComposerChannel, ...]:
    addresses, accounts = addresses_of(session, conversation.contact_id), providers(accounts_of(session))
    closed = suppression.suppressed(session, addresses)
    last = last_used(session, conversation)
    return tuple(
        ComposerChannel(
            kind, addresses.get(kind, ""), rules.why_not_usable(kind, addresses, accounts, closed),
            accounts.get(kind) == rules.CAPTURED, kind == last, kind in closed,
        )
        for kind in PROVIDERS
    )  # fmt: skip


def _message_rows(session: Session, messages: list[Message]) -> list[MessageRow]:
    events = _events(session, {message.event_id for message in messages if message.event_id})
    differing = _differing(session, {message.about_id for message in messages if message.about == "inquiry"})
    mails = mail_views(session, [message.id for message in messages if message.channel == ChannelKind.EMAIL])
    return [_message_row(message, events, differing, mails.get(message.id, NO_MAIL)) for message in messages]


def _typed(message: Message, differing: Mapping[int, tuple[str, ...]]) -> tuple[str, ...]:
    is_inquiry = message.about == "inquiry" and message.direction == Direction.IN
    return differing.get(message.about_id or 0, ()) if is_inquiry else ()


def _events(session: Session, ids: set[int]) -> dict[int, OutboxEvent]:
    return {event.id: event for event in session.exec(select(OutboxEvent).where(col(OutboxEvent.id).in_(ids)))}


def _differing(session: Session, ids: set[int | None]) -> dict[int, tuple[str, ...]]:
    found = session.exec(select(Inquiry).where(col(Inquiry.id).in_(ids)))
    return {each.id: tuple(map(_difference, each.differing)) for each in found if each.differing}


def _difference(one: Mapping[str, str]) -> str:
    stored = f"stored is “{one['known']}”" if one["known"] else "none is stored"
    return f"The form gave the {one['field']} “{one['given']}”; {stored}."


def _message_row(
    message: Message, events: Mapping[int, OutboxEvent], differing: Mapping[int, tuple[str, ...]], mail: MailView
) -> MessageRow:
    state = MessageState(message.state)
    return MessageRow(
        id=message.id, conversation_id=message.conversation_id, direction=Direction(message.direction),
        author=Author(message.author), author_name=telling.author_name(message), channel=telling.channel_of(message),
        recipient=message.recipient or "", subject=message.subject, body=templates.without_private(message.body),
        what=telling.what_of(message), at=message.at, sent_at=message.sent_at, due_at=message.due_at, state=state,
        state_key=state_key(state, message.provider), reason=rules.in_words(message.reason),
        why=_why(message, events), differing=_typed(message, differing), about=message.about, about_id=message.about_id,
        has_invite=message.invite is not None, may_retry=state in rules.MAY_RETRY, may_drop=state in rules.MAY_DROP,
        may_confirm=state in rules.MAY_CONFIRM, mail=mail,
    )  # fmt: skip


def state_key(state: MessageState, provider: str | None) -> str:
    """The row of infra.states: what a captured channel took is shown as kept here, never as sent."""
    return "message.captured" if state == MessageState.SENT and provider == rules.CAPTURED else f"message.{state}"


def _why(message: Message, events: Mapping[int, OutboxEvent]) -> Why | None:
    if message.rule is None or message.event_id is None:
        return None
    event = events.get(message.event_id)
    return Why(
        message.rule,
        telling.rule_name(message.rule),
        message.event_id,
        event.name if event else "",
        event.at if event else None,
    )


def messages_about(session: Session, scope: Scope, about: str, about_id: int) -> tuple[MessageRow, ...]:
    """Every message about one booking, form or item, oldest first."""
    found = session.exec(
        select(Message)
        .where(Message.about == about, Message.about_id == about_id)
        .order_by(col(Message.at), col(Message.id))
    )
    return tuple(_message_rows(session, list(found)))


def messages_of_events(session: Session, scope: Scope, event_ids: list[int]) -> tuple[MessageRow, ...]:
    """Every message that rules wrote upon these events, oldest first."""
    found = session.exec(
        select(Message)
        .where(Message.workspace_id == workspace_of(scope), col(Message.event_id).in_(event_ids))
        .order_by(col(Message.id))
    )
    return tuple(_message_rows(session, list(found)))


def message(session: Session, scope: Scope, message_id: int) -> MessageRow:
    """One message. Raises NotFound."""
    return _message_rows(session, [load(session, Message, message_id)])[0]


@dataclass(frozen=True)
class AttemptRow:
    """One try to hand a message over, with the provider's code and words. `ended_at` None: under way."""

    number: int
    channel: ChannelKind
    provider: str
    outcome: Outcome
    code: str
    detail: str
    at: datetime
    ended_at: datetime | None


def attempts(session: Session, scope: Scope, message_id: int) -> tuple[AttemptRow, ...]:
    """The delivery record of a message, first try first."""
    found = session.exec(
        select(DeliveryAttempt).where(DeliveryAttempt.message_id == message_id).order_by(col(DeliveryAttempt.id))
    )
    return tuple(
        AttemptRow(
            each.number, ChannelKind(each.channel), each.provider, Outcome(each.outcome), each.code, each.detail,
            each.at, each.ended_at,
        )
        for each in found
    )  # fmt: skip


# what a reply stops ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Planned:
    """An automatic message that is not written yet but will be, if nothing changes."""

    when: datetime
    what: str
    channel: ChannelKind | None
    is_reminder: bool = False
    about: str | None = None
    about_id: int | None = None


Planner = Callable[[Session, int, int], list[Planned]]
_planners: dict[str, Planner] = {}


def planned(rule: str) -> Callable[[Planner], Planner]:
    """Register `(session, workspace_id, contact_id) -> what this rule will send and a staff reply would stop`."""

    def register(planner: Planner) -> Planner:
        _planners[rule] = planner
        return planner

    return register


def upcoming(session: Session, scope: Scope, contact_id: int) -> tuple[tuple[str, Planned], ...]:
    """What rules will send to a contact if nothing changes, each with its rule, soonest first."""
    found = [
        (rule, each)
        for rule, planner in _planners.items()
        for each in planner(session, workspace_of(scope), contact_id)
    ]
    return tuple(sorted(found, key=lambda pair: pair[1].when))


@dataclass(frozen=True)
class Stoppable:
    """One message a reply would hold. `message_id` None: planned, not written yet. `is_past`: its time is over."""

    message_id: int | None
    when: datetime
    what: str
    channel: ChannelKind | None
    is_reminder: bool
    is_past: bool = False


def will_hold(session: Session, scope: Scope, conversation_id: int) -> tuple[Stoppable, ...]:
    """What sending a reply will hold: messages in the queue and planned ones, soonest first. Raises NotFound."""
    conversation = load(session, Conversation, conversation_id)
    waiting = [_stoppable(each) for each in _stopping(session, conversation, MessageState.QUEUED)]
    found = [
        each
        for planner in _planners.values()
        for each in planner(session, workspace_of(scope), conversation.contact_id)
    ]
    waiting += [Stoppable(None, each.when, each.what, each.channel, each.is_reminder) for each in found]
    return tuple(sorted(waiting, key=lambda each: each.when))


def held(session: Session, scope: Scope, conversation_id: int) -> tuple[Stoppable, ...]:
    """What is held in a conversation, oldest first."""
    conversation = load(session, Conversation, conversation_id)
    return tuple(_stoppable(each) for each in _stopping(session, conversation, MessageState.HELD))


def _stopping(session: Session, conversation: Conversation, state: MessageState) -> list[Message]:
    found = session.exec(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.state == state, col(Message.stops_on_reply))
        .order_by(col(Message.at), col(Message.id))
    )
    return list(found)


def _stoppable(message: Message) -> Stoppable:
    late = rules.is_late(message.not_after, clock.now())
    return Stoppable(
        message.id,
        message.due_at or message.at,
        telling.what_of(message),
        message.channel,
        rules.is_reminder(message.template),
        late,
    )
