"""Signed-in people for tests of doors and guards: each with a real session in the database."""

from dataclasses import dataclass

from sqlmodel import Session

from careops_app.infra import clock, db
from careops_app.infra.db import SYSTEM
from careops_app.workspace import queries, service, sign_in
from careops_app.workspace.access import Actor, Permission, Role
from careops_app.workspace.models import Member, User

PASSWORD = "a long enough pass phrase"


@dataclass(frozen=True)
class Person:
    """Somebody signed in: the cookie's token, and who that is for the application."""

    token: str
    session_id: int
    actor: Actor

    @property
    def cookie(self) -> str:
        return f"sid={self.token}"


def owner(business: str = "Harbour Clinic", email: str = "olivia@example.com") -> Person:
    """A new business and its owner, signed in."""
    founding = service.Founding("Olivia Owner", email, PASSWORD, business, "Europe/London")
    founded = db.transact_now(service.found, SYSTEM, founding)
    return signed_in(founded.user_id, founded.workspace_id)


def staff(of: Person, *permissions: Permission, email: str = "sam@example.com") -> Person:
    """A member of the same business with these permissions, signed in."""
    return joined(of.actor.workspace_id, *permissions, email=email)


def joined(workspace_id: int, *permissions: Permission, email: str) -> Person:
    """A new member of a business with these permissions, signed in."""
    user_id = db.transact_now(_join, SYSTEM, workspace_id, email, sorted(permissions))
    return signed_in(user_id, workspace_id)


def _join(session: Session, workspace_id: int, email: str, permissions: list[str]) -> int:
    user = User(email=email, name="Sam Staff", created_at=clock.now())
    session.add(user)
    session.flush()
    session.add(
        Member(
            workspace_id=workspace_id,
            user_id=user.id,
            name=user.name,
            role=Role.STAFF,
            permissions=permissions,
            created_at=clock.now(),
        )
    )
    return user.id


def signed_in(user_id: int, workspace_id: int) -> Person:
    """A further session of a user."""
    token = db.transact_now(sign_in.open_session, SYSTEM, user_id, workspace_id).token
    session_id = db.fetch_now(queries.session_id_for_token, SYSTEM, token)
    assert session_id is not None
    actor = db.fetch_now(queries.actor_for_session_id, SYSTEM, session_id)
    assert actor is not None
    return Person(token, session_id, actor)


def sign_out(person: Person) -> None:
    """The session ends, as by the sign-out button in another tab."""
    db.transact_now(sign_in.sign_out, SYSTEM, person.token)
