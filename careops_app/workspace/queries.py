"""What is shown of a workspace: who acts, who is in the team, the public face. Frozen rows, never tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from careops_app.errors import NotFound
from careops_app.infra import clock, security
from careops_app.infra.db import InWorkspace, load
from careops_app.workspace import sign_in
from careops_app.workspace.access import Actor, Permission, Role, permissions_of
from careops_app.workspace.models import (
    ApiKey,
    AuditEntry,
    Invitation,
    Member,
    PasswordReset,
    SignInSession,
    User,
    Workspace,
)


@dataclass(frozen=True)
class WorkspaceCard:
    """A workspace as screens and public pages show it."""

    id: int
    slug: str
    name: str
    address: str
    phone: str
    contact_email: str
    time_zone: str
    phone_region: str
    brand_color: str
    contact_intro: str
    unanswered_after_minutes: int
    staff_see_all: bool
    is_open: bool
    is_demo: bool
    contact_form_confirmed: bool
    steps_skipped: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True)
class MemberRow:
    id: int
    name: str
    email: str
    role: Role
    permissions: tuple[str, ...]
    is_active: bool


@dataclass(frozen=True)
class InvitationRow:
    id: int
    email: str
    role: Role
    permissions: tuple[str, ...]
    expires_at: datetime
    is_expired: bool


@dataclass(frozen=True)
class InvitationCard:
    """What an invited person sees before joining; `has_account`: they sign in with the password they have."""

    workspace_id: int
    workspace: str
    inviter: str
    email: str
    name: str
    role: Role
    has_account: bool


@dataclass(frozen=True)
class AuditRow:
    id: int
    actor: str
    action: str
    subject: str
    at: datetime


@dataclass(frozen=True)
class ApiKeyRow:
    id: int
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None


def session_id_for_token(session: Session, token: str) -> int | None:
    """The id of the live session of this cookie, while its member is active (SYSTEM scope)."""
    found = sign_in.live_session(session, token) if token else None
    return found.id if found and actor_for_session_id(session, found.id) else None


def actor_for_session_id(session: Session, session_id: int) -> Actor | None:
    """Who acts in this session right now (SYSTEM scope): None once it ended or the member was deactivated."""
    row = session.exec(
        select(SignInSession, Member, Workspace.staff_see_all)
        .join(Member, col(Member.user_id) == SignInSession.user_id)
        .join(Workspace, col(Workspace.id) == Member.workspace_id)
        .where(SignInSession.id == session_id, Member.workspace_id == SignInSession.workspace_id)
    ).first()
    if row is None or not sign_in.is_live(row[0]) or row[1].deactivated_at is not None:
        return None
    return actor_of(row[1], row[2], session_id)


def actor_of(member: Member, staff_see_all: bool, session_id: int | None = None) -> Actor:
    """The actor a member is; owners see everything."""
    return Actor(
        workspace_id=member.workspace_id, member_id=member.id, user_id=member.user_id, session_id=session_id,
        name=member.name, role=Role(member.role), permissions=permissions_of(Role(member.role), member.permissions),
        sees_all=staff_see_all or member.role == Role.OWNER,
    )  # fmt: skip


def member_actor(session: Session, scope: InWorkspace | int, member_id: int) -> Actor:
    """The actor a member of this workspace is. Raises NotFound."""
    member = load(session, Member, member_id)
    return actor_of(member, load(session, Workspace, member.workspace_id).staff_see_all)


def actor_for_api_key(session: Session, token: str) -> Actor | None:
    """Who acts with this API key (SYSTEM scope); an owner's reach, no member behind it."""
    key = session.exec(
        select(ApiKey).where(ApiKey.token_digest == security.digest(token), col(ApiKey.revoked_at).is_(None))
    ).first()
    if key is None:
        return None
    return Actor(key.workspace_id, None, None, None, f"API key {key.name}", Role.OWNER, frozenset(Permission))


def workspaces_of_user(session: Session, user_id: int) -> list[WorkspaceCard]:
    """Where a user may work (SYSTEM scope)."""
    rows = session.exec(
        select(Workspace)
        .join(Member, col(Member.workspace_id) == Workspace.id)
        .where(Member.user_id == user_id, col(Member.deactivated_at).is_(None))
        .order_by(col(Workspace.is_demo), col(Workspace.id))
    )
    return [_card(row) for row in rows]


def by_slug(session: Session, slug: str) -> WorkspaceCard:
    """The workspace at a public address (SYSTEM scope). Raises NotFound."""
    return stamped_by_slug(session, slug)[1]


def stamped_by_slug(session: Session, slug: str) -> tuple[int, WorkspaceCard]:
    """The workspace at a public address with the stamp of its calendar (SYSTEM scope). Raises NotFound."""
    found = session.exec(select(Workspace).where(Workspace.slug == slug)).first()
    if found is None:
        raise NotFound("The business")
    return found.calendar_stamp, _card(found)


def workspace_card(session: Session, scope: InWorkspace | int) -> WorkspaceCard:
    """The current workspace."""
    return _card(load(session, Workspace, scope if isinstance(scope, int) else scope.workspace_id))


def demo_workspace(session: Session) -> tuple[int, int] | None:
    """(workspace id, owner's user id) of the demo business (SYSTEM scope), if it has been built."""
    row = session.exec(
        select(Workspace.id, Member.user_id)
        .join(Member, col(Member.workspace_id) == Workspace.id)
        .where(Workspace.is_demo, Member.role == Role.OWNER)
        .order_by(col(Member.id))
    ).first()
    return (row[0], row[1]) if row else None


def members(session: Session, scope: InWorkspace | int) -> list[MemberRow]:
    """The team: owners first, then by name; deactivated members last."""
    rows = session.exec(select(Member, User.email).join(User, col(User.id) == Member.user_id)).all()
    listed = [
        MemberRow(m.id, m.name, email, Role(m.role), tuple(m.permissions), m.deactivated_at is None)
        for m, email in rows
    ]
    return sorted(listed, key=lambda row: (not row.is_active, row.role != Role.OWNER, row.name.lower()))


def owner_emails(session: Session, scope: InWorkspace | int) -> list[str]:
    """Where alerts go: the addresses of all active owners."""
    return list(
        session.exec(
            select(User.email)
            .join(Member, col(Member.user_id) == User.id)
            .where(Member.role == Role.OWNER, col(Member.deactivated_at).is_(None))
            .order_by(col(Member.id))
        )
    )


def open_invitations(session: Session, scope: InWorkspace | int) -> list[InvitationRow]:
    """Invitations nobody has accepted or revoked, newest first."""
    rows = session.exec(
        select(Invitation)
        .where(col(Invitation.accepted_at).is_(None), col(Invitation.revoked_at).is_(None))
        .order_by(col(Invitation.id).desc())
        .limit(50)
    )
    now = clock.now()
    return [
        InvitationRow(i.id, i.email, Role(i.role), tuple(i.permissions), i.expires_at, i.expires_at <= now)
        for i in rows
    ]


def invitation_card(session: Session, token: str) -> InvitationCard:
    """The invitation of this token (SYSTEM scope). Raises NotFound for unknown, used, revoked and expired ones alike."""
    row = session.exec(
        select(Invitation, Workspace.name, Member.name)
        .join(Workspace, col(Workspace.id) == Invitation.workspace_id)
        .join(Member, col(Member.id) == Invitation.invited_by)
        .where(Invitation.token_digest == security.digest(token), Invitation.expires_at > clock.now())
        .where(col(Invitation.accepted_at).is_(None), col(Invitation.revoked_at).is_(None))
    ).first()
    if row is None:
        raise NotFound("The invitation")
    invitation, workspace, inviter = row
    known = session.exec(select(User.id).where(User.email == invitation.email)).first() is not None
    return InvitationCard(
        invitation.workspace_id, workspace, inviter, invitation.email, invitation.name, Role(invitation.role), known
    )


def reset_is_open(session: Session, token: str) -> bool:
    """Whether this link may still set a new password (SYSTEM scope)."""
    found = session.exec(
        select(PasswordReset.id).where(
            PasswordReset.token_digest == security.digest(token),
            col(PasswordReset.used_at).is_(None),
            PasswordReset.expires_at > clock.now(),
        )
    )
    return found.first() is not None


def audit_log(session: Session, scope: InWorkspace | int, before: int | None = None) -> list[AuditRow]:
    """Who changed what, newest first, 25 at a time; `before` is the last id already shown."""
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(25)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    return [AuditRow(e.id, e.actor, e.action, e.subject, e.at) for e in session.exec(query)]


def api_keys(session: Session, scope: InWorkspace | int) -> list[ApiKeyRow]:
    """Keys that still work, newest first."""
    rows = session.exec(
        select(ApiKey).where(col(ApiKey.revoked_at).is_(None)).order_by(col(ApiKey.id).desc()).limit(50)
    )
    return [ApiKeyRow(k.id, k.name, k.prefix, k.created_at, k.last_used_at) for k in rows]


def _card(row: Workspace) -> WorkspaceCard:
    return WorkspaceCard(
        id=row.id, slug=row.slug, name=row.name, address=row.address, phone=row.phone, contact_email=row.contact_email,
        time_zone=row.time_zone, phone_region=row.phone_region, brand_color=row.brand_color,
        contact_intro=row.contact_intro, unanswered_after_minutes=row.unanswered_after_minutes,
        staff_see_all=row.staff_see_all, is_open=row.activated_at is not None, is_demo=row.is_demo,
        contact_form_confirmed=row.contact_form_confirmed_at is not None, steps_skipped=tuple(row.steps_skipped),
        created_at=row.created_at,
    )  # fmt: skip
