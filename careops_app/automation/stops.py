"""The kill switches: all automation, and automatic messages to one contact. Looked at when a message leaves.

The third one is the switch of each rule. Whoever lets a message leave looks under a shared lock that pulling a switch
waits for: once it is pulled, nothing that it is about leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from careops_app.automation import locks
from careops_app.automation.models import AutomationStop
from careops_app.contacts.models import Contact
from careops_app.errors import Refused
from careops_app.inbox.answering import Decision
from careops_app.inbox.models import Message, MessageState
from careops_app.inbox.sending import skip
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace, load, whole_sight
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit

STOPPED = "automation_stopped"
CONTACT_STOPPED = "contact_stopped"
LOOK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class StopRow:
    """A switch that is pulled: by whom, since when, and how many messages wait for it."""

    by: str
    since: datetime
    waiting: int = 0


def stop_all(session: Session, actor: Actor) -> None:
    """Let no automatic message to a customer leave from now on; they wait. Raises Forbidden, Refused."""
    require(actor, Permission.CONFIGURE)
    _pull(session, actor, None, "All automation is stopped already.")
    audit(session, actor, "stopped all automation", "Automation")


def resume_all(session: Session, actor: Actor, decision: Decision) -> int:
    """Go on; what waited is sent or dropped, as decided. Returns how many waited. Raises Forbidden, Refused."""
    require(actor, Permission.CONFIGURE)
    _lift(session, actor, None, "Automation goes on already. Somebody else may have switched it on.")
    count = _waiting_count(session)
    if decision == Decision.DROP:
        for message in session.exec(_waiting().order_by(col(Message.id)).with_for_update()):
            skip(session, message, "dropped")
    else:
        waiting = (Message.workspace_id == actor.workspace_id, Message.state == MessageState.QUEUED)
        session.execute(
            update(Message).where(*waiting, Message.reason == STOPPED).values(due_at=clock.now(), reason=None)  # type: ignore[arg-type]
        )
    audit(session, actor, "let automation go on", "Automation", waiting=count, decision=decision.value)
    return count


def stop_contact(session: Session, actor: Actor, contact_id: int) -> None:
    """Send no automatic message to this contact. Raises Forbidden, NotFound, Refused."""
    require(actor, Permission.INBOX)
    name = load(session, Contact, contact_id).name
    _pull(session, actor, contact_id, "Automatic messages to this contact are stopped already.")
    audit(session, actor, "stopped automatic messages to a contact", name)


def resume_contact(session: Session, actor: Actor, contact_id: int) -> None:
    """Send automatic messages to this contact again, from the next one on. Raises Forbidden, NotFound, Refused."""
    require(actor, Permission.INBOX)
    name = load(session, Contact, contact_id).name
    _lift(session, actor, contact_id, "Automatic messages to this contact go out already.")
    audit(session, actor, "let automatic messages to a contact go on", name)


def _pull(session: Session, actor: Actor, contact_id: int | None, already: str) -> None:
    locks.changing(session, actor.workspace_id, locks.STOPS)
    if _open(session, contact_id) is not None:
        raise Refused(already, code="stopped_already")
    session.add(
        AutomationStop(
            workspace_id=actor.workspace_id, contact_id=contact_id, stopped_at=clock.now(), stopped_by=actor.member_id,
            stopped_by_name=actor.name,
        )
    )  # fmt: skip
    session.flush()


def _lift(session: Session, actor: Actor, contact_id: int | None, already: str) -> None:
    locks.changing(session, actor.workspace_id, locks.STOPS)
    stop = _open(session, contact_id)
    if stop is None:
        raise Refused(already, code="not_stopped")
    stop.lifted_at, stop.lifted_by = clock.now(), actor.member_id
    session.add(stop)


def _open(session: Session, contact_id: int | None) -> AutomationStop | None:
    about = col(AutomationStop.contact_id)
    whose = about.is_(None) if contact_id is None else about == contact_id
    return session.exec(select(AutomationStop).where(whose, col(AutomationStop.lifted_at).is_(None))).first()


def all_stopped(session: Session) -> bool:
    """Whether all automation is stopped."""
    return _open(session, None) is not None


def contact_stopped(session: Session, contact_id: int) -> bool:
    """Whether this contact gets no automatic messages."""
    return _open(session, contact_id) is not None


def stopped_for(session: Session, contact_id: int | None) -> str | None:
    """Why nothing automatic leaves for this contact now, the lasting reason first; None when nothing is stopped."""
    about = col(AutomationStop.contact_id)
    open_stops = select(about).where(or_(about.is_(None), about == contact_id), col(AutomationStop.lifted_at).is_(None))
    found = set(session.exec(open_stops))
    if contact_id is not None and contact_id in found:
        return CONTACT_STOPPED
    return STOPPED if found else None


def _waiting() -> SelectOfScalar[Message]:
    return select(Message).where(Message.state == MessageState.QUEUED, Message.reason == STOPPED)


def _waiting_count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(_waiting().subquery())).one()


def stop_of_all(session: Session, scope: InWorkspace | int) -> StopRow | None:
    """The stop of all automation, while there is one."""
    stop = _open(session, None)
    if stop is None:
        return None
    with whole_sight(session):
        return StopRow(stop.stopped_by_name, stop.stopped_at, _waiting_count(session))


def stop_of_contact(session: Session, scope: InWorkspace | int, contact_id: int) -> StopRow | None:
    """The stop of automatic messages to a contact, while there is one."""
    stop = _open(session, contact_id)
    return StopRow(stop.stopped_by_name, stop.stopped_at) if stop else None
