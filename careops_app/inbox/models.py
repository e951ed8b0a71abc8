"""What is kept of communication. A Message is both a line of the conversation and the row of the sending queue."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from careops_app.infra.db import Tenant, belongs_to, tenant_args
from careops_app.infra.queue import Queued


class ConversationState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Conversation(Tenant, table=True):
    """The one thread of a contact.

    `waiting_since`: the first customer message that no member has answered yet; None when nobody waits.
    `paused_at`: a staff reply paused automation; `epoch` rises with every pause and resume.
    """

    __title__ = "The conversation"
    __tablename__ = "conversation"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "contact_id"),
        belongs_to("contact_id", "contact", ondelete="CASCADE"),
        belongs_to("paused_by", "member"),
        belongs_to("assigned_to", "member"),
        Index("ix_conversation_recent", "workspace_id", "state", "last_message_at"),
        Index(
            "ix_conversation_listed", "workspace_id", "state", text("waiting_since asc nulls last"),
            text("last_message_at desc"), text("id desc"),
        ),
        Index(
            "ix_conversation_waiting", "workspace_id", "waiting_since",
            postgresql_where=text("waiting_since is not null"),
        ),
        CheckConstraint("state in ('open', 'closed')", name="state"),
    )  # fmt: skip
    contact_id: int = Field(sa_type=BigInteger)
    state: ConversationState = Field(default=ConversationState.OPEN, sa_type=String)
    last_message_at: datetime
    waiting_since: datetime | None = None
    replied_at: datetime | None = None
    unread: int = 0
    assigned_to: int | None = Field(default=None, sa_type=BigInteger)
    paused_at: datetime | None = None
    paused_by: int | None = Field(default=None, sa_type=BigInteger)
    keeps_reminders: bool = False
    epoch: int = 0
    created_at: datetime


class ConversationWord(Tenant, table=True):
    """A word a conversation is found by (words.py), in bytewise order as those of contacts are."""

    __tablename__ = "conversation_word"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "word", "conversation_id"),
        belongs_to("conversation_id", "conversation", ondelete="CASCADE"),
        Index("ix_conversation_word_conversation", "workspace_id", "conversation_id"),
    )
    conversation_id: int = Field(sa_type=BigInteger)
    word: str = Field(sa_type=String(collation="C"))  # type: ignore[arg-type]


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"


class ChannelKind(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    WEB = "web"  # a public form: inbound only


class Author(StrEnum):
    CONTACT = "contact"
    MEMBER = "member"
    AUTOMATION = "automation"


class MessageClass(StrEnum):
    """Why a message goes out; decides its priority and what may stop it."""

    HUMAN = "human"
    TRANSACTIONAL = "transactional"  # answers the customer's own new action; a staff reply never stops it
    AUTOMATION = "automation"  # stops on staff reply
    ALERT = "alert"  # to the owner
    ACCOUNT = "account"  # invitations and password resets


class MessageState(StrEnum):
    RECEIVED = "received"
    NOTED = "noted"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    HELD = "held"
    SKIPPED = "skipped"
    FAILED = "failed"
    BOUNCED = "bounced"
    UNCERTAIN = "uncertain"


class Message(Tenant, Queued, table=True):
    """One message, note or automated send.

    `dedupe_key` names the effect (one welcome, one reminder per booking revision and offset). `about_*` and `revision`
    are re-checked just before sending. Messages to the business itself (alerts, accounts) have no conversation.
    `invite` holds the facts of a calendar attachment. `rfc_message_id` is fixed at insert. `provider` is who took it, or
    is to take it: “captured” means that nothing left the machine. `probe_at`: in doubt, looked for again then (probing.py). A
    trigger keeps `state` to MAY_BECOME.
    """

    __title__ = "The message"
    __tablename__ = "message"
    __table_args__ = tenant_args(
        belongs_to("conversation_id", "conversation", ondelete="CASCADE"),
        belongs_to("member_id", "member"),
        Index("uq_message_dedupe_key", "workspace_id", "dedupe_key", unique=True),
        Index("ix_message_thread", "conversation_id", "at", "id"),
        Index("uq_message_rfc_message_id", "workspace_id", "rfc_message_id", unique=True),
        Index("ix_message_due", "class", "due_at", "id", postgresql_where=text("due_at is not null")),
        Index("ix_message_leaving", "lease_until", postgresql_where=text("state = 'sending'")),
        Index("ix_message_doubt", "probe_at", postgresql_where=text("probe_at is not null")),
        Index("ix_message_waiting", "workspace_id", "channel", postgresql_where=text("due_at is not null")),
        Index(
            "ix_message_attention", "workspace_id", "state",
            postgresql_where=text("state in ('held','failed','bounced','uncertain')"),
        ),
        Index("ix_message_about", "workspace_id", "about", "about_id"),
        Index("ix_message_event", "workspace_id", "event_id", postgresql_where=text("event_id is not null")),
        Index("ix_message_rule", "workspace_id", "rule", postgresql_where=text("state in ('queued', 'held')")),
        Index("ix_message_captured", "workspace_id", "id", postgresql_where=text("provider = 'captured'")),
        CheckConstraint("direction in ('in', 'out', 'note')", name="direction"),
        CheckConstraint("channel in ('email', 'sms', 'web')", name="channel"),
        CheckConstraint("class in ('human', 'transactional', 'automation', 'alert', 'account')", name="class"),
        CheckConstraint("author in ('contact', 'member', 'automation')", name="author"),
        CheckConstraint("(conversation_id is null) = (class in ('alert', 'account'))", name="conversation"),
        CheckConstraint("(due_at is not null) = (state = 'queued' or state = 'sending')", name="due"),
        CheckConstraint("probe_at is null or state = 'uncertain'", name="probe"),
        CheckConstraint("author <> 'automation' or (rule is not null and event_id is not null)", name="provenance"),
    )  # fmt: skip
    conversation_id: int | None = Field(default=None, sa_type=BigInteger)
    direction: Direction = Field(sa_type=String)
    channel: ChannelKind | None = Field(default=None, sa_type=String)
    message_class: MessageClass = Field(default=MessageClass.HUMAN, sa_type=String, sa_column_kwargs={"name": "class"})
    author: Author = Field(sa_type=String)
    member_id: int | None = Field(default=None, sa_type=BigInteger)
    author_name: str = ""
    rule: str | None = None
    event_id: int | None = Field(default=None, sa_type=BigInteger)
    template: str | None = None
    recipient: str | None = None
    subject: str = ""
    body: str = ""
    invite: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    about: str | None = None  # "booking" | "form_request" | "item" | "inquiry" | "invitation" | "password_reset"
    about_id: int | None = Field(default=None, sa_type=BigInteger)
    revision: int | None = None
    stops_on_reply: bool = False
    rule_version: int | None = None  # of the rule whose words these are; 0: as it came
    rule_since: datetime | None = None  # since when it was planned: which version of the rule counts for it
    step_minutes: int | None = None  # which of the rule's moments it belongs to
    epoch: int = 0
    state: MessageState = Field(sa_type=String)
    reason: str | None = None
    not_after: datetime | None = None
    dedupe_key: str | None = None
    rfc_message_id: str | None = None
    in_reply_to: str | None = None
    provider: str | None = None
    provider_ref: str | None = None
    at: datetime
    sent_at: datetime | None = None
    probe_at: datetime | None = None


class Outcome(StrEnum):
    """How one try ended. RETRY: a definite temporary no. UNCERTAIN: it may have been accepted."""

    STARTED = "started"
    ACCEPTED = "accepted"
    CAPTURED = "captured"
    RETRY = "retry"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


class DeliveryAttempt(Tenant, table=True):
    """One try to hand a message over: written before the first byte leaves, completed once, never changed again."""

    __tablename__ = "delivery_attempt"
    __table_args__ = tenant_args(
        belongs_to("message_id", "message", ondelete="CASCADE"),
        Index("ix_delivery_attempt_message", "workspace_id", "message_id", "id"),
        Index("ix_delivery_attempt_day", "workspace_id", "channel", "at"),
        CheckConstraint("outcome in ('started','accepted','captured','retry','refused','uncertain')", name="outcome"),
        CheckConstraint("(outcome = 'started') = (ended_at is null)", name="ended"),
    )
    message_id: int = Field(sa_type=BigInteger)
    number: int
    channel: ChannelKind = Field(sa_type=String)
    provider: str
    lease_token: str
    outcome: Outcome = Field(default=Outcome.STARTED, sa_type=String)
    code: str = ""
    detail: str = ""
    at: datetime
    ended_at: datetime | None = None


class ChannelAccount(Tenant, table=True):
    """How a workspace sends and receives on one channel. `sealed` holds its settings and credentials, encrypted.

    `failing_since` begins an outage; until `retry_at` no message is tried, they wait. `failures` counts tries in a row.
    `daily_cap`: how many the provider takes within 24 hours; None when it does not say.
    """

    __title__ = "The channel"
    __tablename__ = "channel_account"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "kind"),
        CheckConstraint("kind in ('email', 'sms')", name="kind"),
        CheckConstraint("daily_cap > 0", name="daily_cap"),
    )
    kind: ChannelKind = Field(sa_type=String)
    provider: str  # captured | smtp | gmail | twilio
    sender: str
    sender_name: str = ""
    sealed: str = ""
    tested_at: datetime | None = None
    failing_since: datetime | None = None
    failure: str | None = None
    failures: int = 0
    retry_at: datetime | None = None
    daily_cap: int | None = None
    created_at: datetime


class Wording(Tenant, table=True):
    """A workspace's own text for a template; the defaults live in inbox/templates.py."""

    __tablename__ = "wording"
    __table_args__ = tenant_args(UniqueConstraint("workspace_id", "template"))
    template: str
    subject: str
    body: str


class Inquiry(Tenant, table=True):
    """The public contact form as it was typed: differing values stay here, the contact is not overwritten."""

    __title__ = "The inquiry"
    __tablename__ = "inquiry"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "idempotency_key"),
        belongs_to("conversation_id", "conversation", ondelete="CASCADE"),
        belongs_to("contact_id", "contact", ondelete="CASCADE"),
    )
    conversation_id: int = Field(sa_type=BigInteger)
    contact_id: int = Field(sa_type=BigInteger)
    name: str
    email: str = ""
    phone: str = ""
    message: str = ""
    differing: list[dict[str, str]] = Field(default_factory=list, sa_type=JSONB)  # field, known, given
    idempotency_key: str
    fingerprint: str
    at: datetime
