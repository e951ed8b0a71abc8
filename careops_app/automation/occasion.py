"""What conditions and actions are given: one event that happened in one workspace, and the rule that looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from careops_app.automation.models import RunState
from careops_app.automation.terms import Step, Terms


@dataclass(frozen=True)
class Occasion:
    """`event` is typed Any because each condition knows the events of the rules it stands in.

    `terms` are those that count for what was planned at `since`; `step` is the moment that has come, None when the rule
    no longer has it.
    """

    workspace_id: int
    event_id: int
    event: Any
    rule: str
    stops_on_reply: bool
    terms: Terms
    since: datetime
    step: Step | None
    minutes: int


@dataclass(frozen=True)
class Outcome:
    """What became of an action: fired, held or skipped, and why."""

    state: RunState
    reason: str


def fired(reason: str) -> Outcome:
    return Outcome(RunState.FIRED, reason)


def held(reason: str) -> Outcome:
    return Outcome(RunState.HELD, reason)


def skipped(reason: str) -> Outcome:
    return Outcome(RunState.SKIPPED, reason)
