"""The command line: `careops run` and what an operator needs beside it. One function per command.

A wrong setting ends a command with one line on standard error and exit code 2, never with a traceback.
"""

import contextlib
import os
import platform
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from importlib.metadata import version as installed_version
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import structlog
import typer

from careops_app.errors import CareOpsError
from careops_app.infra import logs
from careops_app.infra.settings import ConfigurationError, settings

ROOT = Path(__file__).resolve().parent.parent
STOPPED_BY_SIGNAL = 143
log = structlog.get_logger("careops")

commands = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="CareOps, from the command line."
)
api_key = typer.Typer(no_args_is_help=True, help="Keys for the HTTP API.")
user = typer.Typer(no_args_is_help=True, help="People who sign in.")
commands.add_typer(api_key, name="api-key")
commands.add_typer(user, name="user")


def app() -> None:
    """The entry point: works in the project's folder and turns expected failures into one line."""
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, _stop_in_order)
    try:
        commands()
    except (ConfigurationError, CareOpsError) as problem:
        _give_up(str(problem))


def _give_up(line: str) -> NoReturn:
    print(f"careops: {line}", file=sys.stderr)
    raise SystemExit(2)


def _stop_in_order(_: int, __: FrameType | None) -> NoReturn:
    """SIGTERM unwinds the blocks that are open, so that the embedded database is stopped too."""
    raise SystemExit(STOPPED_BY_SIGNAL)


@contextlib.contextmanager
def _database(migrated: bool = True) -> Iterator[str]:
    """Settings checked, logs set up, a database that answers and, unless the settings say otherwise, is up to date."""
    from careops_app.infra import db, postgres

    settings().with_data_dir()
    logs.set_up()
    with postgres.available() as url:
        if migrated and settings().migrate_on_start:
            postgres.bring_up_to_date()
        try:
            yield url
        finally:
            db.dispose()


@contextlib.contextmanager
def _business() -> Iterator[None]:
    """A migrated database and the wired house, for commands that change something."""
    from careops_app import wiring

    with _database():
        wiring.install()
        yield


@commands.command()
def run() -> None:
    """Start CareOps: database, migrations, front end, web server and worker, on one port. Ctrl-C stops it all."""
    from careops_app import front_end

    settings().with_data_dir()
    _refuse_taken_port(settings().host, settings().port)
    with _database():
        front_end.serve(front_end.built_if_changed())
        _serve()


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise ConfigurationError(
                f"PORT: cannot listen on {host}:{port} ({problem.strerror}); stop the other program or set another PORT"
            ) from None


def _serve() -> None:
    """The web server in this process's child; respawned when it crashes, stopped by SIGINT and SIGTERM."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        "careops_app.app:app",
        address=settings().host,
        port=settings().port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=1,
        respawn_failed_workers=True,
        workers_kill_timeout=15,
        log_level=LogLevels.warning,
        log_dictconfig=logs.server_logging(),
    )
    server.on_startup(lambda: threading.Thread(target=_say_when_ready, daemon=True).start())
    server.serve()


def _say_when_ready() -> None:
    """Prints the address once the server answers there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings().host, settings().host)
    address = f"http://{host}:{settings().port}/healthz"
    for _ in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=60):
            print(f"\n  CareOps is on {settings().public_url}\n  Stop it with Ctrl-C.\n", flush=True)
            return
        time.sleep(0.1)


@commands.command()
def worker() -> None:
    """Run only the worker: automation, reminders, outgoing messages. The servers then have CAREOPS_RUN_WORKER=false."""
    import asyncio

    from careops_app.worker import run as worker_run

    with _business(), contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_until_stopped(worker_run.serve))


async def _until_stopped(serve: Callable[[], Any]) -> None:
    import asyncio

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serve():
        log.info("worker started")
        await stop.wait()


@commands.command()
def build() -> None:
    """Build the staff's front end, whether or not it changed."""
    from careops_app import front_end

    logs.set_up()
    front_end.built()


@commands.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    from careops_app.infra import postgres

    with _database(migrated=False):
        postgres.bring_up_to_date()
    print("The database is up to date.")


@commands.command()
def doctor() -> None:
    """Check this installation and say what is wrong; exit code 2 when something is."""
    from careops_app import doctor as examination

    findings = examination.examine()
    for finding in findings:
        print(finding)
    if not all(finding.is_well for finding in findings):
        raise SystemExit(2)


@commands.command()
def demo() -> None:
    """Build the demo business, when it is not there yet."""
    from careops_app.demo import build_demo

    with _business():
        build_demo()
    print(f"The demo business is ready: open {settings().public_url} and choose “Look around in the demo business”.")


@api_key.command("create")
def create_api_key(workspace: str, name: str = "command line") -> None:
    """Print a new API key for the business with this public address (the last part of its booking page)."""
    from careops_app.infra import db
    from careops_app.workspace import queries, service

    with _business():
        found = db.fetch_now(queries.by_slug, db.SYSTEM, workspace)
        print(db.transact_now(service.create_api_key, found.id, name))


@user.command("reset-password")
def reset_password(email: str) -> None:
    """Print a link with which this person sets a new password; it works once, for 30 minutes."""
    from careops_app.infra import db
    from careops_app.workspace import sign_in

    with _business():
        token = db.transact_now(sign_in.new_reset_token, db.SYSTEM, email)
    print(f"{settings().public_url}/reset/{token}")


@commands.command()
def version() -> None:
    """Print the versions that a bug report needs."""
    print(f"CareOps {installed_version('careops')}, Python {platform.python_version()}, {platform.platform()}")
