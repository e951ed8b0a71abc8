"""Conversations with many messages put straight into the tables, for measurements: one per contact of the seeded bookings.

Every tenth conversation is open, every four-hundredth waits for an answer. Triggers are off while rows go in; the words of
conversations are written here as the product writes them.
"""

from __future__ import annotations

from careops_app.inbox.words import searched_words
from tests.torture.ground import Ground
from tests.torture.seed import CONTACTS
from tests.torture.venue import Venue

TOPICS = ("colour", "peel", "facial", "invoice", "voucher", "parking", "allergy")
SENTENCE = "Thank you for the visit, may I ask about the "

_CONVERSATIONS = """
    insert into conversation (workspace_id, contact_id, state, last_message_at, waiting_since, unread, keeps_reminders,
                              epoch, created_at)
    select workspace_id, id, case when id % 10 = 0 then 'open' else 'closed' end, at.last,
           case when id % 400 = 0 then at.last end, 0, false, 0, now()
      from contact cross join lateral (select now() - make_interval(mins => (id % 20000)::int) as last) at
"""
_MESSAGES = """
    insert into message (workspace_id, conversation_id, direction, class, author, author_name, state, subject, body,
                         channel, stops_on_reply, epoch, at, claims)
    select v.workspace_id, v.id, side.direction, 'human', side.author, 'Somebody', side.state, '',
           %(sentence)s || (cast(%(topics)s as text[]))[1 + (v.id + n) % %(count)s] || ' of number' || (v.id * 100 + n),
           'email', false, 0, v.last_message_at - make_interval(hours => n), 0
      from conversation v cross join generate_series(0, cast(%(each)s as int) - 1) n
     cross join lateral (select case when n % 2 = 0 then 'in' else 'out' end as direction,
                                case when n % 2 = 0 then 'contact' else 'member' end as author,
                                case when n % 2 = 0 then 'received' else 'sent' end as state) side
""".replace(" % 2", " %% 2").replace("n) % %(count)s", "n) %% %(count)s")
_COMMON_WORDS = """
    insert into conversation_word (workspace_id, conversation_id, word)
    select v.workspace_id, v.id, word from conversation v cross join unnest(cast(%(words)s as text[])) as word
"""
_OWN_WORDS = """
    insert into conversation_word (workspace_id, conversation_id, word)
    select v.workspace_id, v.id, 'number' || (v.id * 100 + n)
      from conversation v cross join generate_series(0, cast(%(each)s as int) - 1) n
"""


def fill(ground: Ground, venue: Venue, total: int) -> int:
    """Give a business with seeded bookings about so many messages; returns how many there are."""
    each = max(len(TOPICS), total // CONTACTS)
    words = searched_words(None, f"{SENTENCE}{' '.join(TOPICS)} of")
    with ground.connect() as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("set synchronous_commit = off")
        connection.execute(_CONVERSATIONS.encode())
        values = {"sentence": SENTENCE, "topics": list(TOPICS), "count": len(TOPICS), "each": each}
        connection.execute(_MESSAGES.encode(), values)
        connection.execute(_COMMON_WORDS.encode(), {"words": words})
        connection.execute(_OWN_WORDS.encode(), {"each": each})
        for table in ("conversation", "message", "conversation_word"):
            connection.execute(f"vacuum analyze {table}".encode())
    return ground.count("select count(*) from message")
