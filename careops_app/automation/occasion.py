"""What conditions and actions are given: one event that happened in one workspace, and the rule that looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from careops_app.automation.models import RunState


@dataclass(frozen=True)
class Occasion:
    """`event` is typed Any because each condition knows the events of the rules it stands in."""

    workspace_id: int
    event_id: int
    event: Any
    rule: str
    delay_minutes: int | None
    stops_on_reply: bool


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
