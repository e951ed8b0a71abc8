"""Any number of workers beside each other, as real processes: every event is looked at once, every mail leaves once."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlmodel import Session, col, select

from careops_app.automation.models import AutomationRun
from careops_app.inbox import setup
from careops_app.inbox.models import DeliveryAttempt, Message
from careops_app.inbox.service import InquiryForm, submit_inquiry
from careops_app.infra import db
from careops_app.infra.outbox import OutboxEvent
from careops_app.worker import run
from careops_app.workspace.access import Actor
from tests.people import owner

ROOT = Path(__file__).parents[2]
WORKERS, PEOPLE = 3, 60
PATIENCE = 120.0


@contextmanager
def worker(folder: Path, number: int) -> Iterator[subprocess.Popen[bytes]]:
    """`careops worker` in a process of its own; asked to stop when the block ends."""
    with open(folder / f"worker-{number}.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "careops_app", "worker"], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env=os.environ | {"CAREOPS_MIGRATE_ON_START": "false"}, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


async def test_workers_share_the_work_without_a_leader(database: str, tmp_path: Path) -> None:
    me = owner().actor
    db.transact_now(setup.ensure_captured, me.workspace_id)
    with ExitStack() as alive:
        processes = [alive.enter_context(worker(tmp_path, number)) for number in range(WORKERS)]
        async with run.serve():  # and one inside the app, as is the default
            for number in range(PEOPLE):
                form = InquiryForm(f"Visitor {number}", f"v{number}@example.com", "", "Hello", f"key-{number}")
                db.transact_now(submit_inquiry, me.workspace_id, form)
            deadline = time.monotonic() + PATIENCE
            while db.fetch_now(_left, me) and time.monotonic() < deadline:  # noqa: ASYNC110 - rows announce nothing
                await asyncio.sleep(0.2)
        assert all(process.poll() is None for process in processes), "a worker has ended by itself"
    runs, attempts, messages = db.fetch_now(_all, me)
    assert db.fetch_now(_left, me) == 0
    assert max(Counter((each.event_id, each.rule) for each in runs).values()) == 1
    assert [each.state for each in messages if each.template == "welcome"] == ["sent"] * PEOPLE
    assert max(Counter(each.message_id for each in attempts).values()) == 1 and len(attempts) == PEOPLE
    assert all(process.returncode == 0 for process in processes)


def _left(session: Session, _: Actor) -> int:
    """What nobody has done yet."""
    waiting = (
        select(OutboxEvent.id).where(col(OutboxEvent.fanned_out_at).is_(None)),
        select(AutomationRun.id).where(col(AutomationRun.due_at).is_not(None)),
        select(Message.id).where(col(Message.due_at).is_not(None)),
    )
    return sum(len(session.exec(query).all()) for query in waiting)


def _all(session: Session, _: Actor) -> tuple[list[AutomationRun], list[DeliveryAttempt], list[Message]]:
    outgoing = select(Message).where(Message.direction == "out").order_by(col(Message.id))
    return (
        list(session.exec(select(AutomationRun))), list(session.exec(select(DeliveryAttempt))), list(session.exec(outgoing))
    )  # fmt: skip
