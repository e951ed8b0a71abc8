"""Several app processes and workers behind one address: one PostgreSQL, one Redis, and a balancer that deals out connections."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from careops_app.infra import db, embedded
from tests.browser.serving import ROOT, START_SECONDS, NotStarted, environ

REDIS = shutil.which("redis-server")


@dataclass(frozen=True)
class Cluster:
    """A running installation; `url` is the one address in front of it."""

    port: int
    apps: list[subprocess.Popen[bytes]]
    workers: list[subprocess.Popen[bytes]]
    log: Path

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


@contextlib.contextmanager
def running(apps: int, workers: int) -> Iterator[Cluster]:
    """So many processes of each kind, this process wired to their database; all of it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="careops-cluster-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with embedded.running(folder / "postgres") as url, _redis(folder) as redis_url:
            changed = {"CAREOPS_DATA_DIR": str(folder / "data"), "CAREOPS_DATABASE_URL": url}
            with environ(changed):
                db.migrate()
                with _processes(folder, apps, workers, changed | {"CAREOPS_REDIS_URL": redis_url}) as cluster:
                    from careops_app import wiring

                    wiring.install()
                    yield cluster


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[str]:
    assert REDIS is not None
    port = _free_port()
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def _processes(folder: Path, apps: int, workers: int, changed: dict[str, str]) -> Iterator[Cluster]:
    log, ports = folder / "log", [_free_port() for _ in range(apps)]
    started = [_start("run", log, changed | {"PORT": str(port), "CAREOPS_RUN_WORKER": "false"}) for port in ports]
    others = [_start("worker", log, changed) for _ in range(workers)]
    try:
        for port, process in zip(ports, started, strict=True):
            _wait_until_ready(port, process, log)
        with _balancer(ports) as port:
            yield Cluster(port, started, others, log)
    finally:
        for process in [*started, *others]:
            process.send_signal(signal.SIGTERM)
        for process in [*started, *others]:
            process.wait(60)


def _start(what: str, log: Path, changed: dict[str, str]) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAREOPS_", "PYTEST_"))}
    with open(log, "ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "careops_app", what],
            cwd=ROOT, env=kept | changed, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10):
            return
        time.sleep(0.2)
    raise NotStarted(log.read_text()[-4000:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def _balancer(ports: list[int]) -> Iterator[int]:
    """Deals connections out in turn, to the next one that takes them; knows nothing of HTTP."""
    loop, turn = asyncio.new_event_loop(), count()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(turn)
        for offset in range(len(ports)):
            with contextlib.suppress(OSError):
                inner = await asyncio.open_connection("127.0.0.1", ports[(first + offset) % len(ports)])
                await asyncio.gather(_pipe(reader, inner[1]), _pipe(inner[0], writer))
                return
        writer.close()

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(asyncio.start_server(serve, "127.0.0.1", 0), loop)
    try:
        yield listening.result(30).sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
