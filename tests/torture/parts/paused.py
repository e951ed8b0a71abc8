"""Workers are paused (SIGSTOP) until others have taken over their messages, and then go on as if nothing had happened.

A paused machine, a full swap or a long collection of garbage looks like that. What was taken over and sent by somebody
else must not be sent again by the one that wakes up.
"""

from __future__ import annotations

import contextlib
import random
import signal
import time
from typing import Any

from careops_app.infra import embedded
from tests.integrations import sent_folder
from tests.integrations.sent_folder import SentMail
from tests.torture import dying_server, ground, letters, workers
from tests.torture.dying_server import Fate, Post
from tests.torture.letters import Account
from tests.torture.part import Part
from tests.torture.workers import ENDLESS, Haste, Worker

PAUSES, AT_ONCE, EACH_TIME = 400, 12, 16
PAUSE = 4.5  # longer than the lease and all the looking together
SHORT: dict[str, Any] = {"lease": 1.0, "send_lease": 1.5, "margin": 0.5, "looks": (0.2, 0.6), "batch": 2}
SLOW = Fate(slow=0.8)
STOPPED_ITSELF = "select count(*) from delivery_attempt where detail like '%the lease on this message ended%'"


def run(times: float) -> list[str]:
    """All pauses; then in small with workers whose lease seems to last for ever, which must show."""
    problems, _ = _tried(int(PAUSES * times), Haste(**SHORT))
    _, found = _tried(3 * AT_ONCE, Haste(**SHORT, without=ENDLESS))
    noticed = any(one.duplicates for one in found)
    print(f"  workers that take no notice of the end of their lease {'show' if noticed else 'go UNNOTICED'}")
    return problems + ([] if noticed else ["leases without an end go unnoticed: the part proves nothing"])


def _tried(pauses: int, haste: Haste) -> tuple[list[str], list[Account]]:
    post = Post(SLOW)
    filed = SentMail(holds=lambda message_id: post.taken[message_id] > 0)
    with (
        ground.prepared(embedded.DURABLE) as base,
        dying_server.serving(base.folder, post) as server,
        sent_folder.serving(base.folder, filed, (server.certificate, server.key)) as mailbox,
        workers.nursery(base, haste, server.certificate) as nursery,
    ):
        senders = [letters.sender(server, f"{name} Studio", mailbox) for name in ("One", "Two")]
        awake = [nursery.start() for _ in range(2)]
        sleepers = [nursery.start() for _ in range(AT_ONCE)]
        for number in range(max(1, pauses // AT_ONCE)):
            for sender in senders:
                sender.queue(number * EACH_TIME, EACH_TIME)
            _pause(sleepers)
        done = letters.until(base, letters.UNDER_WAY)
        for one in (*awake, *sleepers):
            one.send(signal.SIGTERM)
            one.ended()
        accounts = [letters.account(base, server, sender.workspace_id) for sender in senders]
        aborted = base.count(STOPPED_ITSELF)
    print(
        f"  {pauses} pauses; {aborted} letters were not handed over by the one that woke up; {accounts[0]} | {accounts[1]}"
    )
    problems = [str(one) for one in accounts if one.lost or one.duplicates or one.untrue]
    return problems + ([] if done else ["letters are under way for ever"]), accounts


def _pause(sleepers: list[Worker]) -> None:
    for one in sleepers:
        time.sleep(random.uniform(0.0, 0.06))
        one.send(signal.SIGSTOP)
    time.sleep(PAUSE)
    for one in sleepers:
        with contextlib.suppress(ProcessLookupError):
            one.send(signal.SIGCONT)


PART = Part("paused", "who wakes up after the end of a lease hands nothing over", run, small=0.03)
