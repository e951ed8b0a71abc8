"""From event to runs, from run to actions. Both are claimed, so any number of workers may call them at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from careops_app.automation import alerts, locks, looking, stops, subjects, versions
from careops_app.automation.models import AlertKind, AutomationRun, RunState
from careops_app.automation.occasion import Occasion, Outcome
from careops_app.automation.rules import RULES, Rule, listening
from careops_app.errors import CareOpsError
from careops_app.events import EVENTS, AutomationFailed, Event
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
    runs = [run_row(event, rule) for event in events for rule in _listening(event)]
    if runs:
        session.execute(insert(AutomationRun).values(runs).on_conflict_do_nothing())
    for event in events:
        event.fanned_out_at = now
        session.add(event)
    return len(events)


def _listening(event: OutboxEvent) -> list[Rule]:
    """Nobody listens to what this version does not know; it must not keep the others waiting."""
    if event.name not in EVENTS:
        log.error("an event that this version does not know", trace=event.id, name=event.name)
        return []
    return listening(EVENTS[event.name])


def run_row(event: OutboxEvent, rule: Rule) -> dict[str, Any]:
    """A run that is due at once."""
    return {
        "workspace_id": event.workspace_id, "event_id": event.id, "event_name": event.name, "rule": rule.key,
        "contact_id": event.contact_id, "state": RunState.WAITING, "at": event.at, "due_at": event.at,
        "claims": 0, "done": 0, "reason": "", "checks": [], "replays": 0,
    }  # fmt: skip


def run_due(limit: int = 50, scope: Scope = SYSTEM) -> int:
    """Carry out runs that are due, each in transactions of its own workspace; returns how many were settled."""
    claimed = transact_now(_claim, scope, limit=limit)
    for claim in claimed:
        with structlog.contextvars.bound_contextvars(trace=claim.event_id, workspace=claim.workspace_id):
            _carry_out(claim.workspace_id, claim.run_id, claim.lease)
    return len(claimed)


@dataclass(frozen=True)
class _Claim:
    """A lease on one run; `event_id` is the trace that all of it is told under."""

    workspace_id: int
    run_id: int
    event_id: int
    lease: str


def _claim(session: Session, scope: Scope = SYSTEM, *, limit: int) -> list[_Claim]:
    runs = queue.claim_due(session, AutomationRun, limit) if queue.may_claim(session, scope) else []
    return [_Claim(run.workspace_id, run.id, run.event_id, run.lease_token or "") for run in runs]


def _carry_out(workspace_id: int, run_id: int, lease: str) -> None:
    try:
        while not transact_now(_next_step, workspace_id, run_id, lease):
            pass
    except CareOpsError as refusal:
        transact_now(_refused, workspace_id, run_id, lease, str(refusal))
    except Exception as failure:
        log.exception("rule failed", run=run_id, workspace=workspace_id)
        transact_now(_retry, workspace_id, run_id, lease, f"{type(failure).__name__}: {failure}"[:300])


def _next_step(session: Session, workspace_id: int, run_id: int, lease: str) -> bool:
    """Check the conditions, or carry out the next action, in one transaction; True when the run is settled."""
    run = load(session, AutomationRun, run_id, lock=True)
    if run.lease_token != lease:
        return True
    locks.reading(session, workspace_id, run.rule)
    rule, occasion = RULES[run.rule], occasion_of(session, run.workspace_id, run.rule, run.event_id)
    run.version = occasion.terms.number
    if run.done == 0:
        run.checks, run.reason = _look(session, rule, occasion), ""
        if reason := looking.why_not(run.checks):
            return _decide(session, run, lease, Outcome(RunState.SKIPPED, reason))
    outcome = rule.do[run.done](session, occasion)
    run.done += 1
    run.reason = "; ".join(part for part in (run.reason, outcome.reason) if part)
    session.add(run)
    session.flush()
    if outcome.state == RunState.FIRED and run.done < len(rule.do):
        return False
    return _decide(session, run, lease, Outcome(outcome.state, run.reason))


def decide_now(session: Session, workspace_id: int, event: Event, rule: str, *, once: str) -> bool:
    """Announce an event and carry out one rule upon it in this very transaction, for what cannot wait in a queue.

    False when it was announced before. The run stands in the log as any other; other rules look at the event later.
    """
    event_id = outbox.emit(session, workspace_id, event, once=once)
    if event_id is None:
        return False
    row = run_row(load(session, OutboxEvent, event_id), RULES[rule])
    run = AutomationRun(**row | {"lease_token": once, "claims": 1})
    session.add(run)
    session.flush()
    while not _next_step(session, workspace_id, run.id, once):
        pass
    return True


def occasion_of(session: Session, workspace_id: int, rule: str, event_id: int) -> Occasion:
    """What a rule looks at: the event, and the rule's terms that count for it. Raises NotFound."""
    row = load(session, OutboxEvent, event_id)
    subject = subjects.subject_of(session, row)
    terms = versions.terms_for(session, rule, subject.service_id, subject.since)
    step = terms.step(subject.minutes)
    return Occasion(
        workspace_id=workspace_id, event_id=event_id, event=outbox.told(row), rule=rule,
        stops_on_reply=RULES[rule].stops_on_reply, terms=terms, since=subject.since, step=step,
        minutes=step.minutes if step else subject.minutes or 0,
    )  # fmt: skip


def _look(session: Session, rule: Rule, occasion: Occasion) -> looking.Checks:
    return looking.look(session, rule, occasion, off=switched_off_because(session, rule, occasion))


def switched_off_because(session: Session, rule: Rule, occasion: Occasion) -> str | None:
    """Why it does nothing, whatever its conditions say: by its owner, by a change that dropped this, with all automation."""
    if not occasion.terms.enabled:
        return "rule_switched_off"
    if occasion.terms.dropped:
        return "dropped_with_change"
    if occasion.step is None:
        return "no_longer_a_moment"
    return stops.STOPPED if rule.ends_when_stopped and stops.all_stopped(session) else None


def _refused(session: Session, workspace_id: int, run_id: int, lease: str, reason: str) -> None:
    """A rule of the business said no to an action: what it would have done is undone, its checks are still told."""
    run = load(session, AutomationRun, run_id, lock=True)
    if run.lease_token != lease:
        return
    if run.done == 0:
        run.checks = _look(session, RULES[run.rule], occasion_of(session, workspace_id, run.rule, run.event_id))
    _decide(session, run, lease, Outcome(RunState.SKIPPED, reason))


def _decide(session: Session, run: AutomationRun, lease: str, outcome: Outcome) -> bool:
    now = clock.now()
    session.flush()
    values = {"state": outcome.state, "reason": outcome.reason, "decided_at": now, "due_at": None}
    if (
        queue.settle(session, AutomationRun, run.id, lease, **values)
        and run.replays
        and outcome.state != RunState.FAILED
    ):
        alerts.resolve(session, AlertKind.AUTOMATION_FAILED, [run.id], "it was carried out after all")
    return True


def _retry(session: Session, workspace_id: int, run_id: int, lease: str, reason: str) -> None:
    run = load(session, AutomationRun, run_id, lock=True)
    if run.lease_token != lease:
        return
    if run.claims < MOST_TRIES:
        wait = min(queue.backoff(run.claims), timedelta(hours=1))
        queue.settle(session, AutomationRun, run_id, lease, due_at=clock.now() + wait, reason=reason)
        return
    _decide(session, run, lease, Outcome(RunState.FAILED, reason))
    once = f"run-failed:{run_id}" + (f":{run.replays}" if run.replays else "")
    outbox.emit(session, workspace_id, AutomationFailed(run_id, run.rule, reason), once=once)
