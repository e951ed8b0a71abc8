"""Budgets per key for sign-in and public forms, kept in the database so that they hold across processes."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import LiteralString

from sqlalchemy import delete, text
from sqlmodel import Field, Session, SQLModel

from careops_app.errors import Throttled
from careops_app.infra import clock
from careops_app.infra.db import rows


class ThrottleWindow(SQLModel, table=True):
    """How often a key was used in the window that began at `began_at`."""

    __tablename__ = "throttle_window"
    key: str = Field(primary_key=True)
    began_at: datetime
    used: int


_USE_AMONG_OTHERS = """
    insert into throttle_window as w (key, began_at, used) values (%(key)s, %(now)s, 1)
    on conflict (key) do update set
        used = case when w.began_at <= %(expired)s then 1 else w.used + 1 end,
        began_at = case when w.began_at <= %(expired)s then %(now)s else w.began_at end
    returning used, began_at
"""
# A use that a crash of the database's machine forgets is one too many for somebody: nobody waits for the disk.
_USE_BY_ITSELF = _USE_AMONG_OTHERS + ", set_config('synchronous_commit', 'off', true)"


def spend(session: Session, key: str, most: int, window: timedelta) -> None:
    """Count one use of `key`. Raises Throttled when it is used more than `most` times per window."""
    _spend(session, _USE_AMONG_OTHERS, key, most, window)


def spend_by_itself(session: Session, key: str, most: int, window: timedelta) -> None:
    """As `spend`, in a transaction that does nothing else: it is not waited for until the use is on disk."""
    _spend(session, _USE_BY_ITSELF, key, most, window)


def spend_once(session: Session, once: str, key: str, most: int, window: timedelta) -> None:
    """As `spend_by_itself`, but the same submission, named by `once`, counts once however often it is sent."""
    used, _ = _count(session, _USE_BY_ITSELF, f"once:{once}", timedelta(days=1))
    if used == 1:
        spend_by_itself(session, key, most, window)


def count_use(session: Session, key: str, window: timedelta) -> int:
    """Count one use of `key`: how often it was used in its window, this use included. Refuses nothing."""
    return _count(session, _USE_BY_ITSELF, key, window)[0]


def _spend(session: Session, use: LiteralString, key: str, most: int, window: timedelta) -> None:
    used, wait = _count(session, use, key, window)
    if used > most:
        raise Throttled(wait)


def _count(session: Session, use: LiteralString, key: str, window: timedelta) -> tuple[int, int]:
    """Uses of the key in its current window, this one included, and the seconds until that window ends."""
    now = clock.now()
    (row,) = rows(session, use, {"key": key, "now": now, "expired": now - window})
    return row.used, max(1, math.ceil((row.began_at + window - now).total_seconds()))


def give_back(session: Session, key: str) -> None:
    """One use of the key no longer counts: what it was spent on has been returned."""
    session.execute(text("update throttle_window set used = greatest(used - 1, 0) where key = :key"), {"key": key})


def forgive(session: Session, key: str) -> None:
    """Forget the uses of a key: the right password was given."""
    session.execute(delete(ThrottleWindow).where(ThrottleWindow.key == key))  # type: ignore[arg-type]


def sweep(session: Session) -> None:
    """Delete windows nobody used for a day."""
    session.execute(delete(ThrottleWindow).where(ThrottleWindow.began_at < clock.now() - timedelta(days=1)))  # type: ignore[arg-type]
