"""What is kept of automation: each rule's look at each event, the owners' settings of rules, and the alert log."""

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
    at: datetime
    decided_at: datetime | None = None


class RuleSetting(Tenant, table=True):
    """What an owner changed about a rule; absent means the defaults of rules.RULES."""

    __tablename__ = "rule_setting"
    __table_args__ = tenant_args(UniqueConstraint("workspace_id", "rule"))
    rule: str
    enabled: bool = True
    delay_minutes: int | None = None


class AlertKind(StrEnum):
    UNANSWERED = "unanswered"
    BOOKING_UNDECIDED = "booking_undecided"
    FORM_OVERDUE = "form_overdue"
    STOCK_LOW = "stock_low"
    MESSAGE_FAILED = "message_failed"
    REMINDER_HELD = "reminder_held"
    CHANNEL_FAILING = "channel_failing"
    AUTOMATION_FAILED = "automation_failed"
    ZONE_CHANGED = "zone_changed"


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
