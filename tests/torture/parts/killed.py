"""Workers are killed (kill -9) at any moment while the mail server dies at nine points.

Two businesses: the mailbox of one files what it sent and can be asked, the other's cannot. The first loses nothing and
sends nothing twice; of the second every doubt is shown, and nothing else.
"""

from __future__ import annotations

import random
import signal
import time
from collections import deque

from careops_app.inbox import service as inbox
from careops_app.infra import db, embedded
from tests.integrations import sent_folder
from tests.integrations.sent_folder import SentMail
from tests.torture import dying_server, ground, letters, workers
from tests.torture.dying_server import DyingServer, Fate, Post
from tests.torture.ground import Ground
from tests.torture.letters import Sender
from tests.torture.part import Part
from tests.torture.workers import BLIND, Haste, Nursery

KILLS, LETTERS, AT_ONCE = 1_000, 3_000, 4
MOST_WAIT = 5.0
EACH_TIME = 30  # letters queued together, by each business
FATE = Fate(before=0.01, after=0.04, slow=0.2)
IN_DOUBT = """
    select id, rfc_message_id from message
     where state = 'uncertain' and probe_at is null and channel = 'email' and workspace_id = %s
"""
BROKEN_OFF = "select count(distinct message_id) from delivery_attempt where outcome = 'uncertain'"


def run(times: float) -> list[str]:
    """All of it, then in small with workers that send again whatever is in doubt, which must show."""
    kills, number = int(KILLS * times), int(LETTERS * times)
    problems = _tried(kills, number, Haste())
    unnoticed = not _tried(max(30, kills // 20), max(120, number // 20), Haste(without=BLIND))
    print(f"  workers that send again blindly {'go UNNOTICED' if unnoticed else 'show'}")
    return problems + (["blind repetition goes unnoticed: the part proves nothing"] if unnoticed else [])


def _tried(kills: int, number: int, haste: Haste) -> list[str]:
    post = Post(FATE)
    filed = SentMail(holds=lambda message_id: post.taken[message_id] > 0)
    with (
        ground.prepared(embedded.DURABLE) as base,
        dying_server.serving(base.folder, post) as server,
        sent_folder.serving(base.folder, filed, (server.certificate, server.key)) as mailbox,
        workers.nursery(base, haste, server.certificate) as nursery,
    ):
        asked, blind = letters.sender(server, "Asked Studio", mailbox), letters.sender(server, "Blind Studio")
        _kill_them(nursery, post, (asked, blind), kills, number // 2)
        deaths = ", ".join(f"{point} {count}" for point, count in sorted(post.died.items()) if count)
        doubts = base.count(BROKEN_OFF)
        print(
            f"  {kills} kills over {number} letters, {doubts} so far in doubt; the server died at {deaths}", flush=True
        )
        post.fate = Fate()
        problems = _finished(base, nursery)
        by_hand = _decided(base, server, asked)
        problems += _finished(base, nursery)
        return problems + _judged(base, server, asked, blind, by_hand)


def _kill_them(nursery: Nursery, post: Post, senders: tuple[Sender, ...], kills: int, number: int) -> None:
    """Always a few workers, the oldest of them killed as soon as some more letters were begun, while others come in."""
    alive, queued = deque(), 0
    for kill in range(kills):
        if queued < number and queued <= number * kill // kills + EACH_TIME:
            for sender in senders:
                sender.queue(queued, min(EACH_TIME, number - queued))
            queued += min(EACH_TIME, number - queued)
        alive.append(nursery.start())
        _wait_for_work(post, random.randint(1, 4))
        if len(alive) > AT_ONCE:
            alive.popleft().kill()
    while alive:
        alive.popleft().kill()
    for sender in senders:
        sender.queue(queued, number - queued)


def _wait_for_work(post: Post, letters_begun: int) -> None:
    """A kill counts only in the midst of work: on a slow machine it waits for that."""
    enough, deadline = post.begun + letters_begun, time.monotonic() + MOST_WAIT
    while post.begun < enough and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(random.uniform(0.0, 0.1))


def _finished(base: Ground, nursery: Nursery) -> list[str]:
    """Workers that nobody disturbs come to an end."""
    last = [nursery.start() for _ in range(2)]
    done = letters.until(base, letters.UNDER_WAY)
    for one in last:
        one.send(signal.SIGTERM)
        one.ended()
    return [] if done else [f"{base.count(letters.UNDER_WAY)} letters are under way for ever"]


def _decided(base: Ground, server: DyingServer, sender: Sender) -> int:
    """What is left to staff, who look into the mailbox: it arrived, or it is sent again. Returns how many."""
    with base.connect() as connection:
        left = connection.execute(IN_DOUBT.encode(), [sender.workspace_id]).fetchall()
    for message_id, rfc_message_id in left:
        arrived = server.post.taken[str(rfc_message_id)] > 0
        db.transact_now(inbox.mark_arrived if arrived else inbox.retry_message, sender.owner, message_id)
    return len(left)


def _judged(base: Ground, server: DyingServer, asked: Sender, blind: Sender, by_hand: int) -> list[str]:
    first, second = (letters.account(base, server, one.workspace_id) for one in (asked, blind))
    print(f"  with a mailbox to ask: {first}; left to staff {by_hand}")
    print(f"  without: {second}")
    problems = [f"with a mailbox to ask: {first}"] if first.duplicates or set(first.states) != {"sent"} else []
    problems += [f"with a mailbox to ask: {first.lost} lost"] if first.lost else []
    wrong = second.lost + second.duplicates + second.untrue + sum(second.states.values())
    wrong -= second.states["sent"] + second.states["uncertain"]
    return problems + ([f"without a mailbox to ask: {second}"] if wrong else [])


PART = Part("killed", "what is sent is sent once, whoever dies; every doubt is shown", run, small=0.03)
