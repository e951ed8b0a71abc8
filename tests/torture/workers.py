"""Real worker processes, by the hundred: `careops worker`, each a fork of one process that has imported the program.

Importing takes longer than most of them live. Everything else is the real thing: the command line's own function, a
database connection of its own, its own scheduler. Waiting times are shortened (`Haste`), so that what takes minutes when
a lease ends takes seconds here; the order of things stays the same.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from careops_app.infra import clock, queue
from tests.torture import fast_time
from tests.torture.ground import ROOT, Ground

BLIND, ENDLESS = "blind", "endless"


@dataclass(frozen=True)
class Haste:
    """Seconds instead of minutes. `without`: a defence that these workers do not have, of BLIND and ENDLESS.

    BLIND: what is in doubt is sent again without looking. ENDLESS: a lease seems to last for ever to its worker.
    """

    lease: float = 2.0
    send_lease: float = 4.0
    margin: float = 1.5
    final: float = 1.0
    backoff: float = 0.3
    batch: int = 40
    looks: tuple[float, ...] = (0.5, 1.5, 3.0, 5.0)
    without: str = ""


@dataclass(frozen=True)
class Nursery:
    """Where workers come from; `log` is all they have said."""

    process: subprocess.Popen[str]
    log: Path

    def start(self) -> Worker:
        return Worker(int(self._ask("start")), self)

    def _ask(self, words: str) -> str:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@dataclass(frozen=True)
class Worker:
    pid: int
    nursery: Nursery

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        return int(self.nursery._ask(f"end {self.pid}"))

    def kill(self) -> int:
        self.send(signal.SIGKILL)
        return self.ended()


@contextlib.contextmanager
def nursery(ground: Ground, haste: Haste, certificate: str | None = None) -> Iterator[Nursery]:
    """The process that workers are forked from; none outlives the block. `certificate` is trusted by all of them."""
    log = ground.folder / "workers.log"
    changed = {"CAREOPS_MIGRATE_ON_START": "false", "CAREOPS_LOG_LEVEL": "WARNING", "TZ": "UTC"}
    changed |= {"SSL_CERT_FILE": certificate} if certificate else {}
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.workers", json.dumps(asdict(haste))],
            cwd=ROOT, env=os.environ | changed, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield Nursery(process, log)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(30)


# in the process of the nursery ------------------------------------------------------------------------------------


def main() -> None:
    """Fork a worker per line `start`, wait for one per line `end <pid>`; at the end of the input kill those left."""
    haste = Haste(**json.loads(sys.argv[1]))
    _make_haste(haste)
    fast_time.prepare(haste.without)
    alive: set[int] = set()
    try:
        for line in iter(sys.stdin.readline, ""):
            word, _, pid = line.strip().partition(" ")
            if word == "start":
                answer = _worker()
                alive.add(answer)
            else:
                answer = os.waitstatus_to_exitcode(os.waitpid(int(pid), 0)[1])
                alive.discard(int(pid))
            print(answer, flush=True)
    finally:
        for pid in alive:
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _worker() -> int:
    from careops_app import cli

    sys.stdout.flush()
    if pid := os.fork():
        return pid
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        sys.argv = ["careops", "worker"]
        cli.app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stderr.flush()
        os._exit(code)


def _make_haste(haste: Haste) -> None:
    from careops_app import cli  # noqa: F401 (imported once, for all workers)
    from careops_app.inbox import arming, delivery, outage, probing, settling
    from careops_app.inbox.channels import Settings, carries
    from careops_app.inbox.models import ChannelKind
    from careops_app.integrations.email import smtp
    from careops_app.worker import run, schedule  # noqa: F401

    queue.LEASE, arming.SEND_LEASE = timedelta(seconds=haste.lease), timedelta(seconds=haste.send_lease)
    arming.HANDOVER_MARGIN = haste.margin if haste.without != ENDLESS else -3600.0
    queue.BACKOFF_FIRST, queue.BACKOFF_LAST = timedelta(seconds=haste.backoff), timedelta(seconds=3 * haste.backoff)
    outage.LONGEST_WAIT = outage.REFUSED_WAIT = timedelta(seconds=2 * haste.backoff)

    probing.LOOKS = tuple(timedelta(seconds=each) for each in haste.looks)
    probing.SETTLED_AFTER, probing.STUCK = probing.LOOKS[-1], 4 * probing.LOOKS[-1]
    schedule.DOUBTS_EVERY = 1
    delivery.Courier.round.__defaults__ = (haste.batch,)
    if haste.without == BLIND:
        settling._after_failure = _try_again_blindly

    @carries(ChannelKind.EMAIL, "smtp")
    def hasty(settings: Settings) -> smtp.SmtpChannel:
        return smtp.SmtpChannel(smtp.server_of(settings), final_seconds=haste.final, command_seconds=5.0)


def _try_again_blindly(message: Any, failure: Any, account: Any) -> None:
    """What settling does about every failure when it does not know doubt."""
    message.state, message.reason, message.due_at = "queued", str(failure), clock.now() + queue.BACKOFF_FIRST


if __name__ == "__main__":
    main()
