"""PostgreSQL is stopped at once, without a shutdown, while letters are written and sent; then it is started again.

What was acknowledged is there, everything goes on by itself, and nobody has to do anything.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import psutil
from sqlalchemy.exc import SQLAlchemyError

from careops_app.infra import embedded
from tests.integrations import sent_folder
from tests.integrations.sent_folder import SentMail
from tests.torture import dying_server, ground, letters, workers
from tests.torture.dying_server import Fate, Post
from tests.torture.ground import Ground
from tests.torture.letters import Sender
from tests.torture.part import Part
from tests.torture.workers import Haste

STOPS, WRITERS, WORKERS = 5, 3, 2
UP, PAUSE = 3.0, 0.05  # seconds of work between two stops, and between two letters of a writer
PATIENT = Haste(lease=5.0, send_lease=15.0, margin=5.0, final=5.0, looks=(1.0, 3.0))


def run(times: float) -> list[str]:
    """So many stops, with the settings that an installation has."""
    stops, options = max(1, int(STOPS * times)), embedded.DURABLE
    post = Post(Fate(slow=0.05))
    filed = SentMail(holds=lambda message_id: post.taken[message_id] > 0)
    with (
        ground.prepared(options) as base,
        dying_server.serving(base.folder, post) as server,
        sent_folder.serving(base.folder, filed, (server.certificate, server.key)) as mailbox,
        workers.nursery(base, PATIENT, server.certificate) as nursery,
        _restarting(base, options) as restart,
    ):
        sender = letters.sender(server, "Crash Studio", mailbox)
        at_work = [nursery.start() for _ in range(WORKERS)]
        with _writing(sender) as acknowledged:
            for _ in range(stops):
                time.sleep(UP)
                restart()
            time.sleep(UP)
        done = letters.until(base, letters.UNDER_WAY, seconds=180)
        for one in at_work:
            one.send(signal.SIGTERM)
        codes = [one.ended() for one in at_work]
        found, lost = letters.account(base, server, sender.workspace_id), _missing(base, acknowledged)
    print(f"  {stops} stops at once; {len(acknowledged)} writes acknowledged, {lost} of them lost; {found}")
    problems = [f"{lost} acknowledged writes lost"] if lost else []
    problems += [str(found)] if found.lost or found.duplicates or found.untrue or set(found.states) != {"sent"} else []
    problems += [] if done else ["the workers did not go on by themselves"]
    return problems + ([f"workers ended with {codes}"] if any(codes) else [])


@contextmanager
def _writing(sender: Sender) -> Iterator[set[int]]:
    """Letters are written by several threads as long as the block lasts; the numbers of those that were acknowledged."""
    acknowledged: set[int] = set()
    numbers, over = count(), threading.Event()

    def write() -> None:
        while not over.is_set():
            number = next(numbers)
            try:
                sender.queue(number, 1)
            except (SQLAlchemyError, OSError):
                time.sleep(0.2)
            else:
                acknowledged.add(number)
            time.sleep(PAUSE)

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for one in writers:
        one.start()
    try:
        yield acknowledged
    finally:
        over.set()
        for one in writers:
            one.join()


@contextmanager
def _restarting(base: Ground, options: embedded.Options) -> Iterator[Callable[[], None]]:
    """A way to stop the server as a power cut does, and to start it as its supervisor would."""
    cluster = embedded._prepared(base.folder / "postgres")
    started = []

    def restart() -> None:
        server = psutil.Process(int(cluster.pid_file.read_text().splitlines()[0]))
        os.kill(server.pid, signal.SIGQUIT)
        _wait_for_the_end(server)
        started.append(embedded._start(cluster, options))
        embedded._wait_until_ready(cluster, started[-1])

    try:
        yield restart
    finally:
        for one in started[-1:]:
            embedded._stop(one)


def _wait_for_the_end(server: psutil.Process) -> None:
    deadline = time.monotonic() + 30
    while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            raise RuntimeError("the database does not stop")
        time.sleep(0.02)


def _missing(base: Ground, acknowledged: set[int]) -> int:
    with base.connect() as connection:
        rows = connection.execute(b"select dedupe_key from message where dedupe_key like 'letter:%'").fetchall()
    there = {int(str(key).removeprefix("letter:")) for (key,) in rows}
    return len(acknowledged - there)


PART = Part(
    "database", "a database that dies loses nothing that it had confirmed, and nobody has to help", run, small=0.2
)
