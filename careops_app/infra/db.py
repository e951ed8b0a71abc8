"""The one door to the database: `transact` for commands, `fetch` for queries. Nobody else opens a session or commits.

Every call runs under a role that does not own the tables and sees only the rows of its workspace (row level security
reads `careops.workspace_id`). SYSTEM sees all tenants: only sign-in, look-ups by address or link and the worker's
claims use it.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, LiteralString, ParamSpec, Protocol, TypeVar, cast

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import BigInteger, Connection, Engine, ForeignKeyConstraint, UniqueConstraint, event, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Field, Session, SQLModel

from careops_app.errors import CareOpsError, NotFound, Refused
from careops_app.infra import pool
from careops_app.infra.settings import settings
from careops_app.infra.tenancy import NARROW_ROLE, SYSTEM_ROLE, TENANT_ROLE

if TYPE_CHECKING:
    from alembic.config import Config

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound="SQLModel")

POOL_SIZE = 8
ATTEMPTS_ON_CONFLICT = 4
RETRYABLE = {"40001", "40P01"}  # serialization_failure, deadlock_detected
OUT_OF_SIGHT = "42501"  # insufficient_privilege: a row that this member would no longer see
MIGRATION_LOCK = 771_001
NARROW = "narrow"  # in Session.info: this transaction sees one member's rows only

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class System:
    """The scope that belongs to no workspace."""

    def __repr__(self) -> str:
        return "SYSTEM"


SYSTEM = System()


class InWorkspace(Protocol):
    """Anything that acts inside one workspace: an Actor. With `sees_only`, that member's own rows are all there is."""

    @property
    def workspace_id(self) -> int: ...

    @property
    def sees_only(self) -> int | None: ...


Scope = InWorkspace | int | System


class Tenant(SQLModel):
    """What every business table has: an id, and the workspace it belongs to."""

    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    workspace_id: int = Field(sa_type=BigInteger, foreign_key="workspace.id", ondelete="CASCADE")


def tenant_args(*extra: Any) -> tuple[Any, ...]:
    """Table arguments of a tenant table: the key that composite foreign keys point to, plus the table's own."""
    return (UniqueConstraint("workspace_id", "id"), *extra)


def belongs_to(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A reference that cannot leave the workspace: (workspace_id, column) -> (workspace_id, id)."""
    return ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"], ondelete=ondelete)


_engines: dict[int, Engine] = {}
_threads = ThreadPoolExecutor(max_workers=POOL_SIZE, thread_name_prefix="database")


def engine() -> Engine:
    """The engine of this process: a connection must not cross a fork."""
    if (process := os.getpid()) not in _engines:
        _engines[process] = pool.connected(database_url(), POOL_SIZE)
    return _engines[process]


def database_url() -> str:
    """The server this process uses; `infra/postgres.py` announces the embedded one."""
    if (url := settings().database_url) is None:
        raise RuntimeError("no database yet: open one with infra.postgres.available()")
    return url


def dispose() -> None:
    """Close every pooled connection of this process."""
    if (open_now := _engines.pop(os.getpid(), None)) is not None:
        open_now.dispose()


def transact_now(command: Callable[Concatenate[Session, P], R], scope: Scope, *args: Any, **kwargs: Any) -> R:
    """Run one command in one transaction; commit, or leave nothing. Deadlocks are retried from the start."""
    for attempt in range(1, ATTEMPTS_ON_CONFLICT + 1):
        try:
            return _in_transaction(command, scope, False, args, kwargs)
        except OperationalError as error:
            if attempt == ATTEMPTS_ON_CONFLICT or getattr(error.orig, "sqlstate", None) not in RETRYABLE:
                raise
    raise AssertionError("unreachable")


def fetch_now(query: Callable[..., R], scope: Scope, *args: Any, **kwargs: Any) -> R:
    """Run one query in a read-only transaction."""
    return _in_transaction(query, scope, True, args, kwargs)


async def transact(command: Callable[..., R], scope: Scope, *args: Any, **kwargs: Any) -> R:
    """`transact_now` on a database thread; the event loop stays free."""
    return await _on_thread(transact_now, command, scope, *args, **kwargs)


async def fetch(query: Callable[..., R], scope: Scope, *args: Any, **kwargs: Any) -> R:
    """`fetch_now` on a database thread."""
    return await _on_thread(fetch_now, query, scope, *args, **kwargs)


async def _on_thread(run: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    call = functools.partial(contextvars.copy_context().run, run, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_threads, call)


def _in_transaction(
    function: Callable[..., R], scope: Scope, read_only: bool, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> R:
    with _own_rows_only(scope), _session(scope, read_only) as session:
        if isinstance(scope, System):
            return function(session, *args, **kwargs)
        result = function(session, scope, *args, **kwargs)
        if not read_only:
            _tell_and_commit(session, workspace_of(scope))
        return result


@contextmanager
def _own_rows_only(scope: Scope) -> Iterator[None]:
    """What a member who sees only their own may not write is a refusal, not an error of the program."""
    try:
        yield
    except ProgrammingError as error:
        if _sees_only(scope) is None or getattr(error.orig, "sqlstate", None) != OUT_OF_SIGHT:
            raise
        raise Refused("You work with your own visits and customers. Ask an owner.", code="not_yours") from error


class _Session(Session):
    """Keeps what it has read until the transaction ends: nothing is read twice, unless it is asked to look again."""


def _keep(session: Session, row: object) -> None:
    session.info.setdefault("kept", []).append(row)


event.listen(_Session, "loaded_as_persistent", _keep)
event.listen(_Session, "pending_to_persistent", _keep)


@contextmanager
def _session(scope: Scope, read_only: bool) -> Iterator[Session]:
    with _Session(engine(), expire_on_commit=False) as session, session.begin():
        session.info[NARROW] = _sees_only(scope) is not None
        session.connection(execution_options={pool.OPENING: _opening(scope, read_only)})
        yield session


def _opening(scope: Scope, read_only: bool) -> str:
    """How a transaction begins: as whom, seeing which workspace, on the clock of UTC; all of it ends with it."""
    system, member = isinstance(scope, System), _sees_only(scope)
    role, workspace = (SYSTEM_ROLE, "") if system else (TENANT_ROLE, int(workspace_of(scope)))
    own = "" if member is None else f"set local careops.member_id = '{int(member)}';"
    return (
        f"begin {'read only' if read_only else ''}; set local role {role if member is None else NARROW_ROLE};"
        f" set local careops.workspace_id = '{workspace}'; {own} set local timezone = 'UTC'"
    )


def _sees_only(scope: Scope) -> int | None:
    return None if isinstance(scope, int | System) else scope.sees_only


@contextmanager
def whole_sight(session: Session) -> Iterator[None]:
    """See every row of the workspace for this block, whoever acts: for what is true of the business as a whole, such as
    whether a time is free or whose an address is. What is read here is not for showing.
    """
    if not session.info.get(NARROW):
        yield
        return
    _act_as(session, TENANT_ROLE)
    try:
        yield
    except CareOpsError:
        _act_as(session, NARROW_ROLE)
        raise
    _act_as(session, NARROW_ROLE)


def _act_as(session: Session, role: str) -> None:
    session.flush()
    session.execute(text("select set_config('role', :role, true)"), {"role": role})
    session.info[NARROW] = role == NARROW_ROLE


def workspace_of(scope: InWorkspace | int | System) -> int:
    """The workspace id a scope stands for."""
    if isinstance(scope, System):
        raise TypeError("SYSTEM belongs to no workspace")
    return scope if isinstance(scope, int) else scope.workspace_id


_TELL = "select pg_notify('careops_changed', '{}') where pg_current_xact_id_if_assigned() is not null"


def _tell_and_commit(session: Session, workspace_id: int) -> None:
    """The announcement and the commit in one message; what is committed again afterwards is nothing."""
    session.flush()
    pool.run(session.connection(), f"{_TELL.format(int(workspace_id))}; commit")


def announce_change(session: Session, workspace_id: int) -> None:
    """Tell open screens of a workspace, at commit, when this transaction has written anything."""
    session.flush()
    pool.run(session.connection(), _TELL.format(int(workspace_id)))


def load(session: Session, model: type[M], row_id: int, *, lock: bool = False) -> M:
    """The row with this id in the current workspace, locked for update when asked. Raises NotFound."""
    row = session.get(model, row_id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise NotFound(getattr(model, "__title__", model.__name__))
    return row


def rows(session: Session, statement: LiteralString, values: Mapping[str, Any]) -> list[Any]:
    """The named tuples a constant statement answers, `%(name)s` standing for values, asked of the driver itself.

    For what every booking and every look at a day asks: building and compiling the same statement as an expression costs
    ten times what the driver needs to send it. Raises the errors that any other statement does.
    """
    session.flush()
    driver = cast("psycopg.Connection[Any]", session.connection().connection.driver_connection)
    try:
        with driver.cursor(row_factory=namedtuple_row) as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        raise DBAPIError.instance(
            statement, dict(values), error, psycopg.Error, hide_parameters=True, dialect=_DIALECT
        ) from error  # fmt: skip


_DIALECT = PGDialect_psycopg()


def written(session: Session, row: M) -> M:
    """A row that a statement has just written with these very values, known to the session as if it had read it."""
    make_transient_to_detached(row)
    session.add(row)
    _keep(session, row)
    return row


def lock_names(session: Session, names: list[str]) -> None:
    """Take transaction-scoped advisory locks in sorted order: two transactions never wait for each other in a ring."""
    rows(session, _LOCK, {"names": sorted(set(names))})


_LOCK = "select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest(%(names)s::text[]) as name"


def alembic_config(connection: Connection | None = None) -> Config:
    """What Alembic needs to know; with a connection, it works in that one's transaction."""
    from alembic.config import Config

    config = Config(str(Path(__file__).parents[2] / "alembic.ini"))
    config.attributes["connection"] = connection
    return config


def migrate(revision: str = "head") -> None:
    """Bring the schema to a revision; processes that start together wait for each other."""
    from alembic import command

    with engine().connect() as connection:
        connection.execute(text(f"select pg_advisory_lock({MIGRATION_LOCK})"))
        connection.commit()
        try:
            connection.execute(text("set lock_timeout = '10s'"))
            (command.upgrade if revision == "head" else command.downgrade)(alembic_config(connection), revision)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text(f"select pg_advisory_unlock({MIGRATION_LOCK})"))
            connection.commit()
