"""From event to runs, from run to actions. Both are claimed, so any number of workers may call them at once."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from careops_app.automation.models import AutomationRun, RuleSetting, RunState
from careops_app.automation.occasion import Occasion, Outcome
from careops_app.automation.rules import RULES, Rule, listening
from careops_app.errors import CareOpsError
from careops_app.events import EVENTS, AutomationFailed
from careops_app.infra import clock, outbox, queue
from careops_app.infra.db import SYSTEM, Scope, load, transact_now
from careops_app.infra.outbox import OutboxEvent

log = structlog.get_logger(__name__)
MOST_TRIES = 6


def fan_out(limit: int = 200, scope: Scope = SYSTEM) -> int:
    """Give every new event one run per rule that listens; returns how many events were seen."""
    return transact_now(_fan_out, scope, limit=limit)


def _fan_out(session: Session, scope: Scope = SYSTEM, *, limit: int) -> int:
    events = outbox.waiting(session, limit) if queue.may_claim(session, scope) else []
    now = clock.now()
    runs = [_run_row(event, rule) for event in events for rule in listening(EVENTS[event.name])]
    if runs:
        session.execute(insert(AutomationRun).values(runs).on_conflict_do_nothing())
    for event in events:
        event.fanned_out_at = now
        session.add(event)
    return len(events)


def _run_row(event: OutboxEvent, rule: Rule) -> dict[str, object]:
    return {
        "workspace_id": event.workspace_id, "event_id": event.id, "event_name": event.name, "rule": rule.key,
        "contact_id": event.contact_id, "state": RunState.WAITING, "at": event.at, "due_at": event.at,
        "claims": 0, "done": 0, "reason": "",
    }  # fmt: skip


def run_due(limit: int = 50, scope: Scope = SYSTEM) -> int:
    """Carry out runs that are due, each in transactions of its own workspace; returns how many were settled."""
    claimed = transact_now(_claim, scope, limit=limit)
    for workspace_id, run_id, lease in claimed:
        _carry_out(workspace_id, run_id, lease)
    return len(claimed)


def _claim(session: Session, scope: Scope = SYSTEM, *, limit: int) -> list[tuple[int, int, str]]:
    runs = queue.claim_due(session, AutomationRun, limit) if queue.may_claim(session, scope) else []
    return [(run.workspace_id, run.id, run.lease_token or "") for run in runs]


def _carry_out(workspace_id: int, run_id: int, lease: str) -> None:
    try:
        while not transact_now(_next_step, workspace_id, run_id, lease):
            pass
    except CareOpsError as refusal:
        transact_now(_decide, workspace_id, run_id, lease, Outcome(RunState.SKIPPED, str(refusal)))
    except Exception as failure:
        log.exception("rule failed", run=run_id, workspace=workspace_id)
        transact_now(_retry, workspace_id, run_id, lease, f"{type(failure).__name__}: {failure}"[:300])


def _next_step(session: Session, workspace_id: int, run_id: int, lease: str) -> bool:
    """Check the conditions, or carry out the next action, in one transaction; True when the run is settled."""
    run = load(session, AutomationRun, run_id, lock=True)
    if run.lease_token != lease:
        return True
    rule, occasion = RULES[run.rule], _occasion(session, run)
    if run.done == 0 and (reason := _why_not(session, rule, occasion)):
        return _decide(session, workspace_id, run_id, lease, Outcome(RunState.SKIPPED, reason))
    outcome = rule.do[run.done](session, occasion)
    run.done += 1
    run.reason = "; ".join(part for part in (run.reason, outcome.reason) if part)
    session.add(run)
    session.flush()
    if outcome.state == RunState.FIRED and run.done < len(rule.do):
        return False
    return _decide(session, workspace_id, run_id, lease, Outcome(outcome.state, run.reason))


def _occasion(session: Session, run: AutomationRun) -> Occasion:
    event = load(session, OutboxEvent, run.event_id)
    setting = _setting(session, run.rule)
    return Occasion(
        workspace_id=run.workspace_id, event_id=run.event_id, event=outbox.told(event), rule=run.rule,
        delay_minutes=setting.delay_minutes if setting else None, stops_on_reply=RULES[run.rule].stops_on_reply,
    )  # fmt: skip


def _why_not(session: Session, rule: Rule, occasion: Occasion) -> str | None:
    setting = _setting(session, rule.key)
    if setting is not None and not setting.enabled and not rule.locked:
        return "rule_switched_off"
    return next((reason for condition in rule.when if (reason := condition(session, occasion))), None)


def _setting(session: Session, rule: str) -> RuleSetting | None:
    return session.exec(select(RuleSetting).where(col(RuleSetting.rule) == rule)).first()


def _decide(session: Session, workspace_id: int, run_id: int, lease: str, outcome: Outcome) -> bool:
    now = clock.now()
    values = {"state": outcome.state, "reason": outcome.reason, "decided_at": now, "due_at": None}
    return queue.settle(session, AutomationRun, run_id, lease, **values) or True


def _retry(session: Session, workspace_id: int, run_id: int, lease: str, reason: str) -> None:
    run = load(session, AutomationRun, run_id, lock=True)
    if run.claims < MOST_TRIES:
        wait = min(queue.backoff(run.claims), timedelta(hours=1))
        queue.settle(session, AutomationRun, run_id, lease, due_at=clock.now() + wait, reason=reason)
    elif _decide(session, workspace_id, run_id, lease, Outcome(RunState.FAILED, reason)):
        outbox.emit(session, workspace_id, AutomationFailed(run_id, run.rule, reason), once=f"run-failed:{run_id}")
