"""A row per worker process that says it is alive, on the database's own clock; read by /readyz and /metrics."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

import os
import socket
import uuid
from datetime import datetime
from importlib.metadata import version

from sqlalchemy import text
from sqlmodel import Field, Session, SQLModel

EVERY_SECONDS = 10
FRESH_SECONDS = 60  # without a younger one, nobody is at work


class WorkerBeat(SQLModel, table=True):
    """The last time a worker was heard of. `key` is made anew with every start."""

    __tablename__ = "worker_beat"
    key: str = Field(primary_key=True)
    host: str
    pid: int
    version: str
    started_at: datetime
    beat_at: datetime


def new_key() -> str:
    return uuid.uuid4().hex


def beat(session: Session, key: str) -> None:
    """This process is alive (SYSTEM scope)."""
    session.execute(
        text(
            "insert into worker_beat (key, host, pid, version, started_at, beat_at)"
            " values (:key, :host, :pid, :version, clock_timestamp(), clock_timestamp())"
            " on conflict (key) do update set beat_at = clock_timestamp()"
        ),
        {"key": key, "host": socket.gethostname()[:100], "pid": os.getpid(), "version": version("careops")},
    )


def leave(session: Session, key: str) -> None:
    """This worker ends in order (SYSTEM scope)."""
    session.execute(text("delete from worker_beat where key = :key"), {"key": key})


def sweep(session: Session) -> int:
    """Forget workers that vanished a day ago (SYSTEM scope)."""
    gone = session.execute(text("delete from worker_beat where beat_at < clock_timestamp() - interval '1 day'"))
    return gone.rowcount  # type: ignore[attr-defined]


def fresh(session: Session) -> int:
    """How many workers were heard of within the last minute (SYSTEM scope)."""
    counted = text("select count(*) from worker_beat where beat_at > clock_timestamp() - make_interval(secs => :secs)")
    return int(session.execute(counted, {"secs": FRESH_SECONDS}).scalar_one())
