"""What the inbox lists: frozen rows. Lists and counts share one table of filters, so that they always agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, exists, func
from sqlalchemy import text as text_
from sqlmodel import Session, col, select

from careops_app.contacts.models import Contact
from careops_app.contacts.rules import asked_words
from careops_app.contacts.stages import Stage
from careops_app.inbox import telling, words
from careops_app.inbox.models import Author, ChannelKind, Conversation, ConversationState, Message, MessageState
from careops_app.infra.db import InWorkspace
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Member

PAGE = 25
MOST_COUNTED = 10_000  # nobody needs to know how many exactly, and counting years of conversations takes long
SNIPPET = 140

Scope = InWorkspace | int


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
    return LastLine(Author(message.author), telling.author_name(message), telling.channel_of(message), text, message.at)


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
