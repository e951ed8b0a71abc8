"""Holds, group seats, rooms and equipment, caps, series, the waitlist: whatever promises time before or beside a booking."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from careops_app.bookings import ddl
from careops_app.infra import tenancy
from careops_app.workspace.sight import NARROWED

TENANT_TABLES = (
    "booking_group", "service_need", "need_resource", "group_session", "slot_hold", "seat", "waitlist_entry", "waitlist_offer",
)  # fmt: skip
CHECKS = (
    ("service", "capacity", "capacity between 1 and 500"),
    ("service", "caps", "daily_cap > 0 and weekly_cap > 0"),
    ("service", "decide", "decide_minutes between 15 and 43200"),
    ("service", "offer", "offer_minutes between 5 and 1440"),
    ("booking", "seats", "seats between 1 and 500"),
    ("item", "shortage_policy", "shortage_policy in ('warn', 'approve', 'hide')"),
    ("allocation", "taker", "num_nonnulls(booking_id, hold_id, session_id) = 1"),
    ("allocation", "expires", "(hold_id is null) = (expires_at is null)"),
)

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _narrowed() -> dict[str, str]:
    """Of the tables that are narrowed, those that exist here; later revisions narrow their own."""
    there = set(sa.inspect(op.get_bind()).get_table_names())
    return {table: condition for table, condition in NARROWED.items() if table in there}


def upgrade() -> None:
    op.create_table(
        "booking_group",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('series', 'visit')", name=op.f("ck_booking_group_kind")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_booking_group_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_group")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_booking_group_workspace_id_id")),
    )
    op.create_table(
        "service_need",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.CheckConstraint("choice in ('any', 'all')", name=op.f("ck_service_need_choice")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "service_id"],
            ["service.workspace_id", "service.id"],
            name=op.f("fk_service_need_workspace_id_service_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_service_need_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_need")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_service_need_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", "service_id", "id", name=op.f("uq_service_need_workspace_id_service_id_id")),
    )
    op.create_table(
        "group_session",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "capacity between 1 and 500 and starts_at < ends_at", name=op.f("ck_group_session_capacity")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "service_id"],
            ["service.workspace_id", "service.id"],
            name=op.f("fk_group_session_workspace_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "staff_id"],
            ["resource.workspace_id", "resource.id"],
            name=op.f("fk_group_session_workspace_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_group_session_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_session")),
        sa.UniqueConstraint("workspace_id", "id", "capacity", name=op.f("uq_group_session_workspace_id_id_capacity")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_group_session_workspace_id_id")),
        sa.UniqueConstraint(
            "workspace_id",
            "service_id",
            "staff_id",
            "starts_at",
            name=op.f("uq_group_session_workspace_id_service_id_staff_id_starts_at"),
        ),
    )
    op.create_table(
        "need_resource",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("need_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "service_id", "need_id"],
            ["service_need.workspace_id", "service_need.service_id", "service_need.id"],
            name=op.f("fk_need_resource_workspace_id_service_id_need_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "resource_id"],
            ["resource.workspace_id", "resource.id"],
            name=op.f("fk_need_resource_workspace_id_resource_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_need_resource_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_resource")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_need_resource_workspace_id_id")),
        sa.UniqueConstraint(
            "workspace_id", "service_id", "resource_id", name=op.f("uq_need_resource_workspace_id_service_id_resource_id")
        ),
    )
    op.create_table(
        "slot_hold",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at < ends_at and seats > 0", name=op.f("ck_slot_hold_span")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "service_id"],
            ["service.workspace_id", "service.id"],
            name=op.f("fk_slot_hold_workspace_id_service_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "staff_id"],
            ["resource.workspace_id", "resource.id"],
            name=op.f("fk_slot_hold_workspace_id_staff_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_slot_hold_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_hold")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_slot_hold_token_digest")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_slot_hold_workspace_id_id")),
    )
    op.create_index("ix_slot_hold_expires", "slot_hold", ["expires_at"], unique=False)
    op.create_index("ix_slot_hold_holder", "slot_hold", ["workspace_id", "holder"], unique=False)
    op.create_index("ix_slot_hold_service", "slot_hold", ["workspace_id", "service_id", "starts_at"], unique=False)
    op.create_table(
        "seat",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("seat_no", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(hold_id is null) = (expires_at is null)", name=op.f("ck_seat_expires")),
        sa.CheckConstraint("num_nonnulls(booking_id, hold_id) = 1", name=op.f("ck_seat_taker")),
        sa.CheckConstraint("seat_no between 1 and capacity", name=op.f("ck_seat_within_capacity")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "booking_id"],
            ["booking.workspace_id", "booking.id"],
            name=op.f("fk_seat_workspace_id_booking_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "hold_id"],
            ["slot_hold.workspace_id", "slot_hold.id"],
            name=op.f("fk_seat_workspace_id_hold_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "session_id", "capacity"],
            ["group_session.workspace_id", "group_session.id", "group_session.capacity"],
            name=op.f("fk_seat_workspace_id_session_id_capacity"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_seat_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_seat_workspace_id_id")),
        sa.UniqueConstraint(
            "workspace_id", "session_id", "seat_no", name=op.f("uq_seat_workspace_id_session_id_seat_no")
        ),
    )
    op.create_index("ix_seat_booking", "seat", ["workspace_id", "booking_id"], unique=False)
    op.create_index(
        "ix_seat_hold",
        "seat",
        ["workspace_id", "hold_id"],
        unique=False,
        postgresql_where=sa.text("hold_id is not null"),
    )
    op.create_table(
        "waitlist_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("until_minute", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("given_email", sa.String(), nullable=False),
        sa.Column("given_phone", sa.String(), nullable=False),
        sa.Column("customer_time_zone", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('waiting', 'offered', 'booked', 'withdrawn', 'expired')", name=op.f("ck_waitlist_entry_status")
        ),
        sa.CheckConstraint(
            "0 <= from_minute and from_minute < until_minute and until_minute <= 1440",
            name=op.f("ck_waitlist_entry_window"),
        ),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_waitlist_entry_days")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "booking_id"],
            ["booking.workspace_id", "booking.id"],
            name=op.f("fk_waitlist_entry_workspace_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_waitlist_entry_workspace_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "service_id"],
            ["service.workspace_id", "service.id"],
            name=op.f("fk_waitlist_entry_workspace_id_service_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "staff_id"],
            ["resource.workspace_id", "resource.id"],
            name=op.f("fk_waitlist_entry_workspace_id_staff_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_waitlist_entry_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entry")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_waitlist_entry_workspace_id_id")),
        sa.UniqueConstraint(
            "workspace_id", "idempotency_key", name=op.f("uq_waitlist_entry_workspace_id_idempotency_key")
        ),
    )
    op.create_index("ix_waitlist_entry_contact", "waitlist_entry", ["workspace_id", "contact_id"], unique=False)
    op.create_index(
        "ix_waitlist_entry_match", "waitlist_entry", ["workspace_id", "service_id", "status", "first_on"], unique=False
    )
    op.create_index(
        "uq_waitlist_entry_open",
        "waitlist_entry",
        ["workspace_id", "service_id", "contact_id"],
        unique=True,
        postgresql_where=sa.text("status in ('waiting', 'offered')"),
    )
    op.create_table(
        "waitlist_offer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome in ('open', 'accepted', 'declined', 'lapsed')", name=op.f("ck_waitlist_offer_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "entry_id"],
            ["waitlist_entry.workspace_id", "waitlist_entry.id"],
            name=op.f("fk_waitlist_offer_workspace_id_entry_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "service_id"],
            ["service.workspace_id", "service.id"],
            name=op.f("fk_waitlist_offer_workspace_id_service_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "staff_id"],
            ["resource.workspace_id", "resource.id"],
            name=op.f("fk_waitlist_offer_workspace_id_staff_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_waitlist_offer_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_offer")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_waitlist_offer_workspace_id_id")),
    )
    op.create_index(
        "ix_waitlist_offer_expires",
        "waitlist_offer",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("outcome = 'open'"),
    )
    op.create_index(
        "uq_waitlist_offer_once", "waitlist_offer", ["workspace_id", "entry_id", "staff_id", "starts_at"], unique=True
    )
    op.create_index(
        "uq_waitlist_offer_open",
        "waitlist_offer",
        ["workspace_id", "entry_id"],
        unique=True,
        postgresql_where=sa.text("outcome = 'open'"),
    )
    op.add_column("allocation", sa.Column("hold_id", sa.BigInteger(), nullable=True))
    op.add_column("allocation", sa.Column("session_id", sa.BigInteger(), nullable=True))
    op.add_column("allocation", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("allocation", sa.Column("overlap_reason", sa.String(), server_default=sa.text("''"), nullable=False))
    op.alter_column("allocation", "booking_id", existing_type=sa.BIGINT(), nullable=True)
    op.drop_index(
        op.f("ix_allocation_busy"),
        table_name="allocation",
        postgresql_where=sa.text("active"),
        postgresql_include=["until_at", "booking_id"],
    )
    op.create_index(
        "ix_allocation_hold",
        "allocation",
        ["workspace_id", "hold_id"],
        unique=False,
        postgresql_where=sa.text("hold_id is not null"),
    )
    op.create_index(
        "ix_allocation_session",
        "allocation",
        ["workspace_id", "session_id"],
        unique=False,
        postgresql_where=sa.text("session_id is not null"),
    )
    op.create_index(
        "ix_allocation_taken",
        "allocation",
        ["workspace_id", "resource_id", "from_at"],
        unique=False,
        postgresql_where=sa.text("active"),
        postgresql_include=["until_at", "lane", "booking_id", "hold_id", "session_id", "expires_at"],
    )
    op.create_foreign_key(
        op.f("fk_allocation_workspace_id_session_id"),
        "allocation",
        "group_session",
        ["workspace_id", "session_id"],
        ["workspace_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("fk_allocation_workspace_id_hold_id"),
        "allocation",
        "slot_hold",
        ["workspace_id", "hold_id"],
        ["workspace_id", "id"],
        ondelete="CASCADE",
    )
    op.add_column("booking", sa.Column("seats", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("booking", sa.Column("decide_by", sa.DateTime(timezone=True), nullable=True))
    op.add_column("booking", sa.Column("group_id", sa.BigInteger(), nullable=True))
    op.add_column("booking", sa.Column("overlap_reason", sa.String(), server_default=sa.text("''"), nullable=False))
    op.create_index(
        "ix_booking_group",
        "booking",
        ["workspace_id", "group_id"],
        unique=False,
        postgresql_where=sa.text("group_id is not null"),
    )
    op.create_index("ix_booking_service", "booking", ["workspace_id", "service_id", "starts_at"], unique=False)
    op.create_index(
        "ix_booking_undecided", "booking", ["decide_by"], unique=False, postgresql_where=sa.text("status = 'pending'")
    )
    op.create_foreign_key(
        op.f("fk_booking_workspace_id_group_id"),
        "booking",
        "booking_group",
        ["workspace_id", "group_id"],
        ["workspace_id", "id"],
    )
    op.add_column("item", sa.Column("shortage_policy", sa.String(), server_default=sa.text("'warn'"), nullable=False))
    op.add_column("service", sa.Column("decide_minutes", sa.Integer(), server_default=sa.text("2880"), nullable=False))
    op.add_column("service", sa.Column("capacity", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("service", sa.Column("daily_cap", sa.Integer(), nullable=True))
    op.add_column("service", sa.Column("weekly_cap", sa.Integer(), nullable=True))
    op.add_column("service", sa.Column("takes_waitlist", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column("service", sa.Column("offer_minutes", sa.Integer(), server_default=sa.text("30"), nullable=False))
    op.add_column("workspace", sa.Column("staff_see_all", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column(
        "workspace", sa.Column("zone_data_version", sa.String(), server_default=sa.text("''"), nullable=False)
    )
    op.add_column(
        "workspace", sa.Column("calendar_stamp", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.execute("update booking set decide_by = least(now() + interval '2 days', starts_at) where status = 'pending'")
    for table, name, condition in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    for table in TENANT_TABLES:
        for statement in tenancy.protect(table):
            op.execute(statement)
    for statement in [*tenancy.sequences(), *ddl.PROMISES_UP, *tenancy.narrow_role()]:
        op.execute(statement)
    for table, condition in _narrowed().items():
        op.execute(tenancy.narrow(table, condition))


def downgrade() -> None:
    for table in _narrowed():
        op.execute(tenancy.widen(table))
    for statement in ddl.PROMISES_DOWN:
        op.execute(statement)
    for table, name, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.execute("delete from allocation where booking_id is null")
    op.drop_column("workspace", "calendar_stamp")
    op.drop_column("workspace", "zone_data_version")
    op.drop_column("workspace", "staff_see_all")
    op.drop_column("service", "offer_minutes")
    op.drop_column("service", "takes_waitlist")
    op.drop_column("service", "weekly_cap")
    op.drop_column("service", "daily_cap")
    op.drop_column("service", "capacity")
    op.drop_column("service", "decide_minutes")
    op.drop_column("item", "shortage_policy")
    op.drop_constraint(op.f("fk_booking_workspace_id_group_id"), "booking", type_="foreignkey")
    op.drop_index("ix_booking_undecided", table_name="booking", postgresql_where=sa.text("status = 'pending'"))
    op.drop_index("ix_booking_service", table_name="booking")
    op.drop_index("ix_booking_group", table_name="booking", postgresql_where=sa.text("group_id is not null"))
    op.drop_column("booking", "overlap_reason")
    op.drop_column("booking", "group_id")
    op.drop_column("booking", "decide_by")
    op.drop_column("booking", "seats")
    op.drop_constraint(op.f("fk_allocation_workspace_id_hold_id"), "allocation", type_="foreignkey")
    op.drop_constraint(op.f("fk_allocation_workspace_id_session_id"), "allocation", type_="foreignkey")
    op.drop_index(
        "ix_allocation_taken",
        table_name="allocation",
        postgresql_where=sa.text("active"),
        postgresql_include=["until_at", "lane", "booking_id", "hold_id", "session_id", "expires_at"],
    )
    op.drop_index("ix_allocation_session", table_name="allocation", postgresql_where=sa.text("session_id is not null"))
    op.drop_index("ix_allocation_hold", table_name="allocation", postgresql_where=sa.text("hold_id is not null"))
    op.create_index(
        op.f("ix_allocation_busy"),
        "allocation",
        ["workspace_id", "resource_id", "from_at"],
        unique=False,
        postgresql_where=sa.text("active"),
        postgresql_include=["until_at", "booking_id"],
    )
    op.alter_column("allocation", "booking_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("allocation", "overlap_reason")
    op.drop_column("allocation", "expires_at")
    op.drop_column("allocation", "session_id")
    op.drop_column("allocation", "hold_id")
    op.drop_index("uq_waitlist_offer_open", table_name="waitlist_offer", postgresql_where=sa.text("outcome = 'open'"))
    op.drop_index("uq_waitlist_offer_once", table_name="waitlist_offer")
    op.drop_index(
        "ix_waitlist_offer_expires", table_name="waitlist_offer", postgresql_where=sa.text("outcome = 'open'")
    )
    op.drop_table("waitlist_offer")
    op.drop_index(
        "uq_waitlist_entry_open",
        table_name="waitlist_entry",
        postgresql_where=sa.text("status in ('waiting', 'offered')"),
    )
    op.drop_index("ix_waitlist_entry_match", table_name="waitlist_entry")
    op.drop_index("ix_waitlist_entry_contact", table_name="waitlist_entry")
    op.drop_table("waitlist_entry")
    op.drop_index("ix_seat_hold", table_name="seat", postgresql_where=sa.text("hold_id is not null"))
    op.drop_index("ix_seat_booking", table_name="seat")
    op.drop_table("seat")
    op.drop_index("ix_slot_hold_service", table_name="slot_hold")
    op.drop_index("ix_slot_hold_holder", table_name="slot_hold")
    op.drop_index("ix_slot_hold_expires", table_name="slot_hold")
    op.drop_table("slot_hold")
    op.drop_table("need_resource")
    op.drop_table("group_session")
    op.drop_table("service_need")
    op.drop_table("booking_group")
