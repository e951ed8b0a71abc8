"""What is kept of a contact. Its addresses are its identity: each belongs to one contact of the workspace."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlmodel import Field

from careops_app.contacts.stages import Stage
from careops_app.infra.db import Tenant, belongs_to, tenant_args


class AddressKind(StrEnum):
    EMAIL = "email"
    PHONE = "phone"


class Contact(Tenant, table=True):
    """A person. E-mail addresses and numbers live in ContactAddress."""

    __title__ = "The contact"
    __tablename__ = "contact"
    __table_args__ = tenant_args(
        Index("ix_contact_recent", "workspace_id", "created_at"),
        Index("ix_contact_stage", "workspace_id", "stage", "created_at"),
    )
    name: str
    source: str
    stage: Stage = Field(default=Stage.NEW, sa_type=String)
    time_zone: str | None = None
    created_at: datetime


class ContactAddress(Tenant, table=True):
    """An e-mail address (lower case) or number (E.164); unique in the workspace, so one person stays one contact."""

    __title__ = "The address"
    __tablename__ = "contact_address"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "kind", "value"),
        belongs_to("contact_id", "contact", ondelete="CASCADE"),
        Index("uq_contact_address_primary", "contact_id", "kind", unique=True, postgresql_where=text("is_primary")),
        CheckConstraint("kind in ('email', 'phone')", name="kind"),
    )
    contact_id: int = Field(sa_type=BigInteger)
    kind: AddressKind = Field(sa_type=String)
    value: str
    is_primary: bool = True


class ContactWord(Tenant, table=True):
    """A word a contact can be found by: parts of the name, addresses and numbers, as `rules.search_words` spells them.

    Kept in its own rows in bytewise order, so that a prefix is an index range; under row level security LIKE is not.
    """

    __tablename__ = "contact_word"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "word", "contact_id"),
        belongs_to("contact_id", "contact", ondelete="CASCADE"),
        Index("ix_contact_word_contact", "workspace_id", "contact_id"),
    )
    contact_id: int = Field(sa_type=BigInteger)
    word: str = Field(sa_type=String(collation="C"))  # type: ignore[arg-type]


class ContactTag(Tenant, table=True):
    __tablename__ = "contact_tag"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "contact_id", "tag"),
        belongs_to("contact_id", "contact", ondelete="CASCADE"),
        Index("ix_contact_tag_tag", "workspace_id", "tag", "contact_id"),
    )
    contact_id: int = Field(sa_type=BigInteger)
    tag: str


class ContactNote(Tenant, table=True):
    """What a member wrote about a contact; never leaves the house."""

    __title__ = "The note"
    __tablename__ = "contact_note"
    __table_args__ = tenant_args(
        belongs_to("contact_id", "contact", ondelete="CASCADE"),
        Index("ix_contact_note_contact", "workspace_id", "contact_id", "at"),
    )
    contact_id: int = Field(sa_type=BigInteger)
    member_id: int | None = Field(default=None, sa_type=BigInteger)
    author: str
    body: str
    at: datetime
