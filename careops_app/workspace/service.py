"""What changes a workspace and its members: founding, profile, invitations, roles, activation, API keys, audit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, or_, select

from careops_app.errors import Invalid, NotFound, Refused
from careops_app.events import MemberInvited, WorkspaceActivated
from careops_app.infra import clock, outbox, security
from careops_app.infra.db import InWorkspace, announce_change, load
from careops_app.workspace import rules, sign_in
from careops_app.workspace.access import GRANTABLE, Actor, Permission, Role, require
from careops_app.workspace.models import ApiKey, AuditEntry, Invitation, Member, User, Workspace
from careops_app.workspace.rules import Profile

INVITATION_LASTS = timedelta(days=7)
OPTIONAL_STEPS = frozenset({"forms", "inventory", "staff"})
RESERVED_SLUGS = frozenset({"bookings", "forms"})  # words of the API's own addresses


@dataclass(frozen=True)
class Founding:
    """What the first page asks: the person, and the business."""

    person: str
    email: str
    password: str
    business: str
    time_zone: str
    address: str = ""
    contact_email: str = ""
    phone_region: str = "GB"


@dataclass(frozen=True)
class Founded:
    workspace_id: int
    user_id: int
    member_id: int


def found(session: Session, founding: Founding, *, is_demo: bool = False) -> Founded:
    """Create an account and its workspace (SYSTEM scope). Nothing is active yet. Raises Invalid per field."""
    email = rules.email_of(founding.email)
    user = _new_user(session, rules.person_name(founding.person, "person"), email, founding.password)
    workspace_id = _new_workspace(session, founding, email, is_demo)
    member = Member(workspace_id=workspace_id, user_id=user.id, name=user.name, role=Role.OWNER, created_at=clock.now())
    session.add(member)
    session.flush()
    return Founded(workspace_id, user.id, member.id)


def found_another(session: Session, user_id: int, business: str, time_zone: str) -> Founded:
    """A further workspace for a user who is already known (SYSTEM scope). Raises Invalid(business | time_zone)."""
    user = load(session, User, user_id)
    founding = Founding(user.name, user.email, "", business, time_zone)
    workspace_id = _new_workspace(session, founding, user.email, False)
    member = Member(workspace_id=workspace_id, user_id=user.id, name=user.name, role=Role.OWNER, created_at=clock.now())
    session.add(member)
    session.flush()
    return Founded(workspace_id, user.id, member.id)


def _new_user(session: Session, name: str, email: str, password: str) -> User:
    user = User(email=email, name=name, created_at=clock.now())
    try:
        with session.begin_nested():
            session.add(user)
            session.flush()
    except IntegrityError as error:
        raise Invalid(email="There is already an account with this address. Sign in instead.") from error
    sign_in.set_password(session, user.id, password)
    return user


def _new_workspace(session: Session, founding: Founding, email: str, is_demo: bool) -> int:
    clock.zone(founding.time_zone)
    name = " ".join(founding.business.split())
    if not 2 <= len(name) <= 80:
        raise Invalid(business="Enter the name of the business, 2 to 80 characters.")
    workspace = Workspace(
        slug=_free_slug(session, name), name=name, address=founding.address.strip(), time_zone=founding.time_zone,
        contact_email=rules.email_of(founding.contact_email, "contact_email") if founding.contact_email else email,
        phone_region=founding.phone_region, is_demo=is_demo, created_at=clock.now(),
    )  # fmt: skip
    session.add(workspace)
    session.flush()
    return workspace.id


def _free_slug(session: Session, name: str) -> str:
    slug = rules.slug_of(name)
    taken = set(session.exec(select(Workspace.slug).where(col(Workspace.slug).startswith(slug, autoescape=True))))
    taken |= RESERVED_SLUGS
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(free for free in numbered if free not in taken)


def edit_profile(session: Session, actor: Actor, profile: Profile) -> None:
    """Change what the public sees. Raises Forbidden, Invalid per field."""
    require(actor, Permission.CONFIGURE)
    clock.zone(profile.time_zone)
    if problems := rules.profile_problems(profile):
        raise Invalid(**problems)
    workspace = load(session, Workspace, actor.workspace_id)
    before = {name: getattr(workspace, name) for name in asdict(profile)}
    for name, value in asdict(profile).items():
        setattr(workspace, name, value.strip() if isinstance(value, str) else value)
    workspace.contact_email = rules.email_of(profile.contact_email, "contact_email")
    session.add(workspace)
    changed = {name: value for name, value in asdict(profile).items() if before[name] != value}
    audit(session, actor, "edited the business profile", workspace.name, **changed)


def set_data_scope(session: Session, actor: Actor, staff_see_all: bool) -> None:
    """Say whether staff see everything, or only their own visits and customers. Raises Forbidden."""
    require(actor, Permission.CONFIGURE)
    workspace = load(session, Workspace, actor.workspace_id)
    workspace.staff_see_all = staff_see_all
    session.add(workspace)
    audit(session, actor, "let staff see" if staff_see_all else "no longer lets staff see", "all visits and customers")


def confirm_contact_form(session: Session, actor: Actor) -> None:
    """The owner has looked at the public contact form: the onboarding step is done. Raises Forbidden."""
    require(actor, Permission.CONFIGURE)
    workspace = load(session, Workspace, actor.workspace_id)
    workspace.contact_form_confirmed_at = workspace.contact_form_confirmed_at or clock.now()
    session.add(workspace)


def skip_step(session: Session, actor: Actor, step: str) -> None:
    """Leave out an optional onboarding step. Raises Forbidden, Refused for a step that is needed."""
    require(actor, Permission.CONFIGURE)
    if step not in OPTIONAL_STEPS:
        raise Refused("This step is needed before the pages can open.")
    workspace = load(session, Workspace, actor.workspace_id)
    workspace.steps_skipped = sorted({*workspace.steps_skipped, step})
    session.add(workspace)


def activate(session: Session, actor: Actor, blockers: list[str]) -> None:
    """Open the public pages. `blockers` comes from dashboard.queries.launch_checklist, read in this same transaction.

    Raises Forbidden, Refused naming what is missing.
    """
    require(actor, Permission.CONFIGURE)
    if blockers:
        raise Refused(" ".join(blockers), code="not_ready")
    workspace = load(session, Workspace, actor.workspace_id, lock=True)
    if workspace.activated_at is None:
        workspace.activated_at = clock.now()
        session.add(workspace)
        audit(session, actor, "opened the public pages", workspace.name)
        outbox.emit(session, workspace.id, WorkspaceActivated(actor.member_id or 0), once="workspace.activated")


@dataclass(frozen=True)
class Invitee:
    email: str
    name: str
    role: Role
    permissions: frozenset[Permission]


def invite(session: Session, actor: Actor, invitee: Invitee) -> int:
    """Offer a person to join; an open invitation for the same address is replaced. The mail goes out by the outbox.

    Raises Forbidden, Invalid(email), Refused when the person is a member already.
    """
    require(actor, Permission.CONFIGURE)
    if actor.member_id is None:
        raise Refused("An API key cannot invite people.")
    email = rules.email_of(invitee.email)
    _refuse_members(session, email)
    for old in session.exec(select(Invitation).where(Invitation.email == email, *_open_invitation())):
        old.revoked_at = clock.now()
        session.add(old)
    session.flush()
    invitation = _new_invitation(actor, email, invitee)
    session.add(invitation)
    session.flush()
    audit(session, actor, "invited", email, role=invitee.role)
    outbox.emit(session, actor.workspace_id, MemberInvited(invitation.id))
    return invitation.id


def _refuse_members(session: Session, email: str) -> None:
    member = session.exec(select(Member).join(User, col(User.id) == Member.user_id).where(User.email == email)).first()
    if member is not None:
        gone = " Reactivate that account instead." if member.deactivated_at else ""
        raise Refused(f"{email} already belongs to this team.{gone}", code="already_member")


def _open_invitation() -> tuple[Any, Any]:
    return col(Invitation.accepted_at).is_(None), col(Invitation.revoked_at).is_(None)


def _new_invitation(actor: Actor, email: str, invitee: Invitee) -> Invitation:
    now = clock.now()
    invitation = Invitation(
        workspace_id=actor.workspace_id, email=email, name=invitee.name.strip()[:80], role=invitee.role,
        permissions=sorted(invitee.permissions & GRANTABLE), nonce=security.random_token(), token_digest="",
        invited_by=actor.member_id or 0, created_at=now, expires_at=now + INVITATION_LASTS,
    )  # fmt: skip
    invitation.token_digest = security.digest(invitation_token(invitation))
    return invitation


def invitation_token(invitation: Invitation) -> str:
    """The token of an invitation; only this installation can derive it."""
    return security.derived_token("invitation", invitation.email, invitation.nonce)


def revoke_invitation(session: Session, actor: Actor, invitation_id: int) -> None:
    """Make an invitation useless. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    invitation = load(session, Invitation, invitation_id)
    invitation.revoked_at = invitation.revoked_at or clock.now()
    session.add(invitation)
    audit(session, actor, "revoked the invitation of", invitation.email)


def open_invitation(session: Session, token: str) -> Invitation:
    """The invitation of this token (SYSTEM scope). Raises NotFound for unknown, used, revoked and expired ones alike."""
    invitation = session.exec(
        select(Invitation)
        .where(Invitation.token_digest == security.digest(token), *_open_invitation())
        .with_for_update()
    ).first()
    if invitation is None or invitation.expires_at <= clock.now():
        raise NotFound("The invitation")
    return invitation


def accept_invitation(session: Session, token: str, name: str, password: str) -> sign_in.SignedIn:
    """Join (SYSTEM scope). A known account proves itself with its own password, a new one chooses one.

    Raises NotFound, Invalid(name | password), Refused for a wrong password.
    """
    invitation = open_invitation(session, token)
    user = session.exec(select(User).where(User.email == invitation.email)).first()
    if user is None:
        user = _new_user(session, rules.person_name(name), invitation.email, password)
    else:
        sign_in.sign_in_as(session, user.id, password)
    session.add(
        Member(
            workspace_id=invitation.workspace_id, user_id=user.id, name=user.name, role=invitation.role,
            permissions=invitation.permissions, created_at=clock.now(),
        )
    )  # fmt: skip
    invitation.accepted_at = clock.now()
    session.add(invitation)
    announce_change(session, invitation.workspace_id)
    return sign_in.open_session(session, user.id, invitation.workspace_id)


def change_role(session: Session, actor: Actor, member_id: int, role: Role, permissions: frozenset[Permission]) -> None:
    """Give a member another role or other permissions. Raises Forbidden, NotFound, Refused for the last owner."""
    require(actor, Permission.CONFIGURE)
    member = load(session, Member, member_id)
    if member.role == Role.OWNER and role != Role.OWNER:
        _keep_an_owner(session, member)
    member.role, member.permissions = role, sorted(permissions & GRANTABLE)
    session.add(member)
    audit(session, actor, "changed the role of", member.name, role=role, permissions=member.permissions)


def deactivate(session: Session, actor: Actor, member_id: int, blockers: list[str]) -> None:
    """End a member's access; effective on their next event. `blockers`: visits that nobody has decided about, as
    bookings.leaving found them in this same transaction.

    Raises Forbidden, NotFound, Refused for the last owner or naming the blockers.
    """
    require(actor, Permission.CONFIGURE)
    if blockers:
        raise Refused(" ".join(blockers), code="visits_undecided")
    member = load(session, Member, member_id)
    if member.role == Role.OWNER:
        _keep_an_owner(session, member)
    member.deactivated_at = member.deactivated_at or clock.now()
    session.add(member)
    audit(session, actor, "deactivated", member.name)


def reactivate(session: Session, actor: Actor, member_id: int) -> None:
    """Give a member access again. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    member = load(session, Member, member_id)
    member.deactivated_at = None
    session.add(member)
    audit(session, actor, "reactivated", member.name)


def _keep_an_owner(session: Session, leaving: Member) -> None:
    load(session, Workspace, leaving.workspace_id, lock=True)  # two owners may not leave at once
    others = session.exec(
        select(func.count())
        .select_from(Member)
        .where(Member.role == Role.OWNER, col(Member.deactivated_at).is_(None), Member.id != leaving.id)
    ).one()
    if others == 0:
        raise Refused("A workspace keeps at least one owner. Make somebody else an owner first.", code="last_owner")


def mark_as_demo(session: Session, workspace_id: int) -> None:
    """Say that this is the demo business (SYSTEM scope)."""
    workspace = load(session, Workspace, workspace_id)
    workspace.is_demo = True
    session.add(workspace)


def remove(session: Session, workspace_id: int) -> None:
    """Delete a workspace with everything in it, and people who are members of nothing else (SYSTEM scope)."""
    people = list(session.exec(select(Member.user_id).where(Member.workspace_id == workspace_id)))
    session.execute(delete(Workspace).where(col(Workspace.id) == workspace_id))
    elsewhere = select(Member.user_id)
    session.execute(delete(User).where(col(User.id).in_(people), col(User.id).not_in(elsewhere)))


def create_api_key(session: Session, scope: InWorkspace | int, name: str) -> str:
    """A key for machines; returned once, only its digest is kept."""
    workspace_id = scope if isinstance(scope, int) else scope.workspace_id
    if isinstance(scope, Actor):
        require(scope, Permission.CONFIGURE)
        audit(session, scope, "created the API key", name)
    token = f"co_{security.random_token()}"
    session.add(
        ApiKey(
            workspace_id=workspace_id, name=rules.person_name(name), prefix=token[:9], created_at=clock.now(),
            token_digest=security.digest(token),
        )
    )  # fmt: skip
    return token


def note_key_use(session: Session, token: str) -> None:
    """Write down that a key is in use, at most once a minute (SYSTEM scope)."""
    now = clock.now()
    unused = or_(col(ApiKey.last_used_at).is_(None), col(ApiKey.last_used_at) < now - timedelta(minutes=1))
    key = update(ApiKey).where(col(ApiKey.token_digest) == security.digest(token), unused)
    session.execute(key.values(last_used_at=now))


def revoke_api_key(session: Session, actor: Actor, key_id: int) -> None:
    """Make a key useless. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    key = load(session, ApiKey, key_id)
    key.revoked_at = key.revoked_at or clock.now()
    session.add(key)
    audit(session, actor, "revoked the API key", key.name)


def audit(session: Session, actor: Actor, action: str, subject: str, **detail: Any) -> None:
    """Write down who did what; `detail` holds the new values, never secrets or message texts."""
    session.add(
        AuditEntry(
            workspace_id=actor.workspace_id, member_id=actor.member_id, actor=actor.name, action=action,
            subject=subject, detail={key: str(value) for key, value in detail.items()}, at=clock.now(),
        )
    )  # fmt: skip
