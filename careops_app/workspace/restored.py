"""After a restore: nothing is sent for a business until an owner, or the operator, releases it.

The installation that the backup was taken from may have sent since then what is waiting here. Whoever claims or sends
messages asks `held` and `is_held`; people may test a channel meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from careops_app.errors import Refused
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace, announce_change
from careops_app.infra.tenancy import SYSTEM_ROLE
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Restoration
from careops_app.workspace.service import audit


@dataclass(frozen=True)
class Held:
    """Since when nothing is sent, and how old the backup was taken."""

    taken_at: datetime
    restored_at: datetime


def hold_all(connection: Connection, taken_at: datetime) -> None:
    """Hold every business of this database, in the transaction that brings it back."""
    connection.execute(text(f"set local role {SYSTEM_ROLE}"))
    connection.execute(
        text("update restoration set released_at = :now where released_at is null"), {"now": clock.now()}
    )
    connection.execute(
        text("insert into restoration (workspace_id, taken_at, restored_at) select id, :taken, :now from workspace"),
        {"taken": taken_at, "now": clock.now()},
    )
    connection.execute(text("reset role"))


def held() -> SelectOfScalar[int]:
    """The ids of the businesses for which nothing may be sent, of those that the asking role sees."""
    return select(col(Restoration.workspace_id)).where(col(Restoration.released_at).is_(None))


def is_held(session: Session) -> bool:
    """Whether nothing may be sent for the current business."""
    return session.exec(held().limit(1)).first() is not None


def standing(session: Session, scope: InWorkspace | int) -> Held | None:
    """What the banner says; None unless the business is held."""
    found = session.exec(select(Restoration).where(col(Restoration.released_at).is_(None))).first()
    return Held(found.taken_at, found.restored_at) if found else None


def release(session: Session, actor: Actor) -> None:
    """Let the business send again. Raises Forbidden, Refused when nothing holds it."""
    require(actor, Permission.CONFIGURE)
    found = session.exec(select(Restoration).where(col(Restoration.released_at).is_(None)).with_for_update()).first()
    if found is None:
        raise Refused("Nothing holds this business any more.", code="not_held")
    found.released_at, found.released_by = clock.now(), actor.member_id
    session.add(found)
    audit(session, actor, "released sending after the restore of", f"{found.taken_at:%Y-%m-%d %H:%M} UTC")


def release_by_operator(session: Session, workspace_id: int | None = None) -> list[int]:
    """Let one business, or all of them, send again (SYSTEM scope); returns which were held."""
    which = [] if workspace_id is None else [Restoration.workspace_id == workspace_id]
    rows = session.exec(
        select(Restoration).where(col(Restoration.released_at).is_(None), *which).with_for_update()
    ).all()
    for row in rows:
        row.released_at = clock.now()
        session.add(row)
        announce_change(session, row.workspace_id)
    return [row.workspace_id for row in rows]
