"""What waits and what has failed, over all businesses, for the operator: events, rule runs and messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from careops_app.automation.models import AutomationRun, RunState
from careops_app.automation.replaying import replay
from careops_app.inbox.models import Message, MessageState
from careops_app.inbox.sending import retry_message
from careops_app.infra.db import load
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace import access
from careops_app.workspace.models import Workspace


class Which(StrEnum):
    """Waiting: will be done by itself. Failed: given up. Uncertain: a message that may have arrived; people decide."""

    WAITING = "waiting"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Job:
    """One line: `kind` and `number` name it for a retry; a run is retried by its event."""

    kind: str
    number: int
    workspace_id: int
    business: str
    state: str
    due_at: datetime | None
    tries: int
    what: str
    reason: str


def jobs(session: Session, which: Which, workspace_id: int | None = None, limit: int = 200) -> list[Job]:
    """The oldest first of each kind (SYSTEM scope)."""
    found = [_of_message(message, name) for message, name in _messages(session, which, workspace_id, limit)]
    if which is Which.UNCERTAIN:
        return found
    runs = [_of_run(run, name) for run, name in _runs(session, which, workspace_id, limit)]
    events = _events(session, workspace_id, limit) if which is Which.WAITING else []
    return [*(_of_event(event, name) for event, name in events), *runs, *found]


def _named(model: Any, workspace_id: int | None, limit: int, *conditions: Any) -> Any:
    chosen = [] if workspace_id is None else [model.workspace_id == workspace_id]
    return (
        select(model, Workspace.slug)
        .join(Workspace, col(Workspace.id) == model.workspace_id)
        .where(*conditions, *chosen)
        .order_by(model.id)
        .limit(limit)
    )


_MESSAGES = {
    Which.WAITING: (MessageState.QUEUED, MessageState.SENDING),
    Which.FAILED: (MessageState.FAILED,),
    Which.UNCERTAIN: (MessageState.UNCERTAIN,),
}
_RUNS = {Which.WAITING: RunState.WAITING, Which.FAILED: RunState.FAILED}


def _messages(session: Session, which: Which, workspace_id: int | None, limit: int) -> list[tuple[Message, str]]:
    return session.exec(_named(Message, workspace_id, limit, col(Message.state).in_(_MESSAGES[which]))).all()


def _runs(session: Session, which: Which, workspace_id: int | None, limit: int) -> list[tuple[AutomationRun, str]]:
    return session.exec(_named(AutomationRun, workspace_id, limit, AutomationRun.state == _RUNS[which])).all()


def _events(session: Session, workspace_id: int | None, limit: int) -> list[tuple[OutboxEvent, str]]:
    return session.exec(_named(OutboxEvent, workspace_id, limit, col(OutboxEvent.fanned_out_at).is_(None))).all()


def _of_message(row: Message, business: str) -> Job:
    what = f"{row.channel or '-'} {row.template or 'reply'}"
    due = row.due_at or row.at
    return Job("message", row.id, row.workspace_id, business, row.state, due, row.claims, what, row.reason or "")


def _of_run(row: AutomationRun, business: str) -> Job:
    what = f"{row.event_name} -> {row.rule}"
    due = row.due_at or row.at
    return Job("event", row.event_id, row.workspace_id, business, row.state, due, row.claims, what, row.reason)


def _of_event(row: OutboxEvent, business: str) -> Job:
    return Job("event", row.id, row.workspace_id, business, "new", row.at, 0, row.name, "")


def retry(session: Session, workspace_id: int, kind: str, number: int) -> bool:
    """Try a message again, or what is missing of an event; False when nothing was missing.

    Raises NotFound, Refused.
    """
    actor = access.operator(workspace_id)
    if kind == "message":
        retry_message(session, actor, number)
        return True
    return replay(session, actor, number) > 0


def whose(session: Session, kind: str, number: int) -> int:
    """The business a message or an event belongs to (SYSTEM scope). Raises NotFound."""
    return load(session, Message if kind == "message" else OutboxEvent, number).workspace_id
