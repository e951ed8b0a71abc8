"""What is kept of a workspace, its members, their sessions and its links. Credentials are apart from people."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from careops_app.infra.db import Tenant, belongs_to, tenant_args
from careops_app.workspace.access import Role


class Workspace(SQLModel, table=True):
    """One business. `activated_at` opens its public pages; `slug` is its public address."""

    __title__ = "The workspace"
    __tablename__ = "workspace"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9](-?[a-z0-9])*$'", name="slug"),
        CheckConstraint("brand_color ~ '^#[0-9a-f]{6}$'", name="brand_color"),
    )
    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    slug: str = Field(unique=True)
    name: str
    address: str = ""
    phone: str = ""
    contact_email: str
    time_zone: str
    phone_region: str = "GB"
    brand_color: str = "#0b6478"
    contact_intro: str = ""
    contact_form_confirmed_at: datetime | None = None
    steps_skipped: list[str] = Field(default_factory=list, sa_type=ARRAY(String))  # type: ignore[arg-type]
    unanswered_after_minutes: int = 120
    staff_see_all: bool = True  # else staff see their own bookings and those customers only
    zone_data_version: str = ""  # of the time zone data that upcoming bookings were last compared with
    calendar_stamp: int = Field(default=0, sa_type=BigInteger)  # another whenever what decides offers changes (ddl)
    activated_at: datetime | None = None
    is_demo: bool = False
    created_at: datetime


class User(SQLModel, table=True):
    """A person who signs in; may be a member of several workspaces. `email` is normalised."""

    __title__ = "The account"
    __tablename__ = "user_account"
    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    email: str = Field(unique=True)
    name: str
    created_at: datetime


class Credential(SQLModel, table=True):
    """How a user proves to be the one; readable by sign-in only."""

    __tablename__ = "credential"
    user_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="user_account.id", ondelete="CASCADE")
    password_hash: str
    changed_at: datetime


class Member(Tenant, table=True):
    """A user in a workspace, with a role and permissions; `deactivated_at` ends access on the next event."""

    __title__ = "The team member"
    __tablename__ = "member"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "user_id"), CheckConstraint("role in ('owner', 'staff')", name="role")
    )
    user_id: int = Field(sa_type=BigInteger, foreign_key="user_account.id", index=True)
    name: str
    role: Role = Field(sa_type=String)
    permissions: list[str] = Field(default_factory=list, sa_type=ARRAY(String))  # type: ignore[arg-type]
    created_at: datetime
    deactivated_at: datetime | None = None


class SignInSession(SQLModel, table=True):
    """A signed-in browser. Only the digest of its token is kept; `workspace_id` is where it currently works."""

    __tablename__ = "sign_in_session"
    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    token_digest: str = Field(unique=True)
    user_id: int = Field(sa_type=BigInteger, foreign_key="user_account.id", index=True, ondelete="CASCADE")
    workspace_id: int = Field(sa_type=BigInteger, foreign_key="workspace.id", ondelete="CASCADE")
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class PasswordReset(SQLModel, table=True):
    """One request to set a new password: single use, 30 minutes."""

    __tablename__ = "password_reset"
    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    user_id: int = Field(sa_type=BigInteger, foreign_key="user_account.id", ondelete="CASCADE")
    token_digest: str = Field(unique=True)
    nonce: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class Invitation(Tenant, table=True):
    """An offer to join a workspace: by mail, expiring, single use, revocable."""

    __title__ = "The invitation"
    __tablename__ = "invitation"
    __table_args__ = tenant_args(
        belongs_to("invited_by", "member"),
        Index(
            "uq_invitation_open", "workspace_id", "email", unique=True,
            postgresql_where=text("accepted_at is null and revoked_at is null"),
        ),
    )  # fmt: skip
    email: str
    name: str = ""
    role: Role = Field(sa_type=String)
    permissions: list[str] = Field(default_factory=list, sa_type=ARRAY(String))  # type: ignore[arg-type]
    token_digest: str = Field(unique=True)
    nonce: str
    invited_by: int = Field(sa_type=BigInteger)
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    revoked_at: datetime | None = None


class Purpose(StrEnum):
    """What a customer's link is good for; a link is good for one thing only."""

    MANAGE_BOOKING = "manage_booking"
    FORM = "form"
    WAITLIST = "waitlist"  # see the entry, answer an offer, leave the list


class CustomerLink(Tenant, table=True):
    """A capability: who holds the token may do one thing with one record until it expires or is revoked."""

    __tablename__ = "customer_link"
    __table_args__ = tenant_args(UniqueConstraint("workspace_id", "purpose", "subject_id"))
    purpose: Purpose = Field(sa_type=String)
    subject_id: int = Field(sa_type=BigInteger)
    nonce: str
    token_digest: str = Field(unique=True)
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class AuditEntry(Tenant, table=True):
    """Who changed what, append-only: the database role may insert and read, nothing else."""

    __tablename__ = "audit_entry"
    __table_args__ = tenant_args(Index("ix_audit_entry_recent", "workspace_id", "id"))
    member_id: int | None = Field(default=None, sa_type=BigInteger)
    actor: str
    action: str
    subject: str
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    at: datetime


class ApiKey(Tenant, table=True):
    """A key for machines; acts with an owner's reach inside one workspace. Only its digest is kept."""

    __title__ = "The API key"
    __tablename__ = "api_key"
    __table_args__ = tenant_args()
    name: str
    prefix: str
    token_digest: str = Field(unique=True)
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class Restoration(Tenant, table=True):
    """The business was brought back from a backup taken at that instant; until it is released nothing is sent for it."""

    __tablename__ = "restoration"
    __table_args__ = tenant_args(
        belongs_to("released_by", "member"),
        Index("uq_restoration_open", "workspace_id", unique=True, postgresql_where=text("released_at is null")),
    )
    taken_at: datetime
    restored_at: datetime
    released_at: datetime | None = None
    released_by: int | None = Field(default=None, sa_type=BigInteger)  # None: by the operator
