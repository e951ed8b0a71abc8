"""Hours in minutes: processes that share a clock which runs faster, and look at their timetable as much more often.

The order of things stays the same. What lasts by the clock (leases, waiting times) is shorter by as much.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from careops_app.infra import clock as time_source

PACE = "TORTURE_PACE"
REVISION, KEY, KEY_AND_LOCK = "revision", "key", "key and lock"
REMINDER = "booking-reminder"
OFTEN = 2.0  # seconds between two looks at the timers


@dataclass(frozen=True)
class Pace:
    """`speed` minutes of the business pass in one; it was `since` there when it was `began` here."""

    began: float
    since: str
    speed: float

    def now(self) -> datetime:
        return datetime.fromisoformat(self.since) + timedelta(seconds=(time.time() - self.began) * self.speed)


def set_going(pace: Pace) -> None:
    """This process, and those that are started from now on, live at this pace."""
    os.environ[PACE] = json.dumps(asdict(pace))
    time_source.read_from(pace.now)


def stop() -> None:
    os.environ.pop(PACE, None)
    time_source.read_from(None)


def prepare(without: str) -> None:
    """In the process that workers are forked from: its clock, its timetable, and a defence that is switched off."""
    if PACE not in os.environ:
        return
    from careops_app.automation.rules import RULES
    from careops_app.worker import schedule

    time_source.read_from(Pace(**json.loads(os.environ[PACE])).now)
    usual = schedule.timetable

    def hurried(rounds: Any) -> tuple[schedule.Job, ...]:
        return tuple(replace(job, every_seconds=OFTEN) if job.name == "timers" else job for job in usual(rounds))  # type: ignore

    schedule.timetable = hurried
    for key in [key for key in RULES if key != REMINDER]:
        del RULES[key]  # the other rules rest: what is tried are reminders
    _switch_off(without)


def _switch_off(without: str) -> None:
    from careops_app.automation import dispatcher
    from careops_app.automation.rules import RULES
    from careops_app.inbox import arming

    if without == REVISION:  # what was written is sent, whatever has become of the visit
        rule = RULES[REMINDER]
        kept = tuple(each for each in rule.when if each.__name__ not in ("booking_is_current", "booking_is_confirmed"))
        RULES[REMINDER] = replace(rule, when=kept)
        arming._arm_checks["booking"] = lambda session, workspace_id, subject: None
    if without == KEY_AND_LOCK:  # events are given to the rules by whoever comes by
        dispatcher.outbox.waiting = _without_lock  # type: ignore[assignment]


def _without_lock(session: Any, limit: int = 200) -> list[Any]:
    from sqlmodel import col, select

    from careops_app.infra.outbox import OutboxEvent

    waiting = select(OutboxEvent).where(col(OutboxEvent.fanned_out_at).is_(None)).order_by(col(OutboxEvent.id))
    return list(session.exec(waiting.limit(limit)))
