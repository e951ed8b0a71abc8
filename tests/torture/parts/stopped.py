"""Workers are asked to stop (SIGTERM) at any moment: they end in order, and leave no lease behind."""

from __future__ import annotations

import random
import signal
import time

from careops_app.infra import embedded
from tests.torture import dying_server, ground, letters, workers
from tests.torture.dying_server import DyingServer, Fate, Post
from tests.torture.ground import Ground
from tests.torture.part import Part
from tests.torture.workers import Haste, Nursery

STOPS, AT_ONCE, LETTERS = 100, 4, 20
LONGEST = 30.0
UNHURRIED = Haste(lease=60, send_lease=120, margin=60, final=20)  # no lease may end by itself here


def run(times: float) -> list[str]:
    """So many signals, four workers at a time; then once with workers that are killed instead, which must show."""
    stops = max(AT_ONCE, int(STOPS * times))
    with ground.prepared(embedded.DURABLE) as base, dying_server.serving(base.folder, Post(Fate(slow=0.05))) as server:
        sender = letters.sender(server, "Stopped Studio")
        with workers.nursery(base, UNHURRIED, server.certificate) as nursery:
            problems = []
            for number in range(stops // AT_ONCE):
                sender.queue(number * LETTERS, LETTERS)
                problems += _ended(base, nursery, signal.SIGTERM)
            problems += _finished(base, nursery, server, sender.workspace_id)
            sender.queue(10**6, 200)
            unnoticed = not _ended(base, nursery, signal.SIGKILL)
    print(f"  {stops} stops; workers killed instead of stopped {'went UNNOTICED' if unnoticed else 'show'}")
    return problems + (["workers that are killed leave no lease: the part proves nothing"] if unnoticed else [])


def _ended(base: Ground, nursery: Nursery, by: signal.Signals) -> list[str]:
    """Some workers, ended in the midst of their work; what is wrong afterwards."""
    at_work = [nursery.start() for _ in range(AT_ONCE)]
    time.sleep(random.uniform(0.1, 0.7))
    began = time.monotonic()
    for one in at_work:
        one.send(by)
    codes = [one.ended() for one in at_work]
    problems = [f"exit code {code}" for code in codes if code != 0]
    problems += ["a stop took too long"] if time.monotonic() - began > LONGEST else []
    left = base.count(letters.LEASED)
    return problems + ([f"{left} leases left"] if left else [])


def _finished(base: Ground, nursery: Nursery, server: DyingServer, workspace_id: int) -> list[str]:
    """One more worker ends the work that was left; every letter has gone out once."""
    last = nursery.start()
    done = letters.until(base, letters.UNDER_WAY)
    last.send(signal.SIGTERM)
    last.ended()
    found = letters.account(base, server, workspace_id)
    print(f"  {found}")
    wrong = found.lost + found.duplicates + found.untrue + found.states["uncertain"]
    return ([] if done else ["letters are left in the queue"]) + ([f"letters: {found}"] if wrong else [])


PART = Part("stopped", "a worker that is asked to stop leaves no lease and nothing half done", run)
