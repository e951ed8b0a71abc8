"""One embedded PostgreSQL per run, one migrated template, one database per worker; a clock that is moved by hand."""

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from psycopg import sql
from sqlalchemy.engine import make_url

from careops_app.infra import clock as time_source
from careops_app.infra import db, embedded
from careops_app.infra.settings import reset_settings, settings

SERVER = "CAREOPS_TEST_SERVER"  # the URL of the run's server, for the workers that xdist starts
RUN = "CAREOPS_TEST_RUN"  # a name of this run, so that runs may share a server
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
# Deletes only where there are rows, past every trigger: about 3 ms, where emptying all tables takes 100.
EMPTY_USED_TABLES = """
    do $$
    declare name text; used boolean; numbers text;
    begin
      set local session_replication_role = replica;
      for name in select tablename from pg_tables where schemaname = 'public'
                  and tablename not in ('alembic_version', 'installation') loop
        execute format('select exists (select from %I)', name) into used;
        continue when not used;
        execute format('delete from %I', name);
        for numbers in
          select pg_get_serial_sequence(quote_ident(table_name), column_name) from information_schema.columns
          where table_schema = 'public' and table_name = name and (is_identity = 'YES' or column_default is not null)
        loop
          perform setval(numbers, 1, false) where numbers is not null;
        end loop;
      end loop;
    end $$
"""
_open = contextlib.ExitStack()

# How fast an example runs says something of the machine and its neighbours, nothing of what is tested.
hypothesis.register_profile("careops", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("careops")


def pytest_configure(config: pytest.Config) -> None:
    """In the process that was called: the server and the template that all workers copy."""
    for name in [name for name in os.environ if name.startswith("CAREOPS_") and not name.startswith("CAREOPS_TEST_")]:
        if name not in ("CAREOPS_BROWSER", "CAREOPS_BROWSER_REQUIRED", "CAREOPS_IMAP_REQUIRED"):
            del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    if hasattr(config, "workerinput"):
        return
    os.environ[RUN] = uuid.uuid4().hex[:8]
    os.environ[SERVER] = os.environ.get("CAREOPS_TEST_DATABASE_URL") or _open.enter_context(_own_server())
    _execute(sql.SQL("create database {}").format(sql.Identifier(_name("template"))))
    _open.callback(_execute, sql.SQL("drop database {} with (force)").format(sql.Identifier(_name("template"))))
    with using(_url(_name("template"))):
        db.migrate()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _open.close()


@contextlib.contextmanager
def _own_server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="careops-test-"))
    try:
        with embedded.running(folder / "postgres", options=embedded.DISPOSABLE) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _name(purpose: str) -> str:
    return f"careops_test_{os.environ[RUN]}_{purpose}"


def _url(database: str) -> str:
    server = make_url(os.environ[SERVER])
    return server.set(drivername="postgresql+psycopg", database=database).render_as_string(hide_password=False)


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _execute(statement: sql.Composed) -> None:
    with psycopg.connect(_plain(os.environ[SERVER]), autocommit=True) as connection:
        connection.execute(statement)


@contextlib.contextmanager
def using(url: str) -> Iterator[None]:
    """The application of this process talks to this database, then again to the one of before."""
    before = os.environ.get("CAREOPS_DATABASE_URL")
    _turn_to(url)
    try:
        yield
    finally:
        _turn_to(before)


def _turn_to(url: str | None) -> None:
    db.dispose()
    if url is None:
        del os.environ["CAREOPS_DATABASE_URL"]
    else:
        os.environ["CAREOPS_DATABASE_URL"] = url
    reset_settings()


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Secrets and files of this worker go to a folder of its own."""
    folder = tmp_path_factory.mktemp("data")
    os.environ["CAREOPS_DATA_DIR"] = str(folder)
    reset_settings()
    yield folder
    del os.environ["CAREOPS_DATA_DIR"]
    reset_settings()


@pytest.fixture(autouse=True)
def settings_as_found(data_folder: Path) -> Iterator[None]:
    """A test that leaves other settings behind fails itself, instead of those that follow."""
    before = settings()
    yield
    left, _ = settings(), reset_settings()
    assert left == before, "this test changed the settings of the process and left them so"


@pytest.fixture(scope="session")
def worker_database(data_folder: Path) -> Iterator[str]:
    """The URL of this worker's own database, copied from the template; the house is wired."""
    from careops_app import wiring

    name = _name(os.environ.get("PYTEST_XDIST_WORKER", "main"))
    template = sql.Identifier(_name("template"))
    _execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), template))
    with using(_url(name)):
        wiring.install()
        yield _url(name)
    _execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def _owner_connection(worker_database: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(_plain(worker_database), autocommit=True) as connection:
        yield connection


@pytest.fixture
def empty(_owner_connection: "psycopg.Connection[tuple[object, ...]]") -> Callable[[], object]:
    """Empties the tables that were filled; their numbers start at 1 again."""
    return lambda: _owner_connection.execute(EMPTY_USED_TABLES)


@pytest.fixture
def database(worker_database: str, empty: Callable[[], object]) -> str:
    """An empty database and no stored files, whatever the last test has left."""
    empty()
    shutil.rmtree(settings().data_dir / "files", ignore_errors=True)
    return worker_database


class HandClock:
    """Time that stands still until a test moves it."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def move_to(self, instant: datetime) -> None:
        """Jump to an aware instant."""
        self.now = instant.astimezone(UTC)

    def advance(self, **amount: float) -> None:
        """Move on by as much as a timedelta of these words."""
        self.now += timedelta(**amount)


@pytest.fixture
def clock() -> Iterator[HandClock]:
    """Monday, 23 November 2026, 09:00 UTC."""
    by_hand = HandClock(MONDAY)
    time_source.read_from(lambda: by_hand.now)
    yield by_hand
    time_source.read_from(None)
