"""Commands that run the product: `run`, `worker`, `build`, `demo`."""

import contextlib
import gc
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import structlog

from careops_app.cli.frame import business, commands, database
from careops_app.infra import logs
from careops_app.infra.settings import ConfigurationError, settings

log = structlog.get_logger("careops")


@commands.command()
def run() -> None:
    """Start CareOps: database, migrations, front end, web server and worker, on one port. Ctrl-C stops it all."""
    from careops_app import front_end

    settings().with_data_dir()
    _refuse_taken_port(settings().host, settings().port)
    with _alone_when_embedded(), database():
        front_end.serve(front_end.built_if_changed())
        serve()


def _alone_when_embedded() -> contextlib.AbstractContextManager[None]:
    """Several servers may share a data folder when they share a database of their own; never the embedded one."""
    from careops_app.infra import belonging

    if settings().database_url is not None:
        return contextlib.nullcontext()
    return belonging.alone(settings().data_dir)


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise ConfigurationError(
                f"PORT: cannot listen on {host}:{port} ({problem.strerror}); stop the other program or set another PORT"
            ) from None


def serve() -> None:
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
    gc.collect()
    gc.freeze()  # the child shares what it inherits, for as long as nobody's collector touches it
    server.serve()


def _say_when_ready() -> None:
    """Prints the address once the server answers there."""
    address = f"{settings().local_url}/healthz"
    for _ in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=60):  # noqa: S310 (our own address)
            print(f"\n  CareOps is on {settings().public_url}\n  Stop it with Ctrl-C.\n", flush=True)
            return
        time.sleep(0.1)


@commands.command()
def worker() -> None:
    """Run only the worker: automation, reminders, outgoing messages. The servers then have CAREOPS_RUN_WORKER=false."""
    import asyncio

    from careops_app.worker import run as worker_run

    with business(), contextlib.suppress(KeyboardInterrupt):
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
def demo() -> None:
    """Build the demo business, when it is not there yet."""
    from careops_app.demo import build_demo

    with business():
        build_demo()
    print(f"The demo business is ready: open {settings().public_url} and choose “Look around in the demo business”.")
