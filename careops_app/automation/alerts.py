"""The alert log: one open alert per kind and subject, closed by the event that removes its cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from careops_app.automation.models import Alert, AlertKind
from careops_app.errors import Invalid
from careops_app.infra import clock
from careops_app.infra.db import load
from careops_app.workspace.access import Actor, Permission, require

SNOOZES = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "1d": timedelta(days=1), "7d": timedelta(days=7)}


@dataclass(frozen=True)
class Alarm:
    """What an alert says and where it leads; `due_at` orders alerts by deadline."""

    kind: AlertKind
    subject_id: int
    title: str
    detail: str
    link: str
    due_at: datetime | None = None


def raise_alert(session: Session, workspace_id: int, alarm: Alarm, rule: str, event_id: int) -> bool:
    """Open the alert unless it is open already (then False)."""
    opened = session.execute(
        insert(Alert)
        .values(
            workspace_id=workspace_id, kind=alarm.kind, subject_id=alarm.subject_id, title=alarm.title, link=alarm.link,
            detail=alarm.detail, due_at=alarm.due_at, rule=rule, event_id=event_id, raised_at=clock.now(), resolution="",
        )
        .on_conflict_do_nothing()
        .returning(col(Alert.id))
    ).scalar()  # fmt: skip
    return opened is not None


def resolve(session: Session, kind: AlertKind, subject_ids: list[int], resolution: str) -> None:
    """Close the open alerts of these subjects: their cause is gone."""
    session.execute(
        update(Alert)
        .where(col(Alert.kind) == kind, col(Alert.subject_id).in_(subject_ids), col(Alert.resolved_at).is_(None))
        .values(resolved_at=clock.now(), resolution=resolution)
    )


def see(session: Session, actor: Actor, alert_id: int) -> None:
    """Note who saw an alert first. Raises NotFound."""
    require(actor, Permission.MEMBER)
    alert = load(session, Alert, alert_id)
    if alert.seen_at is None:
        alert.seen_at, alert.seen_by = clock.now(), actor.member_id
        session.add(alert)


def snooze(session: Session, actor: Actor, alert_id: int, length: str) -> None:
    """Hide an alert for a while: one of SNOOZES. Raises NotFound, Invalid(length)."""
    require(actor, Permission.MEMBER)
    if length not in SNOOZES:
        raise Invalid(length="Choose how long to hide the alert.")
    alert = load(session, Alert, alert_id)
    alert.snoozed_until = clock.now() + SNOOZES[length]
    session.add(alert)
    see(session, actor, alert_id)


def close(session: Session, actor: Actor, alert_id: int) -> None:
    """Close an alert by hand: somebody dealt with it outside. Raises NotFound."""
    require(actor, Permission.MEMBER)
    alert = load(session, Alert, alert_id)
    if alert.resolved_at is None:
        alert.resolved_at, alert.resolution = clock.now(), f"closed by {actor.name}"
        session.add(alert)
    see(session, actor, alert_id)
