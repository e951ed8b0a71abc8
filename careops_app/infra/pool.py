"""The connections of a process, lent without a message to the server: transactions open with one, and silence is life.

A transaction opens with the statements that its connection's option `opening` names, all in one message. Before a
connection is lent it is asked for an answer only when it was idle for long or has something to say, such as goodbye.
"""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError

PING_AFTER_SECONDS = 30.0
OPENING = "opening"
WITHOUT_PARAMETERS = {"no_parameters": True}  # psycopg then sends the statements as one message


def connected(url: str, size: int) -> Engine:
    """An engine that keeps `size` connections and opens as many more when they are needed."""
    engine = create_engine(url, pool_size=size, max_overflow=size, pool_use_lifo=True, hide_parameters=True)
    event.listen(engine, "connect", _leave_begin_to_us)
    event.listen(engine, "checkout", _require_alive)
    event.listen(engine, "checkin", _note_idle)
    event.listen(engine, "begin", _begin)
    return engine


def run(connection: Connection, statements: str) -> None:
    """Statements without parameters or results, in one message."""
    connection.exec_driver_sql(statements, execution_options=WITHOUT_PARAMETERS)


def _leave_begin_to_us(connection: psycopg.Connection[Any], _: Any) -> None:
    connection.autocommit = True


def _begin(connection: Connection) -> None:
    run(connection, connection.get_execution_options().get(OPENING, "begin"))


def _note_idle(_: Any, record: Any) -> None:
    record.info["idle_since"] = time.monotonic()


def _require_alive(connection: psycopg.Connection[Any], record: Any, _: Any) -> None:
    """Raises InvalidatePoolError, which makes the pool connect anew, when the server does not answer here any more."""
    idle = time.monotonic() - record.info.get("idle_since", time.monotonic())
    if idle <= PING_AFTER_SECONDS and not _has_something_to_say(connection):
        return
    try:
        connection.execute("select 1")
    except psycopg.Error as gone:
        raise InvalidatePoolError from gone


def _has_something_to_say(connection: psycopg.Connection[Any]) -> bool:
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    return bool(waiting.poll(0))
