"""The words a conversation is found by: those of its messages, kept beside it, as decision 7 keeps those of contacts.

What automation says about a visit or a form is left out: hundreds of conversations say the same, and it may be about what
a member who looks does not see.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, event, false, or_, text
from sqlmodel import col, select

from careops_app.contacts.queries import LAST_LETTER, having_word
from careops_app.contacts.rules import LONGEST_WORD, words_of
from careops_app.inbox.models import Conversation, ConversationWord, Message

MOST_WORDS = 500  # of one message
NOT_SEARCHED = frozenset({"booking", "form_request"})  # what such messages are about


def found(workspace_id: int, asked: list[str]) -> ColumnElement[bool]:
    """Condition on Conversation: all asked words begin words of its person, or all begin words of its messages."""
    if not asked:
        return false()
    by_person = and_(*(col(Conversation.contact_id).in_(having_word(workspace_id, word)) for word in asked))
    by_messages = and_(*(col(Conversation.id).in_(_having_word(workspace_id, word)) for word in asked))
    return or_(by_person, by_messages)


def _having_word(workspace_id: int, word: str):
    return select(ConversationWord.conversation_id).where(
        ConversationWord.workspace_id == workspace_id,
        col(ConversationWord.word) >= word,
        col(ConversationWord.word) < word + LAST_LETTER,
    )


def searched_words(about: str | None, *texts: str) -> list[str]:
    """What a message adds to the words of its conversation, in one order for everybody who adds some."""
    if about in NOT_SEARCHED:
        return []
    return sorted({word[:LONGEST_WORD] for each in texts for word in words_of(each)})[:MOST_WORDS]


@event.listens_for(Message, "after_insert")
def _add(_: Any, connection: Connection, message: Message) -> None:
    """Whoever writes a message: its words are found from the same moment on."""
    if message.conversation_id is not None and (new := searched_words(message.about, message.subject, message.body)):
        values = {"workspace": message.workspace_id, "conversation": message.conversation_id, "words": new}
        connection.execute(ADD, values)


ADD = text("""
    insert into conversation_word (workspace_id, conversation_id, word)
    select :workspace, :conversation, word from unnest(cast(:words as text[])) as word on conflict do nothing
""")
