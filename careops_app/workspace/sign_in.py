"""Credentials only: signing in and out, resetting a password. All run under SYSTEM; the caller spends the budgets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from careops_app.errors import Invalid, NotFound, Refused
from careops_app.events import PasswordResetRequested
from careops_app.infra import clock, outbox, security, throttle
from careops_app.workspace import rules
from careops_app.workspace.models import Credential, Member, PasswordReset, SignInSession, User, Workspace

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)
RESET_LASTS = timedelta(minutes=30)
TRIES_PER_ACCOUNT = 8
TRIES_PER_ADDRESS = 40
TRY_WINDOW = timedelta(minutes=15)
WRONG = "The e-mail address or the password is not right."


@dataclass(frozen=True)
class SignedIn:
    """The token for the cookie; it exists nowhere else."""

    token: str
    workspace_id: int


def spend_try(session: Session, email: str, address: str) -> None:
    """Count one attempt to sign in for this account and this network address. Raises Throttled."""
    throttle.spend(session, f"sign-in:{email.strip().lower()[:200]}", TRIES_PER_ACCOUNT, TRY_WINDOW)
    throttle.spend(session, f"sign-in-from:{address}", TRIES_PER_ADDRESS, TRY_WINDOW)


def sign_in(session: Session, email: str, password: str) -> SignedIn:
    """Open a session. Raises Refused with one and the same sentence for an unknown account and a wrong password."""
    user = session.exec(select(User).where(User.email == email.strip().lower())).first()
    credential = session.get(Credential, user.id) if user else None
    if not security.password_matches(credential.password_hash if credential else None, password) or user is None:
        raise Refused(WRONG, code="wrong_credentials")
    throttle.forgive(session, f"sign-in:{user.email}")
    return open_session(session, user.id, _first_workspace(session, user.id))


def sign_in_as(session: Session, user_id: int, password: str) -> None:
    """Check a known user's password. Raises Refused."""
    credential = session.get(Credential, user_id)
    if not security.password_matches(credential.password_hash if credential else None, password):
        raise Refused("The password of this account is not right.", code="wrong_credentials")


def open_session(session: Session, user_id: int, workspace_id: int) -> SignedIn:
    """A new session for a user who has just proved to be the one."""
    now, token = clock.now(), security.random_token()
    session.add(
        SignInSession(
            token_digest=security.digest(token), user_id=user_id, workspace_id=workspace_id,
            created_at=now, seen_at=now, expires_at=now + LONGEST,
        )
    )  # fmt: skip
    return SignedIn(token, workspace_id)


def sign_out(session: Session, token: str) -> None:
    """End the session of this token; unknown ones are ignored."""
    session.execute(
        update(SignInSession)
        .where(col(SignInSession.token_digest) == security.digest(token), col(SignInSession.revoked_at).is_(None))
        .values(revoked_at=clock.now())
    )


def end_other_sessions(session: Session, user_id: int, kept_session_id: int) -> int:
    """Sign a user out everywhere but in this session; effective on their next event. Returns how many ended."""
    ended = session.execute(
        update(SignInSession)
        .where(
            col(SignInSession.user_id) == user_id, col(SignInSession.id) != kept_session_id,
            col(SignInSession.revoked_at).is_(None), col(SignInSession.expires_at) > clock.now(),
            col(SignInSession.seen_at) > clock.now() - IDLE,
        )
        .values(revoked_at=clock.now())
        .returning(col(SignInSession.id))
    )  # fmt: skip
    return len(ended.all())


def switch_workspace(session: Session, token: str, workspace_id: int) -> SignedIn:
    """Work in another workspace: the old session ends, a new one begins. Raises NotFound unless an active member there."""
    found = live_session(session, token)
    if found is None or not _is_active_member(session, found.user_id, workspace_id):
        raise NotFound("The workspace")
    sign_out(session, token)
    return open_session(session, found.user_id, workspace_id)


def live_session(session: Session, token: str) -> SignInSession | None:
    """The session of this token when it is neither ended nor too old nor idle for too long."""
    found = session.exec(select(SignInSession).where(SignInSession.token_digest == security.digest(token))).first()
    return found if found is not None and is_live(found) else None


def is_live(found: SignInSession) -> bool:
    now = clock.now()
    return found.revoked_at is None and now < found.expires_at and now < found.seen_at + IDLE


def touch_session(session: Session, session_id: int) -> None:
    """Note that the session is in use; written at most once a minute."""
    now = clock.now()
    session.execute(
        update(SignInSession)
        .where(col(SignInSession.id) == session_id, col(SignInSession.seen_at) < now - timedelta(minutes=1))
        .values(seen_at=now)
    )


def spend_reset(session: Session, email: str, address: str) -> None:
    """Count one request for a new password, whether or not the account exists. Raises Throttled."""
    throttle.spend(session, f"reset-from:{address}", 10, timedelta(hours=1))
    throttle.spend(session, f"reset:{email.strip().lower()[:200]}", 3, timedelta(hours=1))


def request_reset(session: Session, email: str) -> None:
    """Send a link to set a new password, when there is such an account; says nothing about whether there is.

    It takes longer for an account that exists: answer the visitor first.
    """
    user = session.exec(select(User).where(User.email == email.strip().lower())).first()
    if user is None or not (workspaces := _workspaces_of(session, user.id)):
        return
    reset = _new_reset(session, user.id)
    outbox.emit(session, workspaces[0], PasswordResetRequested(reset.id, user.id))


def new_reset_token(session: Session, email: str) -> str:
    """A reset token made by the operator on the machine itself. Raises NotFound."""
    user = session.exec(select(User).where(User.email == email.strip().lower())).first()
    if user is None:
        raise NotFound("The account")
    return reset_token(_new_reset(session, user.id))


def reset_token(reset: PasswordReset) -> str:
    """The token of a reset; only this installation can derive it."""
    return security.derived_token("reset", reset.user_id, reset.nonce)


def open_reset(session: Session, token: str) -> PasswordReset:
    """The reset this token belongs to. Raises NotFound for unknown, used or expired ones."""
    reset = session.exec(
        select(PasswordReset).where(PasswordReset.token_digest == security.digest(token)).with_for_update()
    ).first()
    if reset is None or reset.used_at is not None or reset.expires_at <= clock.now():
        raise NotFound("The link")
    return reset


def set_new_password(session: Session, token: str, password: str) -> None:
    """Use a reset: set the password, end every session of the account. Raises NotFound, Invalid(password)."""
    reset = open_reset(session, token)
    set_password(session, reset.user_id, password)
    now = clock.now()
    reset.used_at = now
    session.add(reset)
    session.execute(
        update(SignInSession)
        .where(col(SignInSession.user_id) == reset.user_id, col(SignInSession.revoked_at).is_(None))
        .values(revoked_at=now)
    )


def set_password(session: Session, user_id: int, password: str) -> None:
    """Store a password's hash. Raises Invalid(password)."""
    if problem := rules.password_problem(password):
        raise Invalid(password=problem)
    credential = session.get(Credential, user_id) or Credential(
        user_id=user_id, password_hash="", changed_at=clock.now()
    )
    credential.password_hash, credential.changed_at = security.hash_password(password), clock.now()
    session.add(credential)


def _new_reset(session: Session, user_id: int) -> PasswordReset:
    now = clock.now()
    reset = PasswordReset(
        user_id=user_id, nonce=security.random_token(), token_digest="", created_at=now, expires_at=now + RESET_LASTS
    )
    reset.token_digest = security.digest(reset_token(reset))
    session.add(reset)
    session.flush()
    return reset


def _workspaces_of(session: Session, user_id: int) -> list[int]:
    return list(
        session.exec(
            select(Member.workspace_id)
            .join(Workspace, col(Workspace.id) == Member.workspace_id)
            .where(Member.user_id == user_id, col(Member.deactivated_at).is_(None))
            .order_by(col(Workspace.is_demo), col(Member.id))
        )
    )


def _first_workspace(session: Session, user_id: int) -> int:
    workspaces = _workspaces_of(session, user_id)
    if not workspaces:
        raise Refused("This account has no active workspace. Ask an owner to invite you.", code="no_workspace")
    return workspaces[0]


def _is_active_member(session: Session, user_id: int, workspace_id: int) -> bool:
    return workspace_id in _workspaces_of(session, user_id)
