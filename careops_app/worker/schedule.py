"""The timetable: read it and you know all that runs by itself.

Every job may run in any number of processes at once: what they take is leased in the database, what they make is unique
by a key. So no job needs a leader, and none is lost when a process ends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from careops_app.infra import beats

DOUBTS_EVERY = 10


class Rounds(Protocol):
    """What the timetable calls; worker/run.py carries it out."""

    async def events_runs_and_messages(self) -> None:
        """New events become rule runs, due runs act, due messages leave."""

    async def beat(self) -> None:
        """The database knows that this worker is alive."""

    async def doubts(self) -> None:
        """Messages that may have arrived are looked for where their provider files what it took."""

    async def mailboxes(self) -> None:
        """Mailboxes that nobody reads are read from now on; one that has not been read for long is told of."""

    async def timers(self) -> None:
        """Elapsed time becomes events: reminders due, forms overdue, nobody answered."""

    async def sweep(self) -> None:
        """Budgets nobody has used for a day are forgotten, files that no row names, holds that have
        expired, what has waited as suspected spam for 30 days, and the bytes of mails.
        """

    async def zones(self) -> None:
        """New time zone data: visits whose time on the clock is no longer the agreed one are announced; also at the start."""

    async def health(self) -> None:
        """Work that has been waiting for over two minutes raises an alert; it closes when there is none."""

    async def ledgers(self) -> None:
        """Every item's totals are compared with the sum of its ledger; what differs is logged by name."""


@dataclass(frozen=True)
class Job:
    name: str
    every_seconds: int
    work: Callable[[], Awaitable[None]]


def timetable(rounds: Rounds) -> tuple[Job, ...]:
    """All there is. The first job is also woken by NOTIFY, as soon as anything has changed."""
    return (
        Job("events, rule runs and messages", 1, rounds.events_runs_and_messages),
        Job("sign of life", beats.EVERY_SECONDS, rounds.beat),
        Job("messages in doubt", DOUBTS_EVERY, rounds.doubts),
        Job("mailboxes", 10, rounds.mailboxes),
        Job("timers", 15, rounds.timers),
        Job("health", 15, rounds.health),
        Job("sweep", 3600, rounds.sweep),
        Job("stock ledgers", 6 * 3600, rounds.ledgers),
        Job("zone data", 24 * 3600, rounds.zones),
    )


def scheduler(rounds: Rounds) -> AsyncIOScheduler:
    """A clock that calls the jobs: intervals in UTC only, late calls once, never two of one job at a time."""
    clock = AsyncIOScheduler(timezone=UTC)
    for job in timetable(rounds):
        clock.add_job(
            job.work, IntervalTrigger(seconds=job.every_seconds, timezone=UTC), id=job.name, name=job.name,
            coalesce=True, max_instances=1, misfire_grace_time=None,
        )  # fmt: skip
    return clock
