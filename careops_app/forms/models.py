"""What is kept of forms. Answers stay tied to the version of the questions they answered."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from careops_app.infra.db import Tenant, belongs_to, tenant_args


class Form(Tenant, table=True):
    """A form owners build; its questions are in FormVersion, the newest one is sent."""

    __title__ = "The form"
    __tablename__ = "form"
    __table_args__ = tenant_args()
    name: str
    intro: str = ""
    created_at: datetime
    retired_at: datetime | None = None


class FormVersion(Tenant, table=True):
    """Questions and documents as they were at one time; never changed once a request points here.

    `questions` is the JSON of rules.Question.
    """

    __title__ = "The form version"
    __tablename__ = "form_version"
    __table_args__ = tenant_args(
        belongs_to("form_id", "form", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "form_id", "number"),
        CheckConstraint("number >= 1", name="number"),
    )
    form_id: int = Field(sa_type=BigInteger)
    number: int
    questions: list[dict[str, Any]] = Field(sa_type=JSONB)
    created_at: datetime


class StoredFile(Tenant, table=True):
    """A file's name, sniffed type and digest; its bytes are in the file store (infra.files) under `key`."""

    __title__ = "The file"
    __tablename__ = "stored_file"
    __table_args__ = tenant_args()
    key: str = Field(unique=True)
    name: str
    content_type: str
    size: int
    sha256: str
    at: datetime


class FormDocument(Tenant, table=True):
    """A document to read before answering: an agreement or supporting paper. Part of a version, like the questions."""

    __title__ = "The document"
    __tablename__ = "form_document"
    __table_args__ = tenant_args(
        belongs_to("version_id", "form_version", ondelete="CASCADE"),
        belongs_to("file_id", "stored_file"),
        Index("ix_form_document_version", "workspace_id", "version_id", "id"),
    )
    version_id: int = Field(sa_type=BigInteger)
    file_id: int = Field(sa_type=BigInteger)
    title: str


class ServiceForm(Tenant, table=True):
    """Bookings of this service ask for this form."""

    __tablename__ = "service_form"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "service_id", "form_id"),
        belongs_to("service_id", "service", ondelete="CASCADE"),
        belongs_to("form_id", "form", ondelete="CASCADE"),
    )
    service_id: int = Field(sa_type=BigInteger)
    form_id: int = Field(sa_type=BigInteger)


class FormRequest(Tenant, table=True):
    """A form asked of a contact, usually for a booking. Its status is derived from its instants (rules.status)."""

    __title__ = "The form"
    __tablename__ = "form_request"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "booking_id", "form_id"),
        belongs_to("form_id", "form"),
        belongs_to("version_id", "form_version"),
        belongs_to("booking_id", "booking", ondelete="CASCADE"),
        belongs_to("contact_id", "contact", ondelete="CASCADE"),
        Index("ix_form_request_due", "workspace_id", "due_at"),
        Index("ix_form_request_contact", "workspace_id", "contact_id"),
        Index(
            "ix_form_request_unfinished", "due_at",
            postgresql_where=text("submitted_at is null and waived_at is null and withdrawn_at is null"),
        ),
        CheckConstraint("(waived_at is null) = (waived_by is null)", name="waived"),
    )  # fmt: skip
    form_id: int = Field(sa_type=BigInteger)
    version_id: int = Field(sa_type=BigInteger)
    booking_id: int | None = Field(default=None, sa_type=BigInteger)
    contact_id: int = Field(sa_type=BigInteger)
    due_at: datetime
    created_at: datetime
    sent_at: datetime | None = None
    opened_at: datetime | None = None
    submitted_at: datetime | None = None
    waived_at: datetime | None = None
    waived_by: str | None = None
    waived_reason: str = ""
    withdrawn_at: datetime | None = None  # its booking was cancelled


class Submission(Tenant, table=True):
    """The answers, by question key, as given; one per request."""

    __title__ = "The answers"
    __tablename__ = "submission"
    __table_args__ = tenant_args(
        belongs_to("request_id", "form_request", ondelete="CASCADE"), UniqueConstraint("workspace_id", "request_id")
    )
    request_id: int = Field(sa_type=BigInteger)
    answers: dict[str, Any] = Field(sa_type=JSONB)
    at: datetime


class SubmissionFile(Tenant, table=True):
    """A file a customer uploaded as the answer to one question, perhaps before the other answers were complete."""

    __title__ = "The file"
    __tablename__ = "submission_file"
    __table_args__ = tenant_args(
        belongs_to("request_id", "form_request", ondelete="CASCADE"),
        belongs_to("file_id", "stored_file"),
        UniqueConstraint("workspace_id", "request_id", "question"),
    )
    request_id: int = Field(sa_type=BigInteger)
    question: str
    file_id: int = Field(sa_type=BigInteger)
