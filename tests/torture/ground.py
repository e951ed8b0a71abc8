"""The ground that races and measurements stand on: a PostgreSQL of its own in a temporary folder, and the real server.

The server is careops_app.app under granian as `careops run` starts it, with the worker off; the staff's screens are not
built, since nobody opens them here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from careops_app.infra import db, embedded
from careops_app.infra.settings import reset_settings

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
STOP_SECONDS = 60
FRONT_END = ("build/client", "backend")


@dataclass(frozen=True)
class Ground:
    """A database of the whole schema, with this process wired to it, and a folder for everything else."""

    folder: Path
    url: str

    @property
    def plain_url(self) -> str:
        """For psycopg, as the owner of the tables: past row level security."""
        return make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)

    def connect(self) -> psycopg.Connection[tuple[int, ...]]:
        return psycopg.connect(self.plain_url, autocommit=True)

    def count(self, statement: str) -> int:
        """The single number a statement answers."""
        with self.connect() as connection:
            row = connection.execute(statement.encode()).fetchone()
            assert row is not None
            return int(row[0])


@dataclass(frozen=True)
class Server:
    """A running server; `log` is all it has said."""

    port: int
    pid: int
    log: Path


@contextlib.contextmanager
def prepared(options: embedded.Options = embedded.DURABLE) -> Iterator[Ground]:
    """An empty, migrated database; it is gone when the block ends."""
    from careops_app import wiring

    with tempfile.TemporaryDirectory(prefix="careops-proof-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with embedded.running(folder / "postgres", options=options) as url, _environment(folder, url):
            db.migrate()
            wiring.install()
            yield Ground(folder, url)


@contextlib.contextmanager
def _environment(folder: Path, url: str) -> Iterator[None]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAREOPS_")}
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(kept | {"CAREOPS_DATA_DIR": str(folder / "data"), "CAREOPS_DATABASE_URL": url})
    os.environ.pop("DATABASE_URL", None)
    db.dispose()  # what earlier tests of this process have open leads to another database
    reset_settings()
    try:
        yield
    finally:
        db.dispose()
        os.environ.clear()
        os.environ.update(before)
        reset_settings()


@contextlib.contextmanager
def serving(ground: Ground, entry: str = "tests.torture.serve") -> Iterator[Server]:
    """The server on a free port, seen through one trusted proxy so that every client can have a network of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for part in FRONT_END:
        (ground.folder / "web" / part).mkdir(parents=True, exist_ok=True)
    log = ground.folder / f"server-{port}.log"
    process = _start(ground, port, entry, log)
    try:
        _wait_until_ready(port, process, log)
        yield Server(port, process.pid, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def _start(ground: Ground, port: int, entry: str, log: Path) -> subprocess.Popen[bytes]:
    changed = {
        "CAREOPS_PORT": str(port), "CAREOPS_RUN_WORKER": "false", "CAREOPS_TRUSTED_PROXY_HOPS": "1",
        "CAREOPS_LOG_LEVEL": "WARNING", "CAREOPS_WEB": str(ground.folder / "web"),
    }  # fmt: skip
    with open(log, "wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", entry],
            cwd=ROOT,
            env=os.environ | changed,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-4000:]}")
