"""What is kept for text messages: who must not be written to, what the provider reported, and the workspace's limits."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from careops_app.inbox.models import ChannelKind
from careops_app.infra.db import Tenant, belongs_to, tenant_args


def _default(words: str) -> dict[str, Any]:
    return {"server_default": text(words)}


class Suppression(Tenant, table=True):
    """An address that must not be written to on a channel, until `lifted_at`. Of the address only a digest is kept."""

    __title__ = "The suppression"
    __tablename__ = "suppression"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "channel", "address_digest"),
        CheckConstraint("channel in ('email', 'sms')", name="channel"),
    )
    channel: ChannelKind = Field(sa_type=String)
    address_digest: str
    reason: str
    at: datetime
    lifted_at: datetime | None = None


class Reported(StrEnum):
    """What a provider says became of a message after it was taken."""

    TAKEN = "taken"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


class DeliveryEvent(Tenant, table=True):
    """One report of the provider, in the order of arrival; the same report once. Never changed."""

    __tablename__ = "delivery_event"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "external_id"),
        belongs_to("message_id", "message", ondelete="CASCADE"),
        Index("ix_delivery_event_message", "workspace_id", "message_id", "id"),
        CheckConstraint("kind in ('taken', 'delivered', 'undelivered')", name="kind"),
    )
    message_id: int = Field(sa_type=BigInteger)
    external_id: str
    kind: Reported = Field(sa_type=String)
    ref: str
    code: str = ""
    at: datetime


class TextSetting(Tenant, table=True):
    """The workspace's limits for text messages, and how many it sent on `counted_on`, the venue's day.

    `quiet_from` and `quiet_until` are minutes of the day. No countries: the one of the business. `hook_token` is the
    address at which the provider reports. `warned_on`: the day whose limit was reached, while that lasts.
    """

    __title__ = "The limits for texts"
    __tablename__ = "text_setting"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id"),
        UniqueConstraint("hook_token"),
        CheckConstraint("quiet_from between 0 and 1439 and quiet_until between 0 and 1439", name="quiet"),
        CheckConstraint("daily_cap between 1 and 100000 and counted >= 0", name="daily_cap"),
    )
    hook_token: str
    quiet_from: int = Field(default=1260, sa_column_kwargs=_default("1260"))
    quiet_until: int = Field(default=480, sa_column_kwargs=_default("480"))
    countries: list[str] = Field(default_factory=list, sa_type=ARRAY(String), sa_column_kwargs=_default("'{}'"))  # type: ignore[arg-type]
    daily_cap: int = Field(default=250, sa_column_kwargs=_default("250"))
    counted_on: date | None = None
    counted: int = Field(default=0, sa_column_kwargs=_default("0"))
    warned_on: date | None = None
