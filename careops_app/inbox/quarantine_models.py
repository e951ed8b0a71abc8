"""What is kept of inquiries that look like spam: the words as typed, why they wait, and what was decided."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from careops_app.infra.db import Tenant, belongs_to, tenant_args


class Decision(StrEnum):
    """How the waiting ended. PROVEN: the visitor's browser did the work that was asked of it."""

    ACCEPTED = "accepted"
    PROVEN = "proven"
    DISCARDED = "discarded"


class QuarantinedInquiry(Tenant, table=True):
    """An inquiry that waits: no contact, no conversation, no message exists for it, and nothing was sent.

    `network` is a keyed digest: it tells which came from the same place, and not from where.
    """

    __title__ = "The message"
    __tablename__ = "quarantined_inquiry"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "idempotency_key"),
        belongs_to("decided_by", "member"),
        Index(
            "ix_quarantined_inquiry_waiting", "workspace_id", "received_at", postgresql_where=text("decision is null")
        ),
        Index("ix_quarantined_inquiry_age", "received_at"),
        CheckConstraint("decision in ('accepted', 'proven', 'discarded')", name="decision"),
        CheckConstraint("(decision is null) = (decided_at is null)", name="decided"),
        CheckConstraint("decision <> 'proven' or decided_by is null", name="decider"),
    )
    name: str
    email: str = ""
    phone: str = ""
    message: str = ""
    signs: list[str] = Field(default_factory=list, sa_type=JSONB)
    network: str = ""
    idempotency_key: str
    fingerprint: str
    received_at: datetime
    decided_at: datetime | None = None
    decided_by: int | None = Field(default=None, sa_type=BigInteger)
    decision: Decision | None = Field(default=None, sa_type=String)
