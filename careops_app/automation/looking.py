"""A rule's look at an event: its checks in order, up to the first that does not hold, as they are kept with the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from careops_app.automation.occasion import Occasion
from careops_app.automation.rules import Rule

RULE_IS_ON = "rule_is_on"
Checks = list[list[Any]]
"""Pairs: which check, and why it does not hold or None. What comes after one that does not hold was not looked at."""


def look(session: Session, rule: Rule, occasion: Occasion, *, off: str | None) -> Checks:
    """Ask the rule's conditions one after the other; `off` says why it does nothing at all."""
    checks: Checks = [] if rule.locked else [[RULE_IS_ON, off]]
    if why_not(checks):
        return checks
    for condition in rule.when:
        checks.append([key_of(condition), condition(session, occasion)])
        if why_not(checks):
            break
    return checks


def why_not(checks: Checks) -> str | None:
    """The reason of the check that does not hold."""
    return next((reason for _, reason in checks if reason), None)


def keys_of(rule: Rule) -> list[str]:
    """Every check of a rule, in the order in which they are made."""
    return [*([] if rule.locked else [RULE_IS_ON]), *map(key_of, rule.when)]


def key_of(condition: Callable[..., Any]) -> str:
    """What a check is called; one that is made by a function carries the function's name."""
    return condition.__qualname__.partition(".")[0]
