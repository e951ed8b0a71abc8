"""What is kept of automation: rules' looks at events, their versions, stops, exceptions from the plan, and alerts."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from careops_app.automation.terms import Waiting
from careops_app.infra.db import Tenant, belongs_to, tenant_args
from careops_app.infra.queue import Queued


class RunState(StrEnum):
    WAITING = "waiting"
    FIRED = "fired"
    SKIPPED = "skipped"
    HELD = "held"
    FAILED = "failed"


class AutomationRun(Tenant, Queued, table=True):
    """One rule's decision about one event, with its reason. Unique per (event, rule): nothing fires twice.

    `checks`: what was looked at, in order, each with why it does not hold or None (looking.py). `replays` counts how often
    somebody had it carried out again after it had failed.
    """

    __title__ = "The run"
    __tablename__ = "automation_run"
    __table_args__ = tenant_args(
        belongs_to("event_id", "outbox_event", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "event_id", "rule"),
        Index("ix_automation_run_due", "due_at", postgresql_where=text("due_at is not null")),
        Index("ix_automation_run_rule", "workspace_id", "rule", "id"),
        Index("ix_automation_run_contact", "workspace_id", "contact_id", "id"),
        CheckConstraint("(state = 'waiting') = (due_at is not null)", name="due"),
    )
    event_id: int = Field(sa_type=BigInteger)
    event_name: str
    rule: str
    contact_id: int | None = Field(default=None, sa_type=BigInteger)
    state: RunState = Field(default=RunState.WAITING, sa_type=String)
    reason: str = ""
    done: int = 0  # how many of the rule's actions have been carried out
    checks: list[list[Any]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": text("'[]'::jsonb")}
    )
    replays: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    version: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})  # of the rule; 0: as it came
    at: datetime
    decided_at: datetime | None = None


class RuleVersion(Tenant, table=True):
    """One change of a rule by an owner: how it stands from `made_at` on. Rows are only added.

    Numbers count up over the whole rule, its services included, so that a run names its version with one number. For one
    service (`service_id`) None in a part means as the rule says; for the rule itself as CareOps came. `waiting` says what
    becomes of messages that were planned before. `steps`: [{minutes, via, since}].
    """

    __tablename__ = "rule_version"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "rule", "number"),
        belongs_to("service_id", "service", ondelete="CASCADE"),
        belongs_to("made_by", "member"),
        CheckConstraint("waiting in ('keep', 'update', 'drop', 'anew')", name="waiting"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("(subject is null) = (body is null) and (body is null) = (text is null)", name="words"),
    )
    rule: str
    service_id: int | None = Field(default=None, sa_type=BigInteger)
    number: int
    made_at: datetime
    made_by: int | None = Field(default=None, sa_type=BigInteger)
    made_by_name: str
    waiting: Waiting = Field(sa_type=String)
    enabled: bool | None = None
    steps: list[dict[str, Any]] | None = Field(default=None, sa_type=JSONB(none_as_null=True))  # type: ignore[arg-type]
    subject: str | None = None
    body: str | None = None
    text: str | None = None


class AutomationStop(Tenant, table=True):
    """A kill switch that was pulled: of all automation, or of automatic messages to one contact. At most one open each."""

    __title__ = "The stop"
    __tablename__ = "automation_stop"
    __table_args__ = tenant_args(
        belongs_to("contact_id", "contact", ondelete="CASCADE"),
        belongs_to("stopped_by", "member"),
        belongs_to("lifted_by", "member"),
        Index(
            "uq_automation_stop_open", "workspace_id", text("coalesce(contact_id, 0)"), unique=True,
            postgresql_where=text("lifted_at is null"),
        ),
    )  # fmt: skip
    contact_id: int | None = Field(default=None, sa_type=BigInteger)
    stopped_at: datetime
    stopped_by: int | None = Field(default=None, sa_type=BigInteger)
    stopped_by_name: str
    lifted_at: datetime | None = None
    lifted_by: int | None = Field(default=None, sa_type=BigInteger)


class PlanChange(Tenant, table=True):
    """What somebody on the team decided about one planned message: it is skipped, or goes out in these words.

    The plan itself is derived and never stored; only such exceptions are. `words` None: it is skipped.
    """

    __title__ = "The planned message"
    __tablename__ = "plan_change"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "about", "about_id", "rule", "minutes"),
        belongs_to("contact_id", "contact", ondelete="CASCADE"),
        belongs_to("made_by", "member"),
        CheckConstraint("about in ('booking', 'form_request')", name="about"),
    )
    about: str
    about_id: int = Field(sa_type=BigInteger)
    contact_id: int = Field(sa_type=BigInteger)
    rule: str
    minutes: int
    words: dict[str, str] | None = Field(default=None, sa_type=JSONB(none_as_null=True))  # type: ignore[arg-type]
    made_at: datetime
    made_by: int | None = Field(default=None, sa_type=BigInteger)
    made_by_name: str


class AlertKind(StrEnum):
    UNANSWERED = "unanswered"
    BOOKING_UNDECIDED = "booking_undecided"
    FORM_OVERDUE = "form_overdue"
    STOCK_LOW = "stock_low"
    MESSAGE_FAILED = "message_failed"
    REMINDER_HELD = "reminder_held"
    CHANNEL_FAILING = "channel_failing"
    MAILBOX_FAILING = "mailbox_failing"
    AUTOMATION_FAILED = "automation_failed"
    ZONE_CHANGED = "zone_changed"
    WORKER_LATE = "worker_late"


class Alert(Tenant, table=True):
    """Something needs a person. One open alert per kind and subject; it closes by itself when the cause is gone."""

    __title__ = "The alert"
    __tablename__ = "alert"
    __table_args__ = tenant_args(
        Index(
            "uq_alert_open", "workspace_id", "kind", "subject_id", unique=True,
            postgresql_where=text("resolved_at is null"),
        ),
        Index("ix_alert_log", "workspace_id", "id"),
        belongs_to("seen_by", "member"),
    )  # fmt: skip
    kind: AlertKind = Field(sa_type=String)
    subject_id: int = Field(sa_type=BigInteger)
    title: str
    detail: str = ""
    link: str
    due_at: datetime | None = None
    rule: str
    event_id: int = Field(sa_type=BigInteger)
    raised_at: datetime
    seen_at: datetime | None = None
    seen_by: int | None = Field(default=None, sa_type=BigInteger)
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    resolution: str = ""
