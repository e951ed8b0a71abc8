"""The same effect is asked for by many at once: one message comes of it, since the database takes each effect once."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from careops_app.inbox import sending
from careops_app.inbox.models import Message
from careops_app.inbox.sending import QueueOutcome
from careops_app.infra import embedded
from tests.torture import letters
from tests.torture.dying_server import DyingServer, Post
from tests.torture.ground import Ground, prepared
from tests.torture.letters import Sender
from tests.torture.part import Part

EFFECTS, AT_ONCE, SMALL = 500, 6, 40
TWICE = "select count(*) from (select 1 from message where dedupe_key like 'letter:%' group by dedupe_key having count(*) > 1) x"
MADE = "select count(*) from message where dedupe_key like 'letter:%'"


def run(times: float) -> list[str]:
    """All effects; then in small without the unique key, which must show."""
    with prepared(embedded.DISPOSABLE) as base:
        sender = letters.sender(DyingServer(Post(), 25, "", ""), "Once Studio")
        number = int(EFFECTS * times)
        failed = _asked_by_many(sender, 0, number)
        made, twice = base.count(MADE), base.count(TWICE)
        noticed = _without_the_key(base, sender, number)
    print(f"  {number} effects, each asked for {AT_ONCE} times at once: {made} messages, {twice} effects twice")
    print(f"  without the unique key {'effects come twice' if noticed else 'nothing is NOTICED'}")
    problems = [f"{made} messages for {number} effects, {twice} twice"] if twice or made != number else []
    problems += [f"{failed} askers failed"] if failed else []
    return problems + ([] if noticed else ["without the unique key nothing comes twice: the part proves nothing"])


def _asked_by_many(sender: Sender, first: int, number: int) -> int:
    """Everybody begins together; returns how many came to grief."""
    together, failed = threading.Barrier(AT_ONCE), []

    def ask() -> None:
        together.wait()
        try:
            for effect in range(first, first + number):
                sender.queue(effect, 1)
        except SQLAlchemyError as problem:
            failed.append(problem)

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return len(failed)


def _without_the_key(base: Ground, sender: Sender, first: int) -> bool:
    with base.connect() as connection:
        connection.execute(b"drop index uq_message_dedupe_key")
    kept, sending._insert = sending._insert, _insert_unasked
    try:
        _asked_by_many(sender, first, SMALL)
    finally:
        sending._insert = kept
    return base.count(TWICE) > 0


def _insert_unasked(session: Session, row: dict[str, Any]) -> QueueOutcome:
    """What inserting is where the database keeps no key: everybody's message is written."""
    statement = insert(Message).values(row).returning(col(Message.id))
    return QueueOutcome(session.execute(statement).scalar_one(), row["state"], row["reason"] or "")


PART = Part("once", "one effect is one message, whoever asks for it and how often", run, small=0.1)
