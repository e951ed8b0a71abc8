"""What is kept of mail that comes in: how far each mailbox was read, each mail as it came, and what became of it."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, String, UniqueConstraint, text
from sqlmodel import Field

from careops_app.infra.db import Tenant, belongs_to, tenant_args
from careops_app.infra.queue import Queued


class Mailbox(Tenant, table=True):
    """A mailbox that is read, by one worker at a time: whoever holds the lease.

    `since`: mail that was there before is none of our business. `synced_at`: everything that had come by then is stored.
    `failing_since` begins an outage; until `retry_at` nobody tries.
    """

    __title__ = "The mailbox"
    __tablename__ = "mailbox"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id"),
        belongs_to("account_id", "channel_account", ondelete="CASCADE"),
        CheckConstraint("(lease_token is null) = (lease_until is null)", name="lease"),
    )
    account_id: int = Field(sa_type=BigInteger)
    server: str  # host and user name: a change of either is another mailbox
    since: datetime
    synced_at: datetime | None = None
    compared_at: datetime | None = None
    failing_since: datetime | None = None
    failure: str | None = None
    failures: int = 0
    retry_at: datetime | None = None
    lease_token: str | None = None
    lease_until: datetime | None = None


class FolderRole(StrEnum):
    INBOX = "inbox"
    SENT = "sent"


class MailFolder(Tenant, table=True):
    """How far a folder was read (RFC 3501 2.3.1.1). Numbers up to `first_uid` were there before we came.

    Another `uid_validity` means that all numbers are new: then the folder is read again by date.
    """

    __tablename__ = "mail_folder"
    __table_args__ = tenant_args(
        belongs_to("mailbox_id", "mailbox", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "mailbox_id", "role"),
        CheckConstraint("role in ('inbox', 'sent')", name="role"),
        CheckConstraint("last_uid >= 0 and first_uid >= 0", name="uid"),
    )
    mailbox_id: int = Field(sa_type=BigInteger)
    role: FolderRole = Field(sa_type=String)
    name: str
    uid_validity: int = Field(sa_type=BigInteger)
    first_uid: int = Field(sa_type=BigInteger)
    last_uid: int = Field(sa_type=BigInteger)


class MailState(StrEnum):
    """What became of a mail. Only FILED and STAFF make something happen; UNVERIFIED waits for a person's decision."""

    WAITING = "waiting"
    FILED = "filed"  # a line of its sender's conversation
    AUTOMATIC = "automatic"  # a line too, but nobody waits for an answer
    STAFF = "staff"  # somebody of the team wrote it, outside CareOps
    REPORT = "report"  # about one of our own messages
    UNVERIFIED = "unverified"
    UNREADABLE = "unreadable"
    IGNORED = "ignored"
    DISCARDED = "discarded"


class InboundMail(Tenant, Queued, table=True):
    """One mail from a mailbox, stored before anything of it is read. `identity` is its Message-ID with its words.

    `conversation_id` of an unverified one: where Accept would put it. `sender` and `subject` are as the mail says.
    """

    __title__ = "The mail"
    __tablename__ = "inbound_mail"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "role", "identity"),
        belongs_to("message_id", "message", ondelete="CASCADE"),
        belongs_to("conversation_id", "conversation", ondelete="CASCADE"),
        belongs_to("decided_by", "member"),
        Index("ix_inbound_mail_due", "due_at", postgresql_where=text("due_at is not null")),
        Index("ix_inbound_mail_message", "workspace_id", "message_id"),
        Index("ix_inbound_mail_uid", "workspace_id", "role", "uid_validity", "uid"),
        Index(
            "ix_inbound_mail_decide", "workspace_id", "received_at",
            postgresql_where=text("state in ('unverified', 'unreadable')"),
        ),
        CheckConstraint("role in ('inbox', 'sent')", name="role"),
        CheckConstraint(
            "state in ('waiting','filed','automatic','staff','report','unverified','unreadable','ignored','discarded')",
            name="state",
        ),
        CheckConstraint("(state = 'waiting') = (due_at is not null)", name="due"),
        CheckConstraint("state not in ('filed', 'automatic', 'staff') or message_id is not null", name="message"),
    )  # fmt: skip
    role: FolderRole = Field(sa_type=String)
    uid_validity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    identity: str
    size: int
    received_at: datetime
    state: MailState = Field(default=MailState.WAITING, sa_type=String)
    reason: str = ""
    message_id: int | None = Field(default=None, sa_type=BigInteger)
    conversation_id: int | None = Field(default=None, sa_type=BigInteger)
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    body: str = ""
    quoted: str = ""
    html: str = ""
    html_problem: str = ""
    decided_at: datetime | None = None
    decided_by: int | None = Field(default=None, sa_type=BigInteger)


class InboundRaw(Tenant, table=True):
    """The bytes of a mail as they came; forgotten after a month."""

    __tablename__ = "inbound_raw"
    __table_args__ = tenant_args(
        belongs_to("mail_id", "inbound_mail", ondelete="CASCADE"), UniqueConstraint("workspace_id", "mail_id")
    )
    mail_id: int = Field(sa_type=BigInteger)
    content: bytes = Field(sa_type=LargeBinary)


class MailFile(Tenant, table=True):
    """A file that came with a mail: its bytes are in the file store under `key`, or `problem` says why they are not."""

    __title__ = "The file"
    __tablename__ = "mail_file"
    __table_args__ = tenant_args(
        belongs_to("mail_id", "inbound_mail", ondelete="CASCADE"),
        Index("ix_mail_file_mail", "workspace_id", "mail_id"),
        UniqueConstraint("key"),
        CheckConstraint("(key is null) = (problem <> '')", name="kept"),
    )
    mail_id: int = Field(sa_type=BigInteger)
    name: str
    content_type: str = ""
    size: int = 0
    sha256: str = ""
    key: str | None = None
    problem: str = ""
