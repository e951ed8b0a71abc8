"""`careops doctor`: looks at this installation and says, line by line, what is well and what is not, with the cure."""

import asyncio
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from careops_app import front_end, wiring
from careops_app.inbox import trying
from careops_app.infra import clock, db, postgres
from careops_app.infra.settings import ConfigurationError, settings

LEAST_FREE = 500_000_000  # bytes; PostgreSQL stops when its disk is full
ASK_SECONDS = 5


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    what: str
    state: str
    is_well: bool = True

    def __str__(self) -> str:
        return f"{'ok  ' if self.is_well else 'BAD '} {self.what}: {self.state}"


def examine(*, network: bool = True) -> list[Finding]:
    """Every check, in the order in which a start would meet them; without `network` nobody outside is asked."""
    found = [
        _checked("settings", _settings), _checked("proxy", _proxy), _checked("data folder", _data_folder),
        _checked("disk", _disk), _checked("secrets", _secrets),
    ]  # fmt: skip
    kind = "embedded PostgreSQL" if settings().database_url is None else "the PostgreSQL of DATABASE_URL"
    with _database_open() as problem:
        if problem:
            found.append(problem)
        else:
            found += [_checked("database", lambda: _database(kind)), _checked("clock", _clock)]
            found += list(_channels()) if network else []
    found += [
        _checked("front end", _front_end), _checked("time zones", lambda: f"tzdata {clock.zone_data_version()}")
    ]  # fmt: skip
    return [*found, _checked("public address", _public_address)] if network else found


def _checked(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what, check())
    except ConfigurationError as problem:
        return Finding(what, str(problem), is_well=False)


def _settings() -> str:
    current = settings()
    safety = (
        "" if current.is_https else "; not encrypted: set CAREOPS_PUBLIC_URL to an https address before going public"
    )
    return f"{current.public_url}, listening on {current.host}:{current.port}, sign-up {current.signup.value}{safety}"


def _proxy() -> str:
    hops = settings().trusted_proxy_hops
    if settings().is_https and hops == 0:
        raise ConfigurationError(
            "CAREOPS_TRUSTED_PROXY_HOPS: 0, but an https address means that a proxy stands in front; set how many, "
            "or all visitors count as one and share one limit"
        )
    return f"{hops} in front; the last {hops} of X-Forwarded-For are believed" if hops else "none in front"


def _data_folder() -> str:
    return f"{settings().with_data_dir().data_dir} can be written"


def _disk() -> str:
    free = shutil.disk_usage(settings().with_data_dir().data_dir).free
    said = f"{free / 1e9:.1f} GB free"
    if free < LEAST_FREE:
        raise ConfigurationError(f"{said} in {settings().data_dir}: make room, or name another CAREOPS_DATA_DIR")
    return said


def _secrets() -> str:
    given = settings().given_secret_key and settings().given_encryption_key
    assert settings().secret_key and settings().encryption_key
    return "given" if given else f"kept in {settings().data_dir}: keep a copy of them apart from your backups"


@contextmanager
def _database_open() -> Iterator[Finding | None]:
    """The database for this block, or the line that says why there is none."""
    opened = postgres.available()
    try:
        opened.__enter__()
    except ConfigurationError as problem:
        yield Finding("database", str(problem), is_well=False)
        return
    try:
        yield None
    finally:
        db.dispose()
        opened.__exit__(None, None, None)


def _database(kind: str) -> str:
    here, newest = postgres.revisions()
    if here is None:
        return f"{kind} answers, without tables yet: the first start makes them"
    if here != newest:
        raise ConfigurationError(f"{kind} answers, tables at {here}, newest is {newest}: run careops db upgrade")
    return f"{kind} answers, tables up to date"


def _clock() -> str:
    ahead = postgres.clock_skew()
    postgres.refuse_skew(ahead)
    return f"{abs(ahead):.1f} s apart from the database's"


def _channels() -> Iterator[Finding]:
    """Every connected mail server, mailbox and text provider, asked for real; captured channels have none."""
    if postgres.revisions()[0] is None:
        return
    wiring.install()
    for slug, kind, said in asyncio.run(trying.try_everywhere()):
        yield Finding(f"{kind.value} of {slug}", f"{said.words} {said.hint}".strip(), said.works)


def _front_end() -> str:
    return "built" if front_end.is_current() else "will be built at the next start"


def _public_address() -> str:
    """Whether the public address leads here, when CareOps is running."""
    if not _answers(settings().local_url):
        return "not looked at, because CareOps is not running here"
    if not _answers(settings().public_url):
        raise ConfigurationError(
            f"CAREOPS_PUBLIC_URL: {settings().public_url} does not lead to this CareOps; correct the address, the DNS or "
            "the proxy"
        )
    return f"{settings().public_url} leads here"


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=ASK_SECONDS) as answer:  # noqa: S310 (our own address)
            return json.loads(answer.read(1000)) == {"status": "ok"}
    except (OSError, ValueError, urllib.error.URLError):
        return False
