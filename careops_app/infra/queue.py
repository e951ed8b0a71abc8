"""One mechanism for every queue: a table with a due date, claimed with SKIP LOCKED and a lease, retried with backoff."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import text, update
from sqlmodel import Session, SQLModel, col, or_, select

from careops_app.infra import clock
from careops_app.infra.db import SYSTEM, Scope, engine

LEASE = timedelta(seconds=60)
BACKOFF_FIRST = timedelta(seconds=30)
BACKOFF_LAST = timedelta(hours=4)
MOST_CLAIMS = 8

QUIET_LOCK = 771_002

Q = TypeVar("Q", bound="Queued")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep all workers from claiming anything while the block lasts; they go on afterwards."""
    with engine().connect() as connection:
        connection.execute(text(f"select pg_advisory_lock({QUIET_LOCK})"))
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text(f"select pg_advisory_unlock({QUIET_LOCK})"))
            connection.commit()


def may_claim(session: Session, scope: Scope) -> bool:
    """False while somebody asked for quiet. Who claims for one workspace only (the demo's builder) is not held up."""
    if scope is not SYSTEM:
        return True
    return bool(session.execute(text(f"select pg_try_advisory_xact_lock_shared({QUIET_LOCK})")).scalar())


class Queued(SQLModel):
    """Columns of a queue row. `due_at` None means it is not waiting; `claims` counts durably, before any work."""

    due_at: datetime | None = None
    claims: int = 0
    lease_token: str | None = None
    lease_until: datetime | None = None


def claim_due(session: Session, table: type[Q], limit: int, *conditions: Any, counted: bool = True) -> list[Q]:
    """Lease up to `limit` due rows to the caller, most urgent first; rows another worker holds are skipped.

    Each returned row carries a fresh `lease_token`; writing results needs it (see `holds`). Not `counted`: the caller
    counts a claim when it begins with the row, so that those behind a row that ends the worker do not pay for it.
    """
    now = clock.now()
    rows = session.exec(
        select(table)
        .where(
            col(table.due_at).is_not(None),
            col(table.due_at) <= now,
            or_(col(table.lease_until).is_(None), col(table.lease_until) < now),
            *conditions,
        )
        .order_by(col(table.due_at), table.id)  # type: ignore[attr-defined]
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.lease_token, row.lease_until, row.claims = uuid.uuid4().hex, now + LEASE, row.claims + counted
    session.flush()
    return list(rows)


def settle(session: Session, table: type[Q], row_id: int, lease_token: str, **values: Any) -> bool:
    """Write the outcome if the lease is still ours. False means a newer worker owns the row: nothing was written."""
    changed = session.execute(
        update(table)
        .where(table.id == row_id, table.lease_token == lease_token)  # type: ignore[attr-defined,arg-type]
        .values(lease_token=None, lease_until=None, **values)
    )
    return changed.rowcount == 1  # type: ignore[attr-defined]


def backoff(claims: int) -> timedelta:
    """How long to wait after so many claims: exponential from 30 s to 4 h, with full jitter above half."""
    ceiling = min(BACKOFF_LAST, BACKOFF_FIRST * 4 ** max(0, claims - 1))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 (spreading load, not a secret)
