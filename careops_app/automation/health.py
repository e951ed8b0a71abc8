"""Is the worker keeping up? Looked at from outside its queues, because an alert in a queue that stands still comes late.

Every worker looks, and every server without one; the first to see it says it, the others find it said. (decision 4)
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from careops_app.automation import alerts, dispatcher
from careops_app.automation.models import Alert, AlertKind
from careops_app.events import WorkerLate
from careops_app.infra import clock, queue
from careops_app.infra.db import SYSTEM, Scope, fetch_now, transact_now

LATE = timedelta(minutes=2)
MOST = 2_000  # rows of each queue that are looked at, the longest waiting first
RULE = "worker-alert"

_WAITING = text("""
    select workspace_id, min(since) as since from (
      (select workspace_id, at as since from outbox_event where fanned_out_at is null order by id limit :most)
      union all
      (select workspace_id, due_at from automation_run
       where due_at <= :before and (lease_until is null or lease_until < :now) order by due_at limit :most)
      union all
      (select workspace_id, due_at from message
       where due_at <= :before and state = 'queued' and (lease_until is null or lease_until < :now) limit :most)
    ) as waiting where since <= :before group by workspace_id""")


def look(scope: Scope = SYSTEM) -> int:
    """Raise an alert where work has waited for over two minutes, close it where none does; returns how many changed."""
    late, told = fetch_now(_late, scope)
    raised = [
        transact_now(_say, workspace_id, since) for workspace_id, since in late.items() if workspace_id not in told
    ]
    for workspace_id in told - late.keys():
        transact_now(_over, workspace_id)
    return sum(raised) + len(told - late.keys())


def _late(session: Session, scope: Scope = SYSTEM) -> tuple[dict[int, datetime], set[int]]:
    """Since when work has been waiting in each workspace that is late, and who has been told."""
    open_alerts = select(Alert.workspace_id).where(
        Alert.kind == AlertKind.WORKER_LATE, col(Alert.resolved_at).is_(None)
    )
    told = set(session.exec(open_alerts))
    if not queue.may_claim(session, scope):  # somebody asked the workers for quiet
        return {}, set()
    now = clock.now()
    rows = session.execute(_WAITING, {"now": now, "before": now - LATE, "most": MOST})
    return {row.workspace_id: row.since for row in rows}, told


def _say(session: Session, workspace_id: int, since: datetime) -> bool:
    return dispatcher.decide_now(session, workspace_id, WorkerLate(workspace_id, since), RULE, once=_once(since))


def _once(since: datetime) -> str:
    """Two who look at the same moment announce it once."""
    return f"worker-late:{since.timestamp()}"


def _over(session: Session, workspace_id: int) -> None:
    alerts.resolve(session, AlertKind.WORKER_LATE, [workspace_id], "the worker has caught up")
