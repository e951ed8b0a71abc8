"""Starts the real server as a stranger would, and lends its database: for the walks and for the screenshots."""

import contextlib
import os
import shutil
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

from careops_app.infra import db, embedded
from careops_app.infra.settings import reset_settings

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
START_SECONDS = 180


class NotStarted(Exception):
    """The server did not become ready; the text is the end of its log."""


@dataclass(frozen=True)
class Server:
    """A running CareOps."""

    port: int
    data: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"


def browser_path() -> str | None:
    """The Chromium to use: CAREOPS_BROWSER, else what is installed."""
    given = os.environ.get("CAREOPS_BROWSER")
    return given or next((found for name in BROWSERS if (found := shutil.which(name))), None)


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """`careops run` with its own embedded database in a folder of its own; it must stop cleanly when asked."""
    with tempfile.TemporaryDirectory(prefix="careops-test-") as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with _run(Server(port, Path(folder) / "data", Path(folder) / "log")) as running:
            yield running


@contextlib.contextmanager
def _run(running: Server) -> Iterator[Server]:
    with open(running.log, "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "careops_app", "run"],
            cwd=ROOT,
            env=_environment(running),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_ready(running, process)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, running.log.read_text()


@contextlib.contextmanager
def borrowed_database(server: Server) -> Iterator[str]:
    """This process uses the server's database, secrets and wiring for as long as the block lasts."""
    from careops_app import wiring

    changed = {"CAREOPS_DATA_DIR": str(server.data), "CAREOPS_PORT": str(server.port)}
    with embedded.running(server.data / "postgres") as url, environ(changed | {"CAREOPS_DATABASE_URL": url}):
        wiring.install()
        yield url
    reset_settings()


@contextlib.contextmanager
def environ(changed: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    db.dispose()
    reset_settings()
    try:
        yield
    finally:
        db.dispose()
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def _environment(running: Server) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAREOPS_", "PYTEST_"))}
    return kept | {"PORT": str(running.port), "CAREOPS_DATA_DIR": str(running.data)}


def _wait_until_ready(running: Server, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{running.url}/readyz", timeout=10):
            return
        time.sleep(0.2)
    raise NotStarted(running.log.read_text()[-4000:])
