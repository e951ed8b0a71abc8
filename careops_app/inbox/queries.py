"""What the inbox shows: frozen rows. Lists and counts share one table of filters, so that they always agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, or_
from sqlalchemy import text as text_
from sqlmodel import Session, col, select

from careops_app.contacts.models import Contact
from careops_app.contacts.rules import asked_words
from careops_app.contacts.stages import Stage
from careops_app.errors import NotFound
from careops_app.inbox import rules, suppression, templates, words
from careops_app.inbox.answering import replies_of
from careops_app.inbox.arming import owners_may_see, resolver_of
from careops_app.inbox.mail_queries import NO_MAIL, MailboxStatus, MailView, mail_views, mailbox_status
from careops_app.inbox.models import (
    Author,
    ChannelAccount,
    ChannelKind,
    Conversation,
    ConversationState,
    DeliveryAttempt,
    Direction,
    Inquiry,
    Message,
    MessageState,
    Outcome,
    Wording,
)
from careops_app.inbox.sending import accounts_of, addresses_of, last_used, providers
from careops_app.inbox.setup import PROVIDERS
from careops_app.inbox.templates import Filled, Placeholder, Template, Text
from careops_app.inbox.text_models import TextSetting
from careops_app.infra import clock, security
from careops_app.infra.db import InWorkspace, load, workspace_of
from careops_app.infra.outbox import OutboxEvent
from careops_app.infra.settings import settings as installation
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Member

PAGE = 25
MOST_COUNTED = 10_000  # nobody needs to know how many exactly, and counting years of conversations takes long
THREAD_PAGE = 30
SNIPPET = 140

Scope = InWorkspace | int

_rule_names: dict[str, str] = {}


def name_rules(names: Mapping[str, str]) -> None:
    """Tell the inbox what automation calls its rules, by key."""
    _rule_names.update(names)


# the list of conversations -----------------------------------------------------------------------------------------


class Filter(StrEnum):
    OPEN = "open"
    UNANSWERED = "unanswered"
    NEW = "new"
    ONGOING = "ongoing"
    MINE = "mine"
    HELD = "held"
    FAILED = "failed"
    CLOSED = "closed"


NOT_DELIVERED = (MessageState.FAILED, MessageState.BOUNCED, MessageState.UNCERTAIN)


def _there_is(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the conversation of the surrounding query has such a row."""
    return exists().where(*conditions).correlate(Conversation)


def _has_message(*states: MessageState) -> ColumnElement[bool]:
    return col(Conversation.id).in_(select(Message.conversation_id).where(col(Message.state).in_(states)))


def _condition(chosen: Filter, member_id: int | None) -> ColumnElement[bool]:
    is_open = col(Conversation.state) == ConversationState.OPEN
    waits = col(Conversation.waiting_since).is_not(None)
    is_lead = _there_is(col(Contact.id) == col(Conversation.contact_id), col(Contact.stage) == Stage.NEW)
    return {
        Filter.OPEN: is_open,
        Filter.UNANSWERED: is_open & waits,
        Filter.NEW: is_open & is_lead,
        Filter.ONGOING: is_open & ~waits & col(Conversation.replied_at).is_not(None),
        Filter.MINE: is_open & (col(Conversation.assigned_to) == (member_id or 0)),
        Filter.HELD: _has_message(MessageState.HELD),
        Filter.FAILED: _has_message(*NOT_DELIVERED),
        Filter.CLOSED: col(Conversation.state) == ConversationState.CLOSED,
    }[chosen]


@dataclass(frozen=True)
class LastLine:
    """The latest message of a conversation, in short."""

    author: Author
    author_name: str
    channel: ChannelKind | None
    text: str
    at: datetime


@dataclass(frozen=True)
class ConversationRow:
    """One line of the list. `waiting_since` None: nobody waits. `held`, `not_delivered`: how many messages."""

    id: int
    contact_id: int
    name: str
    is_lead: bool
    is_closed: bool
    waiting_since: datetime | None
    last_at: datetime
    last: LastLine | None
    unread: int
    assigned_to: int | None
    assigned_name: str
    is_paused: bool
    held: int
    not_delivered: int


@dataclass(frozen=True)
class ConversationPage:
    """`total` counts the whole filter; `unanswered` those that come first, longest wait on top."""

    rows: tuple[ConversationRow, ...]
    total: int
    unanswered: int
    page: int
    pages: int


def conversation_list(
    session: Session, actor: Actor, chosen: Filter = Filter.OPEN, text: str = "", page: int = 1
) -> ConversationPage:
    """A page of conversations: who waits longest first, then the most recent. `text` searches people and messages, by
    the beginnings of words. `total` counts up to MOST_COUNTED.

    Raises Forbidden.
    """
    require(actor, Permission.INBOX)
    where = [_condition(Filter(chosen), actor.member_id)]
    if text.strip():
        where.append(words.found(actor.workspace_id, asked_words(text)))
    total = _count(session, *where)
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    found = session.exec(
        select(Conversation, Contact, Member.name)
        .join(Contact, col(Contact.id) == Conversation.contact_id)
        .outerjoin(Member, col(Member.id) == Conversation.assigned_to)
        .where(*where)
        .order_by(
            col(Conversation.waiting_since).asc().nulls_last(), col(Conversation.last_message_at).desc(),
            col(Conversation.id).desc(),
        )
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    ).all()  # fmt: skip
    ids = [conversation.id for conversation, _, _ in found]
    last, counts = _last_lines(session, ids), _attention(session, ids)
    rows = tuple(_row(conversation, contact, name or "", last, counts) for conversation, contact, name in found)
    waiting = _count(session, *where, _condition(Filter.UNANSWERED, None))
    return ConversationPage(rows, total, waiting, page, pages)


def _counted(*where: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many there are, each count by the index of its own condition, and never beyond MOST_COUNTED."""
    some = select(Conversation.id).where(*where).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return session.exec(select(_counted(*where))).one()


def _last_lines(session: Session, ids: list[int]) -> dict[int, Message]:
    found = session.scalars(select(Message).from_statement(_LAST), {"ids": ids})
    return {message.conversation_id or 0: message for message in found}


_LAST = text_("""
    select last.* from unnest(cast(:ids as bigint[])) as of(id)
     cross join lateral (select * from message m where m.conversation_id = of.id and m.state <> 'skipped'
                          order by m.at desc, m.id desc limit 1) as last
""")


def _attention(session: Session, ids: list[int]) -> dict[tuple[int, bool], int]:
    """How many messages are held (True) or not delivered (False), per conversation."""
    is_held = col(Message.state) == MessageState.HELD
    found = session.exec(
        select(Message.conversation_id, is_held, func.count())
        .where(col(Message.conversation_id).in_(ids), col(Message.state).in_((MessageState.HELD, *NOT_DELIVERED)))
        .group_by(col(Message.conversation_id), is_held)
    )
    return {(conversation_id or 0, held): count for conversation_id, held, count in found}


def _row(
    conversation: Conversation, contact: Contact, assigned_name: str, last: Mapping[int, Message],
    counts: Mapping[tuple[int, bool], int],
) -> ConversationRow:  # fmt: skip
    line = last.get(conversation.id)
    return ConversationRow(
        id=conversation.id, contact_id=contact.id, name=contact.name, is_lead=contact.stage == Stage.NEW,
        is_closed=conversation.state == ConversationState.CLOSED, waiting_since=conversation.waiting_since,
        last_at=conversation.last_message_at, last=_last_line(line) if line else None, unread=conversation.unread,
        assigned_to=conversation.assigned_to, assigned_name=assigned_name, is_paused=conversation.paused_at is not None,
        held=counts.get((conversation.id, True), 0), not_delivered=counts.get((conversation.id, False), 0),
    )  # fmt: skip


def _last_line(message: Message) -> LastLine:
    text = " ".join((message.body or message.subject).split())[:SNIPPET]
    return LastLine(Author(message.author), _author_name(message), _channel(message), text, message.at)


def _channel(message: Message) -> ChannelKind | None:
    return ChannelKind(message.channel) if message.channel else None


def _author_name(message: Message) -> str:
    """“Priya Raman”, “Amelia Hart” or “automation: Welcome”."""
    return rules.speaks_for(Author(message.author), message.author_name, rule_name(message.rule))


def rule_name(rule: str | None) -> str:
    """What automation calls a rule."""
    return _rule_names.get(rule or "", rule or "")


@dataclass(frozen=True)
class InboxCounts:
    """How many conversations each filter shows that is the same for everybody; the sidebar counts `unanswered`."""

    open: int
    unanswered: int
    new: int
    ongoing: int
    held: int
    failed: int
    closed: int


def inbox_counts(session: Session, actor: Actor) -> InboxCounts:
    """Counts that equal the lists they lead to."""
    counted = [_counted(_condition(each, None)).label(each.value) for each in Filter if each != Filter.MINE]
    return InboxCounts(**session.execute(select(*counted)).one()._asdict())


def mine_count(session: Session, actor: Actor) -> int:
    """How many conversations the actor's own filter shows."""
    return _count(session, _condition(Filter.MINE, actor.member_id))


def longest_waiting_since(session: Session, actor: Actor) -> datetime | None:
    """Since when the customer who waits longest has been waiting."""
    longest = select(Conversation.waiting_since).where(_condition(Filter.UNANSWERED, None))
    return session.exec(longest.order_by(col(Conversation.waiting_since)).limit(1)).first()


# one conversation --------------------------------------------------------------------------------------------------


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
        author=Author(message.author), author_name=_author_name(message), channel=_channel(message),
        recipient=message.recipient or "", subject=message.subject, body=templates.without_private(message.body),
        what=_what(message), at=message.at, sent_at=message.sent_at, due_at=message.due_at, state=state,
        state_key=state_key(state, message.provider), reason=rules.in_words(message.reason),
        why=_why(message, events), differing=_typed(message, differing), about=message.about, about_id=message.about_id,
        has_invite=message.invite is not None, may_retry=state in rules.MAY_RETRY, may_drop=state in rules.MAY_DROP,
        may_confirm=state in rules.MAY_CONFIRM, mail=mail,
    )  # fmt: skip


def state_key(state: MessageState, provider: str | None) -> str:
    """The row of infra.states: what a captured channel took is shown as kept here, never as sent."""
    return "message.captured" if state == MessageState.SENT and provider == rules.CAPTURED else f"message.{state}"


def _what(message: Message) -> str:
    return templates.TITLES[Template(message.template)] if message.template else ""


def _why(message: Message, events: Mapping[int, OutboxEvent]) -> Why | None:
    if message.rule is None or message.event_id is None:
        return None
    event = events.get(message.event_id)
    return Why(
        message.rule,
        rule_name(message.rule),
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
        _what(message),
        message.channel,
        rules.is_reminder(message.template),
        late,
    )


# channels ----------------------------------------------------------------------------------------------------------


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
        templates.without_private(_revealed(session, message)), _what(message), _author_name(message),
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
