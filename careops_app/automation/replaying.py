"""Replay: what is missing of an event is carried out, and no effect is repeated.

A run is unique per event and rule, an action is counted in the transaction that carries it out, a message has one key
per effect. So a replay only opens again what has failed for good, what a switched-off rule has left undone and is on by
now, and what no run was ever made for.
"""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from careops_app.automation.dispatcher import run_row
from careops_app.automation.models import AutomationRun, RunState
from careops_app.automation.queries import switched_off
from careops_app.automation.rules import RULES, Rule
from careops_app.infra import clock
from careops_app.infra.db import load
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit


def replay(session: Session, actor: Actor, event_id: int) -> int:
    """Carry out what is missing of an event; returns how many rules look at it now, 0 when nothing is missing.

    Raises Forbidden, NotFound.
    """
    require(actor, Permission.CONFIGURE)
    event = load(session, OutboxEvent, event_id, lock=True)
    if event.fanned_out_at is None:
        return 0  # nobody has looked yet: that is not missing, it is still to come
    on = [rule for rule in _listening(event) if rule.key not in switched_off(session)]
    opened = _open_again(session, event, [rule.key for rule in on]) + _look_at_last(session, event, on)
    if opened:
        audit(session, actor, "replayed the event", event.name, number=event.id)
    return opened


def _listening(event: OutboxEvent) -> list[Rule]:
    return [rule for rule in RULES.values() if event.name in {each.name for each in rule.on}]


def _open_again(session: Session, event: OutboxEvent, on: list[str]) -> int:
    """Runs that gave up, or that a rule did not carry out because it was off."""
    left_undone = (AutomationRun.state == RunState.SKIPPED) & (AutomationRun.reason == "rule_switched_off")
    runs = session.exec(
        select(AutomationRun)
        .where(
            AutomationRun.event_id == event.id, col(AutomationRun.rule).in_(on),
            (AutomationRun.state == RunState.FAILED) | left_undone,
        )
        .with_for_update()
    ).all()  # fmt: skip
    fresh = {
        "state": RunState.WAITING, "due_at": clock.now(), "claims": 0, "reason": "", "decided_at": None,
        "replays": AutomationRun.replays + 1,
    }  # fmt: skip
    session.execute(update(AutomationRun).where(col(AutomationRun.id).in_([run.id for run in runs])).values(fresh))
    return len(runs)


def _look_at_last(session: Session, event: OutboxEvent, on: list[Rule]) -> int:
    """Rules that never looked, because they came later than the event."""
    rows = [run_row(event, rule) | {"due_at": clock.now()} for rule in on]
    if not rows:
        return 0
    made = insert(AutomationRun).values(rows).on_conflict_do_nothing().returning(col(AutomationRun.id))
    return len(session.execute(made).all())
