"""What is kept of stock. The ledger is append-only; a trigger keeps each item's totals equal to its sum."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlmodel import Field

from careops_app.infra.db import Tenant, belongs_to, tenant_args


class MovementKind(StrEnum):
    RECEIVE = "receive"
    ADJUST = "adjust"  # count or correction
    WASTE = "waste"
    RESERVE = "reserve"
    RELEASE = "release"
    CONSUME = "consume"
    UNDO = "undo"  # counter-entry of another movement


class ShortagePolicy(StrEnum):
    """What becomes of new bookings when there is not enough left; customers never read a word of stock."""

    WARN = "warn"  # they go on; the dashboard says so
    APPROVE = "approve"  # they need approval
    HIDE = "hide"  # the service offers no times


class Item(Tenant, table=True):
    """Something services use up. `on_hand` and `reserved` are written by the ledger's trigger only."""

    __title__ = "The item"
    __tablename__ = "item"
    __table_args__ = tenant_args(
        CheckConstraint("on_hand >= 0", name="on_hand"), CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("threshold >= 0", name="threshold"),
        CheckConstraint("shortage_policy in ('warn', 'approve', 'hide')", name="shortage_policy"),
        Index(
            "uq_item_name", "workspace_id", text("lower(name)"), unique=True,
            postgresql_where=text("retired_at is null"),
        ),
    )  # fmt: skip
    name: str
    unit: str
    threshold: Decimal = Field(default=Decimal(0), max_digits=12, decimal_places=2)
    supplier: str = ""
    cost_text: str = ""
    shortage_policy: ShortagePolicy = Field(default=ShortagePolicy.WARN, sa_type=String)
    reusable: bool = False  # towels: needed by a visit, not used up by it; never reserved
    on_hand: Decimal = Field(default=Decimal(0), max_digits=12, decimal_places=2)
    reserved: Decimal = Field(default=Decimal(0), max_digits=12, decimal_places=2)
    low_since: datetime | None = None  # set on crossing below the threshold, cleared on restock
    created_at: datetime
    retired_at: datetime | None = None


class StockMovement(Tenant, table=True):
    """One entry of the ledger: who, why, for which booking. Never changed, never deleted."""

    __title__ = "The movement"
    __tablename__ = "stock_movement"
    __table_args__ = tenant_args(
        belongs_to("item_id", "item"),
        belongs_to("booking_id", "booking"),
        belongs_to("undoes_id", "stock_movement"),
        belongs_to("member_id", "member"),
        Index(
            "uq_stock_movement_once", "workspace_id", "booking_id", "item_id", "kind", unique=True,
            postgresql_where=text("kind in ('reserve','release','consume')"),
        ),
        Index("uq_stock_movement_undone", "workspace_id", "undoes_id", unique=True),
        Index("ix_stock_movement_item", "workspace_id", "item_id", "id"),
        Index(
            "ix_stock_movement_booking", "workspace_id", "booking_id",
            postgresql_where=text("booking_id is not null"),
        ),
        CheckConstraint("kind in ('receive','adjust','waste','reserve','release','consume','undo')", name="kind"),
        CheckConstraint("kind not in ('reserve','release','consume') or booking_id is not null", name="booking"),
        CheckConstraint("(kind = 'undo') = (undoes_id is not null)", name="undo"),
    )  # fmt: skip
    item_id: int = Field(sa_type=BigInteger)
    kind: MovementKind = Field(sa_type=String)
    on_hand_change: Decimal = Field(default=Decimal(0), max_digits=12, decimal_places=2)
    reserved_change: Decimal = Field(default=Decimal(0), max_digits=12, decimal_places=2)
    booking_id: int | None = Field(default=None, sa_type=BigInteger)
    undoes_id: int | None = Field(default=None, sa_type=BigInteger)
    member_id: int | None = Field(default=None, sa_type=BigInteger)
    author: str
    reason: str = ""
    at: datetime


class ServiceSupply(Tenant, table=True):
    """One booking of this service uses this much of this item."""

    __tablename__ = "service_supply"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "service_id", "item_id"),
        belongs_to("service_id", "service", ondelete="CASCADE"),
        belongs_to("item_id", "item", ondelete="CASCADE"),
        CheckConstraint("quantity > 0", name="quantity"),
    )
    service_id: int = Field(sa_type=BigInteger)
    item_id: int = Field(sa_type=BigInteger)
    quantity: Decimal = Field(max_digits=12, decimal_places=2)
