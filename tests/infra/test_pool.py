"""Connections that are lent without asking: alive or replaced, and clean of what the last transaction set."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError
from sqlmodel import Session

from careops_app.infra import db, pool
from careops_app.infra.db import SYSTEM

WHO = "select current_user, current_setting('careops.workspace_id', true), current_setting('timezone')"


def who(session: Session, *_: object) -> tuple[str, ...]:
    return tuple(session.execute(text(WHO)).one())


def backends(session: Session, *_: object) -> list[int]:
    return [session.execute(text("select pg_backend_pid()")).scalar_one()]


def test_a_transaction_sees_its_workspace_and_the_next_one_nothing_of_it(database: str):
    assert db.fetch_now(who, 7) == ("careops_app", "7", "UTC")
    assert db.fetch_now(who, SYSTEM) == ("careops_system", "", "UTC")
    with db.engine().connect() as connection:
        assert connection.execute(text(WHO)).one()[1] in (None, "")


def test_a_query_cannot_write(database: str):
    with pytest.raises(InternalError, match="read-only"):
        db.fetch_now(lambda session: session.execute(text("delete from throttle_window")), SYSTEM)


def test_what_a_failed_command_wrote_is_gone(database: str):
    insert = text("insert into throttle_window (key, began_at, used) values ('pool', now(), 1)")

    def fails(session: Session) -> None:
        session.execute(insert)
        raise LookupError

    with pytest.raises(LookupError):
        db.transact_now(fails, SYSTEM)
    count = text("select count(*) from throttle_window where key = 'pool'")
    assert db.fetch_now(lambda session: session.execute(count).scalar(), SYSTEM) == 0


@pytest.mark.parametrize("notices", [True, False], ids=["it said goodbye", "it was idle for long"])
def test_a_connection_that_the_server_ended_is_replaced_before_it_is_lent(
    database: str, notices: bool, monkeypatch: pytest.MonkeyPatch
):
    (lent,) = db.fetch_now(backends, SYSTEM)
    with db.engine().connect() as other:
        pids = {
            row[0] for row in other.execute(text("select pid from pg_stat_activity where datname = current_database()"))
        }
        assert lent in pids
        mine = other.execute(text("select pg_backend_pid()")).scalar_one()
        (spare,) = db.fetch_now(backends, SYSTEM)
        other.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": spare})
        assert spare != mine
        if not notices:
            monkeypatch.setattr(pool, "_has_something_to_say", lambda _: False)
            monkeypatch.setattr(pool, "PING_AFTER_SECONDS", -1.0)
        assert db.fetch_now(backends, SYSTEM) != [spare]


def test_many_commands_keep_their_connection(database: str):
    assert len({db.fetch_now(backends, SYSTEM)[0] for _ in range(5)}) == 1
