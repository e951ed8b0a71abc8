"""Which PostgreSQL this process uses: the one DATABASE_URL names, once it has answered, or the embedded one."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from careops_app.infra import db, embedded
from careops_app.infra.settings import ConfigurationError, reset_settings, settings

OLDEST_VERSION = 15
CONNECT_SECONDS = 10
MOST_SKEW = 2.0  # seconds; more, and leases and reminders are not to be relied on
INSUFFICIENT_PRIVILEGE = "42501"
_THEIR_CLOCK = "select extract(epoch from clock_timestamp())"
URL_NAME = "CAREOPS_DATABASE_URL"


@contextlib.contextmanager
def available() -> Iterator[str]:
    """The database URL of this process and of those it starts, for as long as the block lasts.

    Raises ConfigurationError, one line, when the server cannot be used.
    """
    if (given := settings().database_url) is not None:
        _check(make_url(given))
        yield given
        return
    with embedded.running(settings().with_data_dir().data_dir / "postgres") as url, _announced(url):
        yield url


@contextlib.contextmanager
def _announced(url: str) -> Iterator[None]:
    os.environ[URL_NAME] = url
    reset_settings()
    try:
        yield
    finally:
        os.environ.pop(URL_NAME, None)
        reset_settings()


def _check(url: URL) -> None:
    """The server answers, takes our name and password, and is recent enough."""
    where = f"{url.host or 'the local socket'}:{url.port or 5432}/{url.database}"
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(plain, connect_timeout=CONNECT_SECONDS) as connection:
            version = connection.info.server_version // 10_000
            ahead = _ahead(lambda: connection.execute(_THEIR_CLOCK).fetchone()[0])  # type: ignore[index]
    except psycopg.Error as problem:
        raise ConfigurationError(
            f"DATABASE_URL: no connection to {where} ({_reason(problem)}); start that server or correct the address"
        ) from None
    if version < OLDEST_VERSION:
        raise ConfigurationError(
            f"DATABASE_URL: {where} is PostgreSQL {version}; use version {OLDEST_VERSION} or newer"
        )
    refuse_skew(ahead)


def _reason(problem: psycopg.Error) -> str:
    """The last thing the driver said, on one line."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return next(
        (line for line in lines if "failed" in line or "FATAL" in line), lines[0] if lines else "no reason given"
    )


def bring_up_to_date() -> None:
    """Runs the migrations. Raises ConfigurationError, one line, when the user may not or the tables are newer than we."""
    from alembic.util import CommandError

    try:
        db.migrate()
    except DBAPIError as problem:
        if getattr(problem.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        raise ConfigurationError(
            f"DATABASE_URL: this user may not make what CareOps needs ({_first_line(problem.orig)}); "
            "give it CREATEROLE, or the roles careops_app and careops_system with the right to create tables"
        ) from None
    except CommandError as problem:
        raise ConfigurationError(
            f"DATABASE_URL: its tables are not of this version ({_first_line(problem)}); "
            "start the newer CareOps that made them, or name another database"
        ) from None


VERSIONS = Path(__file__).parents[2] / "alembic" / "versions"


def revisions() -> tuple[str | None, str]:
    """The revision of the tables here, None without any, and the newest this version knows.

    Revisions are numbered files, so that nobody needs Alembic in memory to compare them.
    """
    with db.engine().connect() as connection:
        made = connection.execute(text("select to_regclass('alembic_version') is not null")).scalar()
        here = connection.execute(text("select version_num from alembic_version")).scalar() if made else None
    return here, max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def clock_skew() -> float:
    """By how many seconds the database's clock is ahead of ours, give or take the way there and back."""
    with db.engine().connect() as connection:
        connection.execute(text("select 1"))
        return _ahead(lambda: connection.execute(text(_THEIR_CLOCK)).scalar_one())


def _ahead(ask: Callable[[], Any]) -> float:
    """Asked twice, because the first answer may have waited for something; the nearer one counts."""
    found: list[float] = []
    for _ in range(2):
        before = time.time()
        theirs = float(ask())
        found.append(theirs - (before + time.time()) / 2)
    return min(found, key=abs)


def refuse_skew(ahead: float) -> None:
    """Raises ConfigurationError when leases, reminders and links could no longer be relied on."""
    if abs(ahead) > MOST_SKEW:
        raise ConfigurationError(
            f"the clock here and the database's are {abs(ahead):.1f} s apart; set both machines by NTP, or messages and "
            "reminders go out at wrong times"
        )


def _first_line(problem: BaseException | None) -> str:
    return str(problem).strip().partition("\n")[0]
