"""Measures the way of a message: from the queue to a mail server, one rule from its event, and claims from long queues.

    make bench-messages                                             all of it
    .venv/bin/python scripts/bench_messages.py --queue 10000        with a shorter long queue

A PostgreSQL of its own with the durable settings, one real worker process, a real mail server in another. What is
compared is measured in the same run. Targets stand beside the figures; a missed one is marked and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import aiosmtplib  # noqa: E402
from sqlalchemy import text  # noqa: E402

from careops_app.automation import dispatcher  # noqa: E402
from careops_app.inbox import arming  # noqa: E402
from careops_app.inbox import service as inbox  # noqa: E402
from careops_app.inbox.channels import Outgoing  # noqa: E402
from careops_app.inbox.service import InquiryForm  # noqa: E402
from careops_app.infra import db, embedded  # noqa: E402
from careops_app.infra.db import SYSTEM  # noqa: E402
from careops_app.integrations.email.compose import compose  # noqa: E402
from tests.integrations.mail_server import PASSWORD, USER  # noqa: E402
from tests.torture import ground, letters, measure, sink  # noqa: E402
from tests.torture.ground import Ground  # noqa: E402
from tests.torture.letters import Sender  # noqa: E402
from tests.torture.report import Report  # noqa: E402
from tests.torture.sink import Sink  # noqa: E402

SINGLE, SUSTAINED, INQUIRIES, CLAIMS = 40, 600, 150, 15
SHORT_QUEUE, LONG_QUEUE = 1_000, 1_000_000
MOST_GROWTH = 2.0
# A queue as it is after an outage: everything became due in the same moment.
FILL = """
    insert into message (workspace_id, conversation_id, direction, channel, class, author, author_name, rule, event_id,
        template, recipient, subject, body, state, due_at, claims, epoch, stops_on_reply, not_after, dedupe_key, rfc_message_id,
        provider, at)
    select workspace_id, conversation_id, direction, channel, class, author, author_name, rule, event_id, template,
        recipient, subject, body, 'queued', now() - interval '1 minute', 0, epoch, stops_on_reply,
        now() + interval '9 days', 'copy:' || n, '<' || n || '@copy.example.com>', provider, at
    from message, generate_series(%s::bigint, %s::bigint) n where id = (select max(id) from message where state = 'sent')
"""

report = Report()


def main() -> int:
    """All figures, then what was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queue", type=int, default=LONG_QUEUE, help="how many rows the long queue has")
    long_queue = parser.parse_args().queue
    with ground.prepared(embedded.DURABLE) as base, sink.running(base.folder) as server:
        sender = letters.sender(server, "Bench Studio")
        with _worker(server):
            _one_at_a_time(base, server, sender)
            _in_a_row(base, server, sender)
        _dispatch(sender)
        _claims(base, long_queue)
    return report.end()


@contextmanager
def _worker(server: Sink) -> Iterator[None]:
    """`careops worker`, as an operator starts it."""
    changed = {"SSL_CERT_FILE": server.certificate, "CAREOPS_LOG_LEVEL": "WARNING", "CAREOPS_MIGRATE_ON_START": "false"}
    process = subprocess.Popen([sys.executable, "-m", "careops_app", "worker"], cwd=ROOT, env=os.environ | changed)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def _one_at_a_time(base: Ground, server: Sink, sender: Sender) -> None:
    """From the commit that queues a mail to the server that has taken it, while nothing else happens."""
    sender.queue(10**6, 1)
    _until(server, 1)
    queued = []
    for number in range(SINGLE):
        sender.queue(number, 1)
        queued.append((time.time(), number))
        _until(server, number + 2)
        time.sleep(0.2)
    with base.connect() as connection:
        rows = connection.execute(b"select dedupe_key, rfc_message_id from message").fetchall()
    named, taken = {str(key): str(message_id) for key, message_id in rows}, server.taken()
    seconds = sorted(taken[named[f"letter:{number}"]] - at for at, number in queued)
    times = measure.Times(seconds)
    print(f"  queued to taken, idle: p95 {times.p95:.0f} ms")
    report.tell("queued to taken by the server, idle, median", times.median, most=300)


def _in_a_row(base: Ground, server: Sink, sender: Sender) -> None:
    """Many at once, beside the bare library on one open connection to the same server."""
    bare = [asyncio.run(_bare(server, SUSTAINED // 2))]
    before = len(server.taken())
    sender.queue(10_000, SUSTAINED)
    _until(server, before + SUSTAINED, 300)
    instants = sorted(server.taken().values())[before:]
    ours = (len(instants) - 1) / (instants[-1] - instants[0])
    letters.until(base, letters.UNDER_WAY)
    bare.append(asyncio.run(_bare(server, SUSTAINED // 2)))
    print(f"  mails a second: {ours:.0f}; the bare library {bare[0]:.0f} before and {bare[1]:.0f} after")
    report.tell("mails a second for one of the bare library's", ours / (sum(bare) / 2), "x", least=0.6)


async def _bare(server: Sink, number: int) -> float:
    """Mails a second of aiosmtplib alone: the same bytes, one connection, one after the other."""
    context = ssl.create_default_context(cafile=server.certificate)
    connection = aiosmtplib.SMTP(hostname="127.0.0.1", port=server.port, start_tls=True, tls_context=context)
    await connection.connect()
    await connection.login(USER, PASSWORD)
    body = "Hello Amelia,\n\nyour visit is confirmed for Tuesday, 16 June at 12:00.\n\n" * 3
    mails = [
        compose(Outgoing(USER, "Bench", "c@b.example.com", "Confirmed", body, f"<bare{n}.{time.time()}@example.com>"))
        for n in range(number)
    ]
    began = time.perf_counter()
    for mail in mails:
        await connection.mail(USER)
        await connection.rcpt("c@b.example.com")
        await connection.data(mail)
    seconds = time.perf_counter() - began
    await connection.quit()
    return number / seconds


def _dispatch(sender: Sender) -> None:
    """From an event to what its rules have done about it: an inquiry of somebody new, and their welcome."""
    dispatcher.fan_out()
    while dispatcher.run_due():
        pass
    for number in range(INQUIRIES):
        form = InquiryForm(f"New {number}", f"new{number}@example.com", "", "Hello", f"bench-{number}")
        db.transact_now(inbox.submit_inquiry, sender.workspace_id, form)
    began, runs = time.perf_counter(), 0
    moved = 1
    while moved:
        events, acted = dispatcher.fan_out(), dispatcher.run_due()
        moved, runs = events + acted, runs + acted
    each = 1000 * (time.perf_counter() - began) / runs
    print(f"  {runs} runs of rules after {INQUIRIES} inquiries")
    report.tell("one rule dispatched", each, most=5)


def _claims(base: Ground, long_queue: int) -> None:
    """What one claim of a batch costs in a short and in a long queue whose rows became due together."""
    medians, filled = [], 0
    for size in (SHORT_QUEUE, long_queue):
        with base.connect() as connection:
            connection.execute(FILL.encode(), [filled + 1, size])
            connection.execute(b"vacuum analyze message")
        filled = size
        times = measure.repeated(_claim_and_give_back, CLAIMS, 3)
        medians.append(times.median)
        print(f"  a claim of {arming.BATCH} from {size:,} queued: median {times.median:.1f} ms, p95 {times.p95:.1f} ms")
    report.tell("a claim from the long queue against the short one", medians[1] / medians[0], "x", most=MOST_GROWTH)


def _claim_and_give_back() -> None:
    claims = db.transact_now(arming.claim, SYSTEM)
    assert len(claims) == arming.BATCH
    db.transact_now(_free, SYSTEM, [one.message_id for one in claims])


def _free(session: Any, ids: list[int]) -> None:
    session.execute(
        text("update message set lease_token = null, lease_until = null where id = any(:ids)"), {"ids": ids}
    )


def _until(server: Sink, number: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while server.notes.read_text().count("\n") < number:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the server has not taken {number} mails in {seconds:.0f} s")
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
