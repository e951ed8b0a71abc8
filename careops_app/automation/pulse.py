"""How much waits in each queue and for how long, and what became of what was sent: numbers only, of all businesses."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from careops_app.infra import beats, clock

_QUEUES = text("""
    select 'events' as queue, count(*) as due, min(at) as since from outbox_event where fanned_out_at is null
    union all
    select 'runs', count(*), min(due_at) from automation_run where due_at <= :now
    union all
    select 'messages', count(*), min(due_at) from message where due_at <= :now
""")
_SENDS = text("""
    select channel, outcome, count(*) as n from delivery_attempt
    where id > (select coalesce(max(id), 0) - 50000 from delivery_attempt) and at > :now - interval '1 hour'
    group by channel, outcome
""")


@dataclass(frozen=True)
class Queue:
    """What is due in a queue; `oldest_seconds` is how long the first of it has been."""

    name: str
    due: int
    oldest_seconds: float


@dataclass(frozen=True)
class Pulse:
    """`sends`: (channel, outcome) -> tries that began within the last hour, of the latest 50,000."""

    queues: tuple[Queue, ...]
    sends: dict[tuple[str, str], int]
    workers: int


def pulse(session: Session) -> Pulse:
    """As things are now (SYSTEM scope)."""
    now = clock.now()
    queues = tuple(
        Queue(row.queue, row.due, max(0.0, (now - row.since).total_seconds()) if row.since else 0.0)
        for row in session.execute(_QUEUES, {"now": now})
    )
    sends = {(row.channel, row.outcome): row.n for row in session.execute(_SENDS, {"now": now})}
    return Pulse(queues, sends, beats.fresh(session))
