"""The transactional outbox: a fact is written in the same transaction as the change it tells of.

`emit` is the only writer of events. Reactions registered with `react` run inside that same transaction (stock, alerts
that resolve); everything else happens later, from the row, by the rules of `automation`.
"""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Session, select

from careops_app.events import EVENTS, Event
from careops_app.infra import clock
from careops_app.infra.db import Tenant, rows, tenant_args

Reaction = Callable[[Session, int, Any], None]
F = TypeVar("F", bound=Reaction)


class OutboxEvent(Tenant, table=True):
    """A fact that was announced; `fanned_out_at` says when the rules had their look at it."""

    __tablename__ = "outbox_event"
    __table_args__ = tenant_args(
        Index("uq_outbox_event_once", "workspace_id", "once", unique=True, postgresql_where=text("once is not null")),
        Index("ix_outbox_event_waiting", "id", postgresql_where=text("fanned_out_at is null")),
        Index("ix_outbox_event_contact", "workspace_id", "contact_id", "at"),
        Index("ix_outbox_event_booking", "workspace_id", "booking_id", "id"),
        Index(
            "ix_outbox_event_followed", "at", postgresql_where=text("name in ('booking.completed', 'booking.no_show')")
        ),
    )
    name: str
    payload: dict[str, Any] = Field(sa_type=JSONB)
    contact_id: int | None = Field(default=None, sa_type=BigInteger)
    booking_id: int | None = Field(default=None, sa_type=BigInteger)
    once: str | None = None
    at: datetime
    fanned_out_at: datetime | None = None


_reactions: dict[type[Event], list[Reaction]] = defaultdict(list)
_wired = False


def react(event: type[Event]) -> Callable[[F], F]:
    """Register a reaction `(session, event_id, event)` that runs in the transaction that announces `event`."""

    def register(reaction: F) -> F:
        _reactions[event].append(reaction)
        return reaction

    return register


def wired() -> None:
    """Say that all reactions are registered; before this, announcing anything is an error in the program."""
    global _wired
    _wired = True


def emit(session: Session, workspace_id: int, event: Event, *, once: str | None = None) -> int | None:
    """Announce a fact in this transaction and run its reactions.

    `once` names the effect: a second announcement of the same name in the workspace is dropped, and None is returned.
    """
    if not _wired:
        raise RuntimeError("emit before worker.wiring.install(): the reactions of the business are not registered")
    event_id = _store(session, workspace_id, event, once)
    if event_id is not None:
        for reaction in _reactions[type(event)]:
            reaction(session, event_id, event)
    return event_id


def _store(session: Session, workspace_id: int, event: Event, once: str | None) -> int | None:
    row = {
        "workspace": workspace_id, "name": event.name, "payload": _shape(type(event)).dump_json(event).decode(),
        "contact": getattr(event, "contact_id", None), "booking": getattr(event, "booking_id", None),
        "once": once, "at": clock.now(),
    }  # fmt: skip
    stored = rows(session, _UNLESS_TOLD, row)
    return stored[0].id if stored else None


_UNLESS_TOLD = """
    insert into outbox_event (workspace_id, name, payload, contact_id, booking_id, once, at)
    values (%(workspace)s, %(name)s, %(payload)s, %(contact)s, %(booking)s, %(once)s, %(at)s)
    on conflict do nothing returning id
"""


def told(row: OutboxEvent) -> Event:
    """The event a row holds."""
    return _shape(EVENTS[row.name]).validate_python(row.payload)


def waiting(session: Session, limit: int = 200) -> list[OutboxEvent]:
    """Events no rule has seen yet, oldest first, locked for this transaction; other workers skip them."""
    return list(
        session.exec(
            select(OutboxEvent)
            .where(OutboxEvent.fanned_out_at == None)  # noqa: E711
            .order_by(OutboxEvent.id)  # type: ignore[arg-type]
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


@cache
def _shape(event: type[Event]) -> TypeAdapter[Any]:
    return TypeAdapter(event)
