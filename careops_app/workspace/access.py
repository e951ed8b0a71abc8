"""Roles, permissions and who the actor is. The one table that says which role may do what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from careops_app.errors import Forbidden


class Role(StrEnum):
    OWNER = "owner"
    STAFF = "staff"


class Permission(StrEnum):
    """What a member may do. MEMBER is what every member has; CONFIGURE belongs to owners alone."""

    MEMBER = "member"
    INBOX = "inbox"
    BOOKINGS = "bookings"
    FORMS = "forms"
    INVENTORY = "inventory"
    CONFIGURE = "configure"


GRANTABLE = frozenset({Permission.INBOX, Permission.BOOKINGS, Permission.FORMS, Permission.INVENTORY})
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.STAFF: frozenset({Permission.MEMBER}),
}


@dataclass(frozen=True)
class Actor:
    """Who acts, and in which workspace; always loaded from the database, never from the browser.

    `member_id` is None for an API key, which acts with an owner's permissions. Unless `sees_all`, the database shows this
    member their own visits and customers only, in every query and to every command (workspace/sight.py).
    """

    workspace_id: int
    member_id: int | None
    user_id: int | None
    session_id: int | None
    name: str
    role: Role
    permissions: frozenset[Permission]
    sees_all: bool = True

    @property
    def sees_only(self) -> int | None:
        """The member whose rows are all there is, or None."""
        return None if self.sees_all else self.member_id

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


def permissions_of(role: Role, granted: list[str]) -> frozenset[Permission]:
    """The role's own permissions plus the grantable ones this member was given."""
    return GRANTS[role] | (GRANTABLE & {Permission(name) for name in granted})


def require(actor: Actor, permission: Permission) -> None:
    """Raise Forbidden unless the actor has the permission."""
    if not actor.may(permission):
        raise Forbidden(permission.value)


def operator(workspace_id: int) -> Actor:
    """Whoever runs this installation, acting in one business from the command line; no member of it."""
    return Actor(workspace_id, None, None, None, "the operator", Role.OWNER, frozenset(Permission))
