"""What is kept of services, hours and bookings. The database itself refuses overlapping allocations."""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, ExcludeConstraint, Range
from sqlmodel import Field

from careops_app.bookings.status import BookingStatus
from careops_app.infra.db import Tenant, belongs_to, tenant_args


class ResourceKind(StrEnum):
    STAFF = "staff"
    ROOM = "room"
    EQUIPMENT = "equipment"


class Service(Tenant, table=True):
    """Something customers can book. Minutes are elapsed time; offsets are minutes before the start.

    `capacity` is how many seats one start has; with more than one, visits of the same start are one group. Caps count
    visits per date and per ISO week of the venue, None means no cap. A visit that waits for approval lapses after
    `decide_minutes`; a freed time is offered to the waitlist for `offer_minutes`.
    """

    __title__ = "The service"
    __tablename__ = "service"
    __table_args__ = tenant_args(
        CheckConstraint("duration_minutes between 5 and 1440", name="duration"),
        CheckConstraint("step_minutes between 5 and 1440", name="step"),
        CheckConstraint("buffer_before_minutes between 0 and 480", name="buffer_before"),
        CheckConstraint("buffer_after_minutes between 0 and 480", name="buffer_after"),
        CheckConstraint("notice_minutes >= 0 and cancel_notice_minutes >= 0", name="notice"),
        CheckConstraint("horizon_days between 1 and 730", name="horizon"),
        CheckConstraint("capacity between 1 and 500", name="capacity"),
        CheckConstraint("daily_cap > 0 and weekly_cap > 0", name="caps"),
        CheckConstraint("decide_minutes between 15 and 43200", name="decide"),
        CheckConstraint("offer_minutes between 5 and 1440", name="offer"),
    )  # fmt: skip
    name: str
    description: str = ""
    duration_minutes: int
    price_text: str = ""
    payment_url: str = ""
    location: str = ""
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    step_minutes: int = 15
    notice_minutes: int = 60
    horizon_days: int = 60
    cancel_notice_minutes: int = 0
    needs_approval: bool = False
    decide_minutes: int = 2880
    capacity: int = 1
    daily_cap: int | None = None
    weekly_cap: int | None = None
    takes_waitlist: bool = True
    offer_minutes: int = 30
    reminder_offsets: list[int] = Field(default_factory=lambda: [1440, 120], sa_type=ARRAY(Integer))  # type: ignore[arg-type]
    position: int = 0
    retired_at: datetime | None = None
    created_at: datetime


class Resource(Tenant, table=True):
    """Somebody or something that can be busy: a staff calendar, a room, a machine with lanes."""

    __title__ = "The calendar"
    __tablename__ = "resource"
    __table_args__ = tenant_args(
        belongs_to("member_id", "member"),
        Index("uq_resource_member", "workspace_id", "member_id", unique=True),
        CheckConstraint("lanes between 1 and 100", name="lanes"),
    )
    kind: ResourceKind = Field(default=ResourceKind.STAFF, sa_type=String)
    name: str
    member_id: int | None = Field(default=None, sa_type=BigInteger)
    lanes: int = 1
    retired_at: datetime | None = None


class ServiceStaff(Tenant, table=True):
    """Who offers a service."""

    __tablename__ = "service_staff"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "service_id", "resource_id"),
        belongs_to("service_id", "service", ondelete="CASCADE"),
        belongs_to("resource_id", "resource", ondelete="CASCADE"),
    )
    service_id: int = Field(sa_type=BigInteger)
    resource_id: int = Field(sa_type=BigInteger)


class NeedChoice(StrEnum):
    ANY = "any"  # one of them
    ALL = "all"  # each of them


class ServiceNeed(Tenant, table=True):
    """Besides somebody who gives it, a service needs one of these resources, or all of them."""

    __title__ = "The requirement"
    __tablename__ = "service_need"
    __table_args__ = tenant_args(
        belongs_to("service_id", "service", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "service_id", "id"),
        CheckConstraint("choice in ('any', 'all')", name="choice"),
    )
    service_id: int = Field(sa_type=BigInteger)
    choice: NeedChoice = Field(sa_type=String)


class NeedResource(Tenant, table=True):
    """A room or machine that a requirement names; a service names each at most once, so its needs never compete."""

    __tablename__ = "need_resource"
    __table_args__ = tenant_args(
        UniqueConstraint("workspace_id", "service_id", "resource_id"),
        ForeignKeyConstraint(
            ["workspace_id", "service_id", "need_id"],
            ["service_need.workspace_id", "service_need.service_id", "service_need.id"],
            ondelete="CASCADE",
        ),
        belongs_to("resource_id", "resource", ondelete="CASCADE"),
    )  # fmt: skip
    service_id: int = Field(sa_type=BigInteger)
    need_id: int = Field(sa_type=BigInteger)
    resource_id: int = Field(sa_type=BigInteger)


class OpeningHours(Tenant, table=True):
    """A weekly window on the wall clock of the venue: [opens, closes) in minutes after midnight; weekday 0 is Monday.

    `resource_id` None is the business; a calendar without hours of its own keeps those of the business.
    """

    __tablename__ = "opening_hours"
    __table_args__ = tenant_args(
        belongs_to("resource_id", "resource", ondelete="CASCADE"),
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint("0 <= opens_minute and opens_minute < closes_minute and closes_minute <= 1440", name="window"),
        Index("ix_opening_hours_of", "workspace_id", "resource_id"),
    )
    resource_id: int | None = Field(default=None, sa_type=BigInteger)
    weekday: int
    opens_minute: int
    closes_minute: int


class SpecialHours(Tenant, table=True):
    """A window of one date that replaces the weekly ones of that date; `resource_id` None is the business.

    A date on which nobody works at all is TimeOff.
    """

    __tablename__ = "special_hours"
    __table_args__ = tenant_args(
        belongs_to("resource_id", "resource", ondelete="CASCADE"),
        CheckConstraint("0 <= opens_minute and opens_minute < closes_minute and closes_minute <= 1440", name="window"),
        Index("ix_special_hours_on", "workspace_id", "on_date"),
    )
    resource_id: int | None = Field(default=None, sa_type=BigInteger)
    on_date: date
    opens_minute: int
    closes_minute: int


class TimeOff(Tenant, table=True):
    """A closure: nobody works in [starts_at, ends_at). `resource_id` None closes the whole business."""

    __title__ = "The time off"
    __tablename__ = "time_off"
    __table_args__ = tenant_args(
        belongs_to("resource_id", "resource", ondelete="CASCADE"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index("ix_time_off_span", "workspace_id", "ends_at"),
    )
    resource_id: int | None = Field(default=None, sa_type=BigInteger)
    starts_at: datetime
    ends_at: datetime
    reason: str = ""


class GroupKind(StrEnum):
    SERIES = "series"  # the same visit again and again
    VISIT = "visit"  # several services one after the other


class BookingGroup(Tenant, table=True):
    """Bookings that were made together."""

    __tablename__ = "booking_group"
    __table_args__ = tenant_args(CheckConstraint("kind in ('series', 'visit')", name="kind"))
    kind: GroupKind = Field(sa_type=String)
    created_at: datetime


class GroupSession(Tenant, table=True):
    """One start of a service with several seats; it takes the calendars, its bookings take seats. Gone with its last seat."""

    __tablename__ = "group_session"
    __table_args__ = tenant_args(
        belongs_to("service_id", "service"),
        belongs_to("staff_id", "resource"),
        UniqueConstraint("workspace_id", "service_id", "staff_id", "starts_at"),
        UniqueConstraint("workspace_id", "id", "capacity"),
        CheckConstraint("capacity between 1 and 500 and starts_at < ends_at", name="capacity"),
    )
    service_id: int = Field(sa_type=BigInteger)
    staff_id: int = Field(sa_type=BigInteger)
    starts_at: datetime
    ends_at: datetime
    capacity: int


class SlotHold(Tenant, table=True):
    """A time promised to one visitor until `expires_at`, before there is a booking; its allocations carry the promise.

    `holder` is the digest of the visitor's mark, or names the waitlist entry it is kept for.
    """

    __title__ = "The held time"
    __tablename__ = "slot_hold"
    __table_args__ = tenant_args(
        belongs_to("service_id", "service", ondelete="CASCADE"),
        belongs_to("staff_id", "resource", ondelete="CASCADE"),
        Index("ix_slot_hold_holder", "workspace_id", "holder"),
        Index("ix_slot_hold_service", "workspace_id", "service_id", "starts_at"),
        Index("ix_slot_hold_expires", "expires_at"),
        CheckConstraint("starts_at < ends_at and seats > 0", name="span"),
    )
    service_id: int = Field(sa_type=BigInteger)
    staff_id: int = Field(sa_type=BigInteger)
    starts_at: datetime
    ends_at: datetime
    seats: int = 1
    holder: str
    token_digest: str = Field(unique=True)
    created_at: datetime
    expires_at: datetime


class Booking(Tenant, table=True):
    """A visit. `revision` rises when its time changes or it is cancelled; whatever was planned for another is stale.

    The names and addresses as given by the visitor stay here; a known contact is not overwritten. `wall_start` is what
    the venue's clock shows at the start, as agreed with the customer ("2026-06-16T13:00"): when zone data changes
    later, the bookings it touches are those where the two disagree.
    """

    __title__ = "The booking"
    __tablename__ = "booking"
    __table_args__ = tenant_args(
        belongs_to("service_id", "service"),
        belongs_to("contact_id", "contact"),
        belongs_to("staff_id", "resource"),
        belongs_to("group_id", "booking_group"),
        UniqueConstraint("workspace_id", "reference"),
        UniqueConstraint("workspace_id", "idempotency_key"),
        Index("ix_booking_starts", "workspace_id", "starts_at"),
        Index("ix_booking_contact", "workspace_id", "contact_id", "starts_at"),
        Index("ix_booking_staff", "workspace_id", "staff_id", "starts_at"),
        Index("ix_booking_status", "workspace_id", "status", "starts_at"),
        Index("ix_booking_upcoming", "starts_at", postgresql_where=text("status in ('pending','confirmed')")),
        Index("ix_booking_service", "workspace_id", "service_id", "starts_at"),
        Index("ix_booking_undecided", "decide_by", postgresql_where=text("status = 'pending'")),
        Index("ix_booking_group", "workspace_id", "group_id", postgresql_where=text("group_id is not null")),
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("seats between 1 and 500", name="seats"),
        CheckConstraint(
            "status in ('pending', 'confirmed', 'checked_in', 'completed', 'no_show', 'cancelled')", name="status"
        ),
    )  # fmt: skip
    reference: str
    service_id: int = Field(sa_type=BigInteger)
    contact_id: int = Field(sa_type=BigInteger)
    staff_id: int = Field(sa_type=BigInteger)
    starts_at: datetime
    ends_at: datetime
    time_zone: str  # of the venue, when booked
    wall_start: str
    status: BookingStatus = Field(sa_type=String)
    revision: int = 1
    seats: int = 1
    decide_by: datetime | None = None  # a pending one lapses then
    group_id: int | None = Field(default=None, sa_type=BigInteger)
    overlap_reason: str = ""  # why staff put it beside another visit
    customer_time_zone: str | None = None
    given_name: str
    given_email: str = ""
    given_phone: str = ""
    note: str = ""
    source: str  # public | staff | api
    booked_by: str = ""  # the member's name; empty when the customer did it
    idempotency_key: str
    fingerprint: str
    created_at: datetime
    moved_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    cancel_reason: str = ""

    @property
    def minutes(self) -> int:
        """How long the visit is."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


class Allocation(Tenant, table=True):
    """A resource's lane is taken in [from_at, until_at), buffers included, by one booking, one hold or one group session.

    `active` follows the booking's status (ddl). What a hold takes ends by itself at `expires_at`. A lane beyond those the
    resource has needs a reason. The exclusion constraint is the guarantee against double booking; it needs no btree_gist
    (ranges of one value). Reads go by the plain columns: under row level security PostgreSQL uses an index only for
    leakproof operators, and those of ranges are not.
    """

    __tablename__ = "allocation"
    __table_args__ = tenant_args(
        belongs_to("booking_id", "booking", ondelete="CASCADE"),
        belongs_to("hold_id", "slot_hold", ondelete="CASCADE"),
        belongs_to("session_id", "group_session", ondelete="CASCADE"),
        belongs_to("resource_id", "resource"),
        ExcludeConstraint(
            (text("int8range(resource_id, resource_id, '[]')"), "&&"),
            (text("int4range(lane, lane, '[]')"), "&&"),
            ("during", "&&"),
            where=text("active"), using="gist", name="ex_allocation_overlap",
        ),
        CheckConstraint("from_at < until_at and lane >= 0", name="during"),
        CheckConstraint("num_nonnulls(booking_id, hold_id, session_id) = 1", name="taker"),
        CheckConstraint("(hold_id is null) = (expires_at is null)", name="expires"),
        Index("ix_allocation_booking", "workspace_id", "booking_id"),
        Index("ix_allocation_hold", "workspace_id", "hold_id", postgresql_where=text("hold_id is not null")),
        Index("ix_allocation_session", "workspace_id", "session_id", postgresql_where=text("session_id is not null")),
        Index(
            "ix_allocation_taken", "workspace_id", "resource_id", "from_at",
            postgresql_where=text("active"),
            postgresql_include=["until_at", "lane", "booking_id", "hold_id", "session_id", "expires_at"],
        ),
    )  # fmt: skip
    booking_id: int | None = Field(default=None, sa_type=BigInteger)
    hold_id: int | None = Field(default=None, sa_type=BigInteger)
    session_id: int | None = Field(default=None, sa_type=BigInteger)
    resource_id: int = Field(sa_type=BigInteger)
    lane: int = 0
    from_at: datetime
    until_at: datetime
    during: Range[datetime] = Field(
        default=None, sa_column=Column(TSTZRANGE, Computed("tstzrange(from_at, until_at, '[)')", persisted=True))
    )
    expires_at: datetime | None = None
    overlap_reason: str = ""
    active: bool = True


class Seat(Tenant, table=True):
    """A numbered seat of a group session, taken by a booking or a hold; a seat beyond the capacity cannot exist."""

    __tablename__ = "seat"
    __table_args__ = tenant_args(
        ForeignKeyConstraint(
            ["workspace_id", "session_id", "capacity"],
            ["group_session.workspace_id", "group_session.id", "group_session.capacity"], onupdate="CASCADE",
        ),
        belongs_to("booking_id", "booking", ondelete="CASCADE"),
        belongs_to("hold_id", "slot_hold", ondelete="CASCADE"),
        UniqueConstraint("workspace_id", "session_id", "seat_no"),
        CheckConstraint("seat_no between 1 and capacity", name="within_capacity"),
        CheckConstraint("num_nonnulls(booking_id, hold_id) = 1", name="taker"),
        CheckConstraint("(hold_id is null) = (expires_at is null)", name="expires"),
        Index("ix_seat_booking", "workspace_id", "booking_id"),
        Index("ix_seat_hold", "workspace_id", "hold_id", postgresql_where=text("hold_id is not null")),
    )  # fmt: skip
    session_id: int = Field(sa_type=BigInteger)
    capacity: int
    seat_no: int
    booking_id: int | None = Field(default=None, sa_type=BigInteger)
    hold_id: int | None = Field(default=None, sa_type=BigInteger)
    expires_at: datetime | None = None
