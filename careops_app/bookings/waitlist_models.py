"""What is kept of the waitlist: who would come, and which freed times were offered to whom."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlmodel import Field

from careops_app.infra.db import Tenant, belongs_to, tenant_args


class WaitlistStatus(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # the last day of the wish has passed


class WaitlistEntry(Tenant, table=True):
    """Somebody who would come if a time became free on the dates first_on to last_on of the venue's calendar.

    `from_minute` and `until_minute` narrow it on the venue's clock. First come, first offered.
    """

    __title__ = "The waitlist entry"
    __tablename__ = "waitlist_entry"
    __table_args__ = tenant_args(
        belongs_to("service_id", "service", ondelete="CASCADE"),
        belongs_to("staff_id", "resource", ondelete="CASCADE"),
        belongs_to("contact_id", "contact", ondelete="CASCADE"),
        belongs_to("booking_id", "booking"),
        Index("ix_waitlist_entry_match", "workspace_id", "service_id", "status", "first_on"),
        Index("ix_waitlist_entry_contact", "workspace_id", "contact_id"),
        Index(
            "uq_waitlist_entry_open", "workspace_id", "service_id", "contact_id", unique=True,
            postgresql_where=text("status in ('waiting', 'offered')"),
        ),
        UniqueConstraint("workspace_id", "idempotency_key"),
        CheckConstraint("first_on <= last_on", name="days"),
        CheckConstraint("0 <= from_minute and from_minute < until_minute and until_minute <= 1440", name="window"),
        CheckConstraint("status in ('waiting', 'offered', 'booked', 'withdrawn', 'expired')", name="status"),
    )  # fmt: skip
    service_id: int = Field(sa_type=BigInteger)
    staff_id: int | None = Field(default=None, sa_type=BigInteger)
    contact_id: int = Field(sa_type=BigInteger)
    first_on: date
    last_on: date
    from_minute: int = 0
    until_minute: int = 1440
    seats: int = 1
    note: str = ""
    given_name: str = ""
    given_email: str = ""
    given_phone: str = ""
    customer_time_zone: str | None = None
    status: WaitlistStatus = Field(default=WaitlistStatus.WAITING, sa_type=String)
    booking_id: int | None = Field(default=None, sa_type=BigInteger)
    idempotency_key: str
    created_at: datetime


class OfferOutcome(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"


class WaitlistOffer(Tenant, table=True):
    """A freed time held for one entry of the waitlist until `expires_at`; then it passes on to the next."""

    __title__ = "The offer"
    __tablename__ = "waitlist_offer"
    __table_args__ = tenant_args(
        belongs_to("entry_id", "waitlist_entry", ondelete="CASCADE"),
        belongs_to("service_id", "service", ondelete="CASCADE"),
        belongs_to("staff_id", "resource", ondelete="CASCADE"),
        Index(
            "uq_waitlist_offer_open", "workspace_id", "entry_id", unique=True, postgresql_where=text("outcome = 'open'")
        ),
        Index("uq_waitlist_offer_once", "workspace_id", "entry_id", "staff_id", "starts_at", unique=True),
        Index("ix_waitlist_offer_expires", "expires_at", postgresql_where=text("outcome = 'open'")),
        CheckConstraint("outcome in ('open', 'accepted', 'declined', 'lapsed')", name="outcome"),
    )  # fmt: skip
    entry_id: int = Field(sa_type=BigInteger)
    service_id: int = Field(sa_type=BigInteger)
    staff_id: int = Field(sa_type=BigInteger)
    hold_id: int | None = Field(default=None, sa_type=BigInteger)  # the hold is gone once the offer is closed
    starts_at: datetime
    outcome: OfferOutcome = Field(default=OfferOutcome.OPEN, sa_type=String)
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None = None
