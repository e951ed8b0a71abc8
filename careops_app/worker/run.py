"""Running the timetable: inside the app's lifespan, alone by `careops worker`, or step by step in tests.

On the way out nothing new is taken, what is being handed over may finish, and no lease is left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from careops_app import wiring
from careops_app.automation import dispatcher, health, timers
from careops_app.bookings import zones
from careops_app.bookings.holding import sweep_holds
from careops_app.inbox import delivery, probing
from careops_app.inbox.filing import sweep_mail
from careops_app.inbox.quarantine import sweep_quarantine
from careops_app.infra import beats, files, live, throttle
from careops_app.infra.db import SYSTEM, Scope, fetch_now, transact_now
from careops_app.integrations.email import postman
from careops_app.integrations.email.postman import Postman
from careops_app.inventory.queries import drift_anywhere
from careops_app.worker import schedule

STOP_WITHIN = 25.0  # seconds for what is being handed over
HEALTH_EVERY = 15.0  # seconds between two looks of a server without a worker
PAUSE = 0.02  # between two rounds in a row, so that a burst of changes costs one look
MOST_ROUNDS = 10_000

log = structlog.get_logger(__name__)


class Worker:
    """One worker: events to runs, runs to actions, messages to the outside, elapsed time to events."""

    def __init__(self) -> None:
        self._courier = delivery.Courier()
        self._postman = Postman(self._wake_from_thread)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._stopping = False
        self._told_of_trouble = False
        self._key = beats.new_key()

    async def events_runs_and_messages(self) -> None:
        self.wake()

    def wake(self, *_: int) -> None:
        """Something may have become due."""
        self._changed.set()

    def _wake_from_thread(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.wake)

    async def turn_forever(self) -> None:
        """Look for work whenever woken, until told to stop."""
        self._loop = asyncio.get_running_loop()
        while not self._stopping:
            await self._changed.wait()
            self._changed.clear()
            await self._through_trouble(self._turn)
            await asyncio.sleep(PAUSE)

    async def _turn(self) -> None:
        """Go on as long as there is something to do; each kind in portions, so that none starves the others."""
        moved = 1
        while moved and not self._stopping:
            moved = await asyncio.to_thread(dispatcher.fan_out)
            moved += await asyncio.to_thread(dispatcher.run_due)
            moved += await self._courier.round()
            self._postman.read_soon()

    async def beat(self) -> None:
        await self._through_trouble(lambda: asyncio.to_thread(transact_now, beats.beat, SYSTEM, self._key))

    async def mailboxes(self) -> None:
        await self._through_trouble(self._postman.round)

    async def doubts(self) -> None:
        await self._through_trouble(self._look)

    async def _look(self) -> None:
        if await probing.look():
            self.wake()

    async def timers(self) -> None:
        await self._through_trouble(self._tick)

    async def _tick(self) -> None:
        if await asyncio.to_thread(timers.tick):
            self.wake()

    async def sweep(self) -> None:
        await self._through_trouble(lambda: asyncio.to_thread(transact_now, throttle.sweep, SYSTEM))
        await self._through_trouble(lambda: asyncio.to_thread(transact_now, beats.sweep, SYSTEM))
        await self._through_trouble(lambda: asyncio.to_thread(transact_now, files.sweep, SYSTEM))
        await self._through_trouble(lambda: asyncio.to_thread(transact_now, sweep_holds, SYSTEM))
        await self._through_trouble(lambda: asyncio.to_thread(transact_now, sweep_quarantine, SYSTEM))
        await self._through_trouble(lambda: asyncio.to_thread(transact_now, sweep_mail, SYSTEM))

    async def health(self) -> None:
        await self._through_trouble(lambda: asyncio.to_thread(health.look))

    async def ledgers(self) -> None:
        await self._through_trouble(lambda: asyncio.to_thread(_compare_ledgers))

    async def zones(self) -> None:
        await self._through_trouble(lambda: asyncio.to_thread(compare_zones))

    async def _through_trouble(self, work: Callable[[], Awaitable[object]]) -> None:
        """A database that is away for a while is waited for: said once, and the next round tries again.

        A defect is logged each time it shows, and does not end the worker: the other work must go on.
        """
        try:
            await work()
        except (OperationalError, InterfaceError, PoolTimeout, psycopg.OperationalError, OSError) as problem:
            if not self._told_of_trouble:
                log.warning("the database does not answer; trying again", reason=type(problem).__name__)
            self._told_of_trouble = True
        except Exception:
            log.exception("a round of the worker failed; going on with the next")
        else:
            self._told_of_trouble = False

    async def stop(self, turning: asyncio.Task[None]) -> None:
        """Begin nothing new, end the round under way, then let what is being handed over finish."""
        self._stopping = True
        self._courier.take_no_more()
        self.wake()
        await self._postman.stop()
        await turning
        await self._courier.stop(STOP_WITHIN)
        await self._through_trouble(lambda: asyncio.to_thread(transact_now, beats.leave, SYSTEM, self._key))


def compare_zones() -> int:
    """Compare every workspace's visits with the zone data of this installation, once per release; returns what differs."""
    return sum(transact_now(zones.compare, workspace_id) for workspace_id in fetch_now(zones.to_compare, SYSTEM))


def _compare_ledgers() -> None:
    """Says which items' totals are not the sum of their ledger; only a change past the application can cause that."""
    for row in fetch_now(drift_anywhere, SYSTEM):
        log.error(
            "stock differs from its ledger", workspace=row.workspace_id, item=row.item_id, on_hand=str(row.on_hand),
            ledger_on_hand=str(row.ledger_on_hand), reserved=str(row.reserved), ledger_reserved=str(row.ledger_reserved),
        )  # fmt: skip


class _AnyChange(live.Hub):
    """Wakes the worker whatever workspace has changed."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self._worker = worker

    def announce(self, workspace_id: int) -> None:
        self._worker.wake()

    def announce_all(self) -> None:
        self._worker.wake()


@contextlib.asynccontextmanager
async def serve() -> AsyncIterator[Worker]:
    """A worker at work for as long as the block lasts; leaving it drains."""
    wiring.install()
    worker = Worker()
    clock = schedule.scheduler(worker)
    turning = asyncio.create_task(worker.turn_forever(), name="worker")
    async with live.listening(_AnyChange(worker)):
        await worker.beat()
        clock.start()
        await worker.zones()
        worker.wake()
        try:
            yield worker
        finally:
            started = time.monotonic()
            clock.shutdown(wait=False)
            await worker.stop(turning)
            log.info("worker stopped", seconds=round(time.monotonic() - started, 1))


@contextlib.asynccontextmanager
async def watching() -> AsyncIterator[None]:
    """In a server whose worker runs elsewhere, or not at all: somebody has to say so when it does not."""
    wiring.install()
    watch = Worker()
    task = asyncio.create_task(_look_every(watch), name="health")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _look_every(watch: Worker) -> None:
    while True:
        await watch.health()
        await asyncio.sleep(HEALTH_EVERY)


def drain_now(scope: Scope = SYSTEM) -> int:
    """Do everything that is due at the clock's present moment, and what follows from it; for tests and the demo.

    Returns how many events, runs and messages were moved, in all workspaces or in the one that is the scope.
    """
    wiring.install()
    timers.tick(scope)
    moved = 0
    for _ in range(MOST_ROUNDS):
        step = dispatcher.fan_out(scope=scope) + dispatcher.run_due(scope=scope) + _deliver_now(scope)
        step += postman.read_waiting(scope)
        if not step and not timers.tick(scope):
            return moved
        moved += step
    raise RuntimeError("the work does not end: something keeps announcing itself")


def _deliver_now(scope: Scope) -> int:
    """Deliver what is due, on a loop of its own: the caller may be in one already."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="drain") as alone:
        present = contextvars.copy_context()
        return alone.submit(present.run, asyncio.run, _deliver(scope)).result()


async def _deliver(scope: Scope) -> int:
    return await probing.look(scope) + await delivery.deliver_due(scope=scope)
