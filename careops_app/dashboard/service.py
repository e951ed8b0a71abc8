"""What is done to the business as a whole: opening it."""

from __future__ import annotations

from sqlmodel import Session

from careops_app.dashboard.launch import launch_checklist
from careops_app.workspace import service as workspaces
from careops_app.workspace.access import Actor


def activate(session: Session, actor: Actor) -> None:
    """Open the public pages when every check passes in this very transaction.

    Raises Forbidden, Refused naming what is missing.
    """
    workspaces.activate(session, actor, launch_checklist(session, actor).blockers)
