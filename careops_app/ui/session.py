"""Who is acting: `actor()` for handlers, and what the shell shows of them. Never an authority: that is the guard's."""

from contextvars import ContextVar
from urllib.parse import urlsplit

import reflex as rx

from careops_app.errors import SignInRequired
from careops_app.infra.settings import settings
from careops_app.ui.fresh import assign
from careops_app.ui.theme import accents
from careops_app.workspace.access import Actor
from careops_app.workspace.queries import WorkspaceCard

acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


def actor() -> Actor:
    """The member this event was sent by, loaded from the database by the guard. Raises SignInRequired."""
    if (found := acting.get()) is None:
        raise SignInRequired
    return found


class SessionState(rx.State):
    """Name, role and workspace for the shell. Written by the guard alone, and for display alone."""

    name: str = ""
    role: str = ""
    permissions: rx.Field[list[str]] = rx.field(default_factory=list)
    workspace_name: str = ""
    workspace_slug: str = ""
    is_demo: bool = False
    is_open: bool = False
    is_encrypted: bool = True
    accents: str = ""
    _identity: str = ""

    def _show(self, who: Actor, workspace: WorkspaceCard) -> None:
        assign(
            self,
            name=who.name,
            role=who.role.value,
            permissions=sorted(permission.value for permission in who.permissions),
            workspace_name=workspace.name,
            workspace_slug=workspace.slug,
            is_demo=workspace.is_demo,
            is_open=workspace.is_open,
            accents=accents(workspace.brand_color),
            is_encrypted=settings().is_https or is_local(settings().public_url),
        )


def is_local(url: str) -> bool:
    """True when nothing between browser and server can be overheard."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def identity_of(who: Actor) -> str:
    """Everything whose change makes what a tab has loaded somebody else's."""
    granted = ",".join(sorted(permission.value for permission in who.permissions))
    return f"{who.session_id}/{who.workspace_id}/{who.member_id}/{who.role.value}/{granted}/{who.sees_only}"
