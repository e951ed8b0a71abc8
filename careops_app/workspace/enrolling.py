"""What the operator does about people from the command line: a business for somebody, a person for a business."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from careops_app.errors import Refused
from careops_app.infra import clock, security
from careops_app.infra.db import load
from careops_app.workspace import rules, service, sign_in
from careops_app.workspace.access import GRANTABLE, Permission, Role
from careops_app.workspace.models import AuditEntry, Member, User, Workspace


@dataclass(frozen=True)
class Enrolment:
    """Somebody to put into a business; owners need no permissions of their own."""

    email: str
    name: str
    role: Role = Role.STAFF
    permissions: frozenset[Permission] = frozenset()


@dataclass(frozen=True)
class WorkspaceLine:
    """A business as the operator lists it."""

    slug: str
    name: str
    time_zone: str
    members: int
    is_open: bool
    is_demo: bool


def listed(session: Session) -> list[WorkspaceLine]:
    """Every business here (SYSTEM scope), oldest first."""
    active = select(Member.workspace_id, func.count().label("n")).where(col(Member.deactivated_at).is_(None))
    counts = dict(session.exec(active.group_by(col(Member.workspace_id))).all())
    rows = session.exec(select(Workspace).order_by(col(Workspace.id)))
    return [
        WorkspaceLine(w.slug, w.name, w.time_zone, counts.get(w.id, 0), w.activated_at is not None, w.is_demo)
        for w in rows
    ]


def enroll(session: Session, workspace_id: int, person: Enrolment) -> str | None:
    """Put somebody into a business (SYSTEM scope); returns a token to set a password with, for those who are new.

    Raises Invalid(email | name), Refused when they belong to it already.
    """
    user, token = _user(session, rules.email_of(person.email), person.name)
    member = session.exec(select(Member).where(Member.workspace_id == workspace_id, Member.user_id == user.id)).first()
    if member is not None:
        raise Refused(f"{user.email} already belongs to this business.", code="already_member")
    session.add(
        Member(
            workspace_id=workspace_id, user_id=user.id, name=user.name, role=person.role,
            permissions=sorted(person.permissions & GRANTABLE), created_at=clock.now(),
        )
    )  # fmt: skip
    _note(session, workspace_id, "added to the team", user.email)
    return token


def found_for(session: Session, business: str, time_zone: str, owner: Enrolment) -> tuple[str, str | None]:
    """A new business with its owner (SYSTEM scope): its public address, and a token when the owner is new here.

    Raises Invalid(business | time_zone | email | name).
    """
    user, token = _user(session, rules.email_of(owner.email), owner.name)
    founded = service.found_another(session, user.id, business, time_zone)
    _note(session, founded.workspace_id, "founded", business)
    return load(session, Workspace, founded.workspace_id).slug, token


def _user(session: Session, email: str, name: str) -> tuple[User, str | None]:
    """The account of this address; a new one has a password nobody knows, and a token to set one."""
    known = session.exec(select(User).where(User.email == email)).first()
    if known is not None:
        return known, None
    user = User(email=email, name=rules.person_name(name or email.partition("@")[0]), created_at=clock.now())
    session.add(user)
    session.flush()
    sign_in.set_password(session, user.id, security.random_token())
    return user, sign_in.new_reset_token(session, email)


def _note(session: Session, workspace_id: int, action: str, subject: str) -> None:
    session.add(
        AuditEntry(
            workspace_id=workspace_id, member_id=None, actor="the operator", action=action, subject=subject, detail={},
            at=clock.now(),
        )
    )  # fmt: skip
