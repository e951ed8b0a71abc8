"""The clinic as a fixture, here and in scratch databases that lack a guarantee."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from careops_app.infra import db, pool
from tests.bookings.clinic import Clinic, open_clinic


@pytest.fixture
def clinic(database, clock) -> Clinic:
    return open_clinic()


@pytest.fixture
def elsewhere(clinic) -> Clinic:
    """Another business in the same database."""
    return open_clinic("Other Place", "other@example.com")


@pytest.fixture
def without(worker_database: str, clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Clinic]]:
    """Opens a clinic in a scratch database from which this statement has taken something away."""
    plain = worker_database.replace("+psycopg", "")
    own = str(psycopg.conninfo.conninfo_to_dict(plain)["dbname"])
    template, scratch = sql.Identifier(f"{own.rsplit('_', 1)[0]}_template"), sql.Identifier(f"{own}_unguarded")
    with psycopg.connect(plain, dbname="postgres", autocommit=True) as server:
        server.execute(sql.SQL("create database {} template {}").format(scratch, template))
        engine = pool.connected(worker_database.replace(f"/{own}", f"/{own}_unguarded"), 16)
        monkeypatch.setattr(db, "engine", lambda: engine)

        def opened(statement: str) -> Clinic:
            with engine.begin() as connection:
                connection.execute(text(statement))
            return open_clinic()

        yield opened
        engine.dispose()
        server.execute(sql.SQL("drop database {} with (force)").format(scratch))
