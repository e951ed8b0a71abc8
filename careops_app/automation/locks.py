"""What keeps a rule, or the kill switches, as they are while something is decided under them."""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session

FAMILY = 7_710  # of advisory locks, so that these never meet another use
STOPS = "stops"


def reading(session: Session, workspace_id: int, rule: str) -> None:
    """Until this transaction ends no owner changes the rule: what it decides is decided under one version."""
    _lock(session, "pg_advisory_xact_lock_shared", f"{workspace_id}:{rule}")


def changing(session: Session, workspace_id: int, rule: str) -> None:
    """Wait for every decision under the present version and let none begin until this transaction ends."""
    _lock(session, "pg_advisory_xact_lock", f"{workspace_id}:{rule}")


def _lock(session: Session, function: str, name: str) -> None:
    session.execute(text(f"select {function}({FAMILY}, hashtext(:name))"), {"name": name})
