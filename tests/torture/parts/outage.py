"""The mail server is away for two hours, while five hundred letters come in; the clock is moved by hand, minute by minute.

Nothing is lost, nothing is sent after it has lost its use, and one alert is raised.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from careops_app.inbox import rules
from careops_app.inbox.models import MessageClass
from careops_app.infra import clock, embedded
from careops_app.worker import run as worker
from tests.torture import dying_server, ground, letters
from tests.torture.dying_server import DyingServer, Post
from tests.torture.ground import Ground
from tests.torture.letters import Sender
from tests.torture.part import Part

LETTERS, MINUTES, AFTERWARDS = 500, 120, 40
BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SOON = timedelta(minutes=30)
TOO_LATE = "select count(*) from message where sent_at > not_after"
ENDED = "select count(*) from message where reason = 'too_late' and state in ('skipped', 'failed')"
ALERTS = "select count(*) from outbox_event where name = 'channel.failed'"
RESTORED = "select count(*) from outbox_event where name = 'channel.restored'"
TRIES = "select count(*) from delivery_attempt where outcome = 'retry'"


def run(times: float) -> list[str]:
    """All of it; then in small with messages that are never too late, which must show."""
    problems, _ = _tried(int(LETTERS * times))
    is_late, rules.is_late = rules.is_late, lambda not_after, now: False
    try:
        _, late = _tried(40)
    finally:
        rules.is_late = is_late
    print(f"  messages that are never too late {'show' if late else 'go UNNOTICED'}")
    return problems + ([] if late else ["what is sent too late goes unnoticed: the part proves nothing"])


def _tried(number: int) -> tuple[list[str], int]:
    now = [BEGIN]
    clock.read_from(lambda: now[0])
    try:
        with ground.prepared(embedded.DISPOSABLE) as base, _away(base) as server:
            sender = letters.sender(server, "Outage Studio")
            for minute in range(MINUTES):
                _queue(sender, number * minute // MINUTES, number * (minute + 1) // MINUTES)
                now[0] += timedelta(minutes=1)
                worker.drain_now()
            tries = base.count(TRIES)
            with dying_server.serving(base.folder, server.post, server.port) as back:
                os.environ["SSL_CERT_FILE"] = back.certificate
                for _ in range(AFTERWARDS):
                    now[0] += timedelta(minutes=1)
                    worker.drain_now()
            return _judged(base, server, sender, tries)
    finally:
        clock.read_from(None)


@contextmanager
def _away(base: Ground) -> Iterator[DyingServer]:
    """A server that has been and is gone: its port is known, and nobody listens there."""
    with dying_server.serving(base.folder, Post()) as server:
        pass
    yield server


def _queue(sender: Sender, first: int, end: int) -> None:
    """Every other letter is of use for half an hour only."""
    for number in range(first, end):
        soon = {"message_class": MessageClass.AUTOMATION, "not_after": clock.now() + SOON}
        sender.queue(number, 1, **(soon if number % 2 else {}))


def _judged(base: Ground, server: DyingServer, sender: Sender, tries: int) -> tuple[list[str], int]:
    found, late, ended = letters.account(base, server, sender.workspace_id), base.count(TOO_LATE), base.count(ENDED)
    alerts, restored = base.count(ALERTS), base.count(RESTORED)
    print(
        f"  {MINUTES} minutes away, {tries} tries meanwhile; {found.states['sent']} sent once it was back, {ended} had lost"
        f" their use and ended visibly, {late} sent too late, {found.duplicates} twice; {alerts} alert, {restored} all-clear"
    )
    lost = sum(found.states.values()) - found.states["sent"] - ended
    problems = [f"{lost} lost"] if lost else []
    problems += [f"{late} sent too late"] if late else []
    problems += [f"{found.duplicates} sent twice"] if found.duplicates else []
    return problems + ([] if (alerts, restored) == (1, 1) else [f"{alerts} alerts, {restored} all-clears"]), late


PART = Part("outage", "a mail server that is away for hours costs nothing but time", run, small=0.1)
