"""first"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from careops_app.bookings import ddl as bookings_ddl
from careops_app.inbox import ddl as inbox_ddl
from careops_app.infra import tenancy
from careops_app.inventory import ddl as inventory_ddl

TENANT_TABLES = (
    "alert",
    "allocation",
    "api_key",
    "automation_run",
    "booking",
    "channel_account",
    "contact",
    "contact_address",
    "contact_note",
    "contact_tag",
    "contact_word",
    "conversation",
    "customer_link",
    "form",
    "form_document",
    "form_request",
    "form_version",
    "inquiry",
    "invitation",
    "item",
    "member",
    "message",
    "opening_hours",
    "outbox_event",
    "resource",
    "rule_setting",
    "service",
    "service_form",
    "service_staff",
    "service_supply",
    "special_hours",
    "stored_file",
    "submission",
    "submission_file",
    "time_off",
    "wording",
)
APPEND_ONLY = ("audit_entry", "stock_movement")
SYSTEM_TABLES = ("credential", "password_reset", "sign_in_session", "throttle_window")


def _after_tables() -> list[str]:
    return [
        *tenancy.roles(),
        *(statement for table in TENANT_TABLES for statement in tenancy.protect(table)),
        *(statement for table in APPEND_ONLY for statement in tenancy.protect(table, may="select, insert")),
        *tenancy.protect("delivery_attempt", may="select, insert, update"),
        *tenancy.protect("workspace", key="id"),
        *(statement for table in SYSTEM_TABLES for statement in tenancy.system_only(table)),
        *tenancy.shared_people(),
        *tenancy.sequences(),
        *bookings_ddl.UP,
        *inbox_ddl.UP,
        *inventory_ddl.UP,
    ]


revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "throttle_window",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle_window")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("contact_email", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("phone_region", sa.String(), nullable=False),
        sa.Column("brand_color", sa.String(), nullable=False),
        sa.Column("contact_intro", sa.String(), nullable=False),
        sa.Column("contact_form_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("steps_skipped", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("unanswered_after_minutes", sa.Integer(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("brand_color ~ '^#[0-9a-f]{6}$'", name=op.f("ck_workspace_brand_color")),
        sa.CheckConstraint("slug ~ '^[a-z0-9](-?[a-z0-9])*$'", name=op.f("ck_workspace_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
        sa.UniqueConstraint("slug", name=op.f("uq_workspace_slug")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_api_key_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_api_key_token_digest")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_api_key_workspace_id_id")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_audit_entry_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_audit_entry_workspace_id_id")),
    )
    op.create_index("ix_audit_entry_recent", "audit_entry", ["workspace_id", "id"], unique=False)
    op.create_table(
        "channel_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('email', 'sms')", name=op.f("ck_channel_account_kind")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_channel_account_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_account")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_channel_account_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", "kind", name=op.f("uq_channel_account_workspace_id_kind")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_contact_workspace_id_id")),
    )
    op.create_index("ix_contact_recent", "contact", ["workspace_id", "created_at"], unique=False)
    op.create_index("ix_contact_stage", "contact", ["workspace_id", "stage", "created_at"], unique=False)
    op.create_table(
        "credential",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_credential_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_credential")),
    )
    op.create_table(
        "customer_link",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_customer_link_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_link")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_customer_link_token_digest")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_customer_link_workspace_id_id")),
        sa.UniqueConstraint(
            "workspace_id", "purpose", "subject_id", name=op.f("uq_customer_link_workspace_id_purpose_subject_id")
        ),
    )
    op.create_table(
        "form",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("intro", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_form_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_form_workspace_id_id")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("threshold", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("cost_text", sa.String(), nullable=False),
        sa.Column("reusable", sa.Boolean(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("reserved", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("low_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_item_on_hand")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_item_reserved")),
        sa.CheckConstraint("threshold >= 0", name=op.f("ck_item_threshold")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_item_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_item_workspace_id_id")),
    )
    op.create_index(
        "uq_item_name",
        "item",
        ["workspace_id", sa.literal_column("lower(name)")],
        unique=True,
        postgresql_where=sa.text("retired_at is null"),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('owner', 'staff')", name=op.f("ck_member_role")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_member_user_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_member_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_member_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", "user_id", name=op.f("uq_member_workspace_id_user_id")),
    )
    op.create_index(op.f("ix_member_user_id"), "member", ["user_id"], unique=False)
    op.create_table(
        "outbox_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fanned_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_outbox_event_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_outbox_event_workspace_id_id")),
    )
    op.create_index("ix_outbox_event_booking", "outbox_event", ["workspace_id", "booking_id", "id"], unique=False)
    op.create_index("ix_outbox_event_contact", "outbox_event", ["workspace_id", "contact_id", "at"], unique=False)
    op.create_index(
        "ix_outbox_event_waiting",
        "outbox_event",
        ["id"],
        unique=False,
        postgresql_where=sa.text("fanned_out_at is null"),
    )
    op.create_index(
        "uq_outbox_event_once",
        "outbox_event",
        ["workspace_id", "once"],
        unique=True,
        postgresql_where=sa.text("once is not null"),
    )
    op.create_table(
        "password_reset",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_password_reset_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_password_reset_token_digest")),
    )
    op.create_table(
        "rule_setting",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("delay_minutes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_rule_setting_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_setting")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_rule_setting_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", "rule", name=op.f("uq_rule_setting_workspace_id_rule")),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("price_text", sa.String(), nullable=False),
        sa.Column("payment_url", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("buffer_before_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer(), nullable=False),
        sa.Column("step_minutes", sa.Integer(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("cancel_notice_minutes", sa.Integer(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("reminder_offsets", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("buffer_after_minutes between 0 and 480", name=op.f("ck_service_buffer_after")),
        sa.CheckConstraint("buffer_before_minutes between 0 and 480", name=op.f("ck_service_buffer_before")),
        sa.CheckConstraint("duration_minutes between 5 and 1440", name=op.f("ck_service_duration")),
        sa.CheckConstraint("horizon_days between 1 and 730", name=op.f("ck_service_horizon")),
        sa.CheckConstraint("notice_minutes >= 0 and cancel_notice_minutes >= 0", name=op.f("ck_service_notice")),
        sa.CheckConstraint("step_minutes between 5 and 1440", name=op.f("ck_service_step")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_service_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_service_workspace_id_id")),
    )
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_sign_in_session_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_sign_in_session_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_sign_in_session_token_digest")),
    )
    op.create_index(op.f("ix_sign_in_session_user_id"), "sign_in_session", ["user_id"], unique=False)
    op.create_table(
        "stored_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_stored_file_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("key", name=op.f("uq_stored_file_key")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_stored_file_workspace_id_id")),
    )
    op.create_table(
        "wording",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_wording_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_wording_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", "template", name=op.f("uq_wording_workspace_id_template")),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.BigInteger(), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "seen_by"],
            ["member.workspace_id", "member.id"],
            name=op.f("fk_alert_workspace_id_seen_by"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_alert_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_alert_workspace_id_id")),
    )
    op.create_index("ix_alert_log", "alert", ["workspace_id", "id"], unique=False)
    op.create_index(
        "uq_alert_open",
        "alert",
        ["workspace_id", "kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("resolved_at is null"),
    )
    op.create_table(
        "automation_run",
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("event_name", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'waiting') = (due_at is not null)", name=op.f("ck_automation_run_due")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "event_id"],
            ["outbox_event.workspace_id", "outbox_event.id"],
            name=op.f("fk_automation_run_workspace_id_event_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_automation_run_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automation_run")),
        sa.UniqueConstraint(
            "workspace_id", "event_id", "rule", name=op.f("uq_automation_run_workspace_id_event_id_rule")
        ),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_automation_run_workspace_id_id")),
    )
    op.create_index("ix_automation_run_contact", "automation_run", ["workspace_id", "contact_id", "id"], unique=False)
    op.create_index(
        "ix_automation_run_due",
        "automation_run",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at is not null"),
    )
    op.create_index("ix_automation_run_rule", "automation_run", ["workspace_id", "rule", "id"], unique=False)
    op.create_table(
        "contact_address",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind in ('email', 'phone')", name=op.f("ck_contact_address_kind")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_contact_address_workspace_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_address_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_address")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_contact_address_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", "kind", "value", name=op.f("uq_contact_address_workspace_id_kind_value")),
    )
    op.create_index(
        "uq_contact_address_primary",
        "contact_address",
        ["contact_id", "kind"],
        unique=True,
        postgresql_where=sa.text("is_primary"),
    )
    op.create_table(
        "contact_note",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_contact_note_workspace_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_note_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_note")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_contact_note_workspace_id_id")),
    )
    op.create_index("ix_contact_note_contact", "contact_note", ["workspace_id", "contact_id", "at"], unique=False)
    op.create_table(
        "contact_tag",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_contact_tag_workspace_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_tag_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_tag")),
        sa.UniqueConstraint(
            "workspace_id", "contact_id", "tag", name=op.f("uq_contact_tag_workspace_id_contact_id_tag")
        ),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_contact_tag_workspace_id_id")),
    )
    op.create_index("ix_contact_tag_tag", "contact_tag", ["workspace_id", "tag", "contact_id"], unique=False)
    op.create_table(
        "contact_word",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("word", sa.String(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_contact_word_workspace_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_word_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_word")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_contact_word_workspace_id_id")),
        sa.UniqueConstraint(
            "workspace_id", "word", "contact_id", name=op.f("uq_contact_word_workspace_id_word_contact_id")
        ),
    )
    op.create_index("ix_contact_word_contact", "contact_word", ["workspace_id", "contact_id"], unique=False)
    op.create_table(
        "conversation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("assigned_to", sa.BigInteger(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_by", sa.BigInteger(), nullable=True),
        sa.Column("keeps_reminders", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'closed')", name=op.f("ck_conversation_state")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "assigned_to"],
            ["member.workspace_id", "member.id"],
            name=op.f("fk_conversation_workspace_id_assigned_to"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_conversation_workspace_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "paused_by"],
            ["member.workspace_id", "member.id"],
            name=op.f("fk_conversation_workspace_id_paused_by"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_conversation_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("workspace_id", "contact_id", name=op.f("uq_conversation_workspace_id_contact_id")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_conversation_workspace_id_id")),
    )
    op.create_index(
        "ix_conversation_recent", "conversation", ["workspace_id", "state", "last_message_at"], unique=False
    )
    op.create_index(
        "ix_conversation_waiting",
        "conversation",
        ["workspace_id", "waiting_since"],
        unique=False,
        postgresql_where=sa.text("waiting_since is not null"),
    )
    op.create_table(
        "form_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("form_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("questions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_form_version_number")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "form_id"],
            ["form.workspace_id", "form.id"],
            name=op.f("fk_form_version_workspace_id_form_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_form_version_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_version")),
        sa.UniqueConstraint(
            "workspace_id", "form_id", "number", name=op.f("uq_form_version_workspace_id_form_id_number")
        ),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_form_version_workspace_id_id")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("invited_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "invited_by"],
            ["member.workspace_id", "member.id"],
            name=op.f("fk_invitation_workspace_id_invited_by"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_invitation_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_invitation_workspace_id_id")),
    )
    op.create_index(
        "uq_invitation_open",
        "invitation",
        ["workspace_id", "email"],
        unique=True,
        postgresql_where=sa.text("accepted_at is null and revoked_at is null"),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("lanes", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("lanes between 1 and 100", name=op.f("ck_resource_lanes")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["member.workspace_id", "member.id"],
            name=op.f("fk_resource_workspace_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_resource_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_resource_workspace_id_id")),
    )
    op.create_index("uq_resource_member", "resource", ["workspace_id", "member_id"], unique=True)
    op.create_table(
        "service_form",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("form_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "form_id"],
            ["form.workspace_id", "form.id"],
            name=op.f("fk_service_form_workspace_id_form_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "service_id"],
            ["service.workspace_id", "service.id"],
            name=op.f("fk_service_form_workspace_id_service_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_service_form_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_form")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_service_form_workspace_id_id")),
        sa.UniqueConstraint(
            "workspace_id", "service_id", "form_id", name=op.f("uq_service_form_workspace_id_service_id_form_id")
        ),
    )
    op.create_table(
        "service_supply",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_service_supply_quantity")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "item_id"],
            ["item.workspace_id", "item.id"],
            name=op.f("fk_service_supply_workspace_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "service_id"],
            ["service.workspace_id", "service.id"],
            name=op.f("fk_service_supply_workspace_id_service_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_service_supply_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_supply")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_service_supply_workspace_id_id")),
        sa.UniqueConstraint(
            "workspace_id", "service_id", "item_id", name=op.f("uq_service_supply_workspace_id_service_id_item_id")
        ),
    )
    op.create_table(
        "booking",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("wall_start", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("customer_time_zone", sa.String(), nullable=True),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("given_email", sa.String(), nullable=False),
        sa.Column("given_phone", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("booked_by", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status in ('pending', 'confirmed', 'checked_in', 'completed', 'no_show', 'cancelled')",
            name=op.f("ck_booking_status"),
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_booking_span")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_booking_workspace_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "service_id"],
            ["service.workspace_id", "service.id"],
            name=op.f("fk_booking_workspace_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "staff_id"],
            ["resource.workspace_id", "resource.id"],
            name=op.f("fk_booking_workspace_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_booking_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_booking_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", "idempotency_key", name=op.f("uq_booking_workspace_id_idempotency_key")),
        sa.UniqueConstraint("workspace_id", "reference", name=op.f("uq_booking_workspace_id_reference")),
    )
    op.create_index("ix_booking_contact", "booking", ["workspace_id", "contact_id", "starts_at"], unique=False)
    op.create_index("ix_booking_staff", "booking", ["workspace_id", "staff_id", "starts_at"], unique=False)
    op.create_index("ix_booking_starts", "booking", ["workspace_id", "starts_at"], unique=False)
    op.create_index("ix_booking_status", "booking", ["workspace_id", "status", "starts_at"], unique=False)
    op.create_index(
        "ix_booking_upcoming",
        "booking",
        ["starts_at"],
        unique=False,
        postgresql_where=sa.text("status in ('pending','confirmed')"),
    )
    op.create_table(
        "form_document",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "file_id"],
            ["stored_file.workspace_id", "stored_file.id"],
            name=op.f("fk_form_document_workspace_id_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "version_id"],
            ["form_version.workspace_id", "form_version.id"],
            name=op.f("fk_form_document_workspace_id_version_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_form_document_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_document")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_form_document_workspace_id_id")),
    )
    op.create_index("ix_form_document_version", "form_document", ["workspace_id", "version_id", "id"], unique=False)
    op.create_table(
        "inquiry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("differing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_inquiry_workspace_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_inquiry_workspace_id_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_inquiry_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_inquiry_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", "idempotency_key", name=op.f("uq_inquiry_workspace_id_idempotency_key")),
    )
    op.create_table(
        "message",
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("class", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("template", sa.String(), nullable=True),
        sa.Column("recipient", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("invite", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("about_id", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("stops_on_reply", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dedupe_key", sa.String(), nullable=True),
        sa.Column("rfc_message_id", sa.String(), nullable=True),
        sa.Column("in_reply_to", sa.String(), nullable=True),
        sa.Column("provider", sa.String(), nullable=True),
        sa.Column("provider_ref", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(conversation_id is null) = (class in ('alert', 'account'))", name=op.f("ck_message_conversation")
        ),
        sa.CheckConstraint(
            "(due_at is not null) = (state = 'queued' or state = 'sending')", name=op.f("ck_message_due")
        ),
        sa.CheckConstraint(
            "author <> 'automation' or (rule is not null and event_id is not null)", name=op.f("ck_message_provenance")
        ),
        sa.CheckConstraint("author in ('contact', 'member', 'automation')", name=op.f("ck_message_author")),
        sa.CheckConstraint("channel in ('email', 'sms', 'web')", name=op.f("ck_message_channel")),
        sa.CheckConstraint(
            "class in ('human', 'transactional', 'automation', 'alert', 'account')", name=op.f("ck_message_class")
        ),
        sa.CheckConstraint("direction in ('in', 'out', 'note')", name=op.f("ck_message_direction")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_message_workspace_id_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["member.workspace_id", "member.id"],
            name=op.f("fk_message_workspace_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_message_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_message_workspace_id_id")),
    )
    op.create_index("ix_message_about", "message", ["workspace_id", "about", "about_id"], unique=False)
    op.create_index(
        "ix_message_attention",
        "message",
        ["workspace_id", "state"],
        unique=False,
        postgresql_where=sa.text("state in ('held','failed','bounced','uncertain')"),
    )
    op.create_index(
        "ix_message_captured",
        "message",
        ["workspace_id", "id"],
        unique=False,
        postgresql_where=sa.text("provider = 'captured'"),
    )
    op.create_index(
        "ix_message_due", "message", ["class", "due_at"], unique=False, postgresql_where=sa.text("due_at is not null")
    )
    op.create_index(
        "ix_message_leaving",
        "message",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index("ix_message_thread", "message", ["conversation_id", "at", "id"], unique=False)
    op.create_index(
        "ix_message_waiting",
        "message",
        ["workspace_id", "channel"],
        unique=False,
        postgresql_where=sa.text("due_at is not null"),
    )
    op.create_index("uq_message_dedupe_key", "message", ["workspace_id", "dedupe_key"], unique=True)
    op.create_index("uq_message_rfc_message_id", "message", ["workspace_id", "rfc_message_id"], unique=True)
    op.create_table(
        "opening_hours",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens_minute", sa.Integer(), nullable=False),
        sa.Column("closes_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "0 <= opens_minute and opens_minute < closes_minute and closes_minute <= 1440",
            name=op.f("ck_opening_hours_window"),
        ),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_opening_hours_weekday")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "resource_id"],
            ["resource.workspace_id", "resource.id"],
            name=op.f("fk_opening_hours_workspace_id_resource_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_opening_hours_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_hours")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_opening_hours_workspace_id_id")),
    )
    op.create_index("ix_opening_hours_of", "opening_hours", ["workspace_id", "resource_id"], unique=False)
    op.create_table(
        "service_staff",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "resource_id"],
            ["resource.workspace_id", "resource.id"],
            name=op.f("fk_service_staff_workspace_id_resource_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "service_id"],
            ["service.workspace_id", "service.id"],
            name=op.f("fk_service_staff_workspace_id_service_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_service_staff_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_staff")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_service_staff_workspace_id_id")),
        sa.UniqueConstraint(
            "workspace_id",
            "service_id",
            "resource_id",
            name=op.f("uq_service_staff_workspace_id_service_id_resource_id"),
        ),
    )
    op.create_table(
        "special_hours",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("opens_minute", sa.Integer(), nullable=False),
        sa.Column("closes_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "0 <= opens_minute and opens_minute < closes_minute and closes_minute <= 1440",
            name=op.f("ck_special_hours_window"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "resource_id"],
            ["resource.workspace_id", "resource.id"],
            name=op.f("fk_special_hours_workspace_id_resource_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_special_hours_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_special_hours")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_special_hours_workspace_id_id")),
    )
    op.create_index("ix_special_hours_on", "special_hours", ["workspace_id", "on_date"], unique=False)
    op.create_table(
        "time_off",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_time_off_span")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "resource_id"],
            ["resource.workspace_id", "resource.id"],
            name=op.f("fk_time_off_workspace_id_resource_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_time_off_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_off")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_time_off_workspace_id_id")),
    )
    op.create_index("ix_time_off_span", "time_off", ["workspace_id", "ends_at"], unique=False)
    op.create_table(
        "allocation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "during",
            postgresql.TSTZRANGE(),
            sa.Computed("tstzrange(from_at, until_at, '[)')", persisted=True),
            nullable=True,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(resource_id, resource_id, '[]')"), "&&"),
            (sa.text("int4range(lane, lane, '[]')"), "&&"),
            (sa.column("during"), "&&"),
            where=sa.text("active"),
            using="gist",
            name="ex_allocation_overlap",
        ),
        sa.CheckConstraint("from_at < until_at and lane >= 0", name=op.f("ck_allocation_during")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "booking_id"],
            ["booking.workspace_id", "booking.id"],
            name=op.f("fk_allocation_workspace_id_booking_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "resource_id"],
            ["resource.workspace_id", "resource.id"],
            name=op.f("fk_allocation_workspace_id_resource_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_allocation_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_allocation_workspace_id_id")),
    )
    op.create_index("ix_allocation_booking", "allocation", ["workspace_id", "booking_id"], unique=False)
    op.create_index(
        "ix_allocation_busy",
        "allocation",
        ["workspace_id", "resource_id", "from_at"],
        unique=False,
        postgresql_where=sa.text("active"),
        postgresql_include=["until_at", "booking_id"],
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("lease_token", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(outcome = 'started') = (ended_at is null)", name=op.f("ck_delivery_attempt_ended")),
        sa.CheckConstraint(
            "outcome in ('started','accepted','captured','retry','refused','uncertain')",
            name=op.f("ck_delivery_attempt_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "message_id"],
            ["message.workspace_id", "message.id"],
            name=op.f("fk_delivery_attempt_workspace_id_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_delivery_attempt_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_delivery_attempt_workspace_id_id")),
    )
    op.create_index(
        "ix_delivery_attempt_message", "delivery_attempt", ["workspace_id", "message_id", "id"], unique=False
    )
    op.create_table(
        "form_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("form_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waived_by", sa.String(), nullable=True),
        sa.Column("waived_reason", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(waived_at is null) = (waived_by is null)", name=op.f("ck_form_request_waived")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "booking_id"],
            ["booking.workspace_id", "booking.id"],
            name=op.f("fk_form_request_workspace_id_booking_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_form_request_workspace_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "form_id"],
            ["form.workspace_id", "form.id"],
            name=op.f("fk_form_request_workspace_id_form_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "version_id"],
            ["form_version.workspace_id", "form_version.id"],
            name=op.f("fk_form_request_workspace_id_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_form_request_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_request")),
        sa.UniqueConstraint(
            "workspace_id", "booking_id", "form_id", name=op.f("uq_form_request_workspace_id_booking_id_form_id")
        ),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_form_request_workspace_id_id")),
    )
    op.create_index("ix_form_request_contact", "form_request", ["workspace_id", "contact_id"], unique=False)
    op.create_index("ix_form_request_due", "form_request", ["workspace_id", "due_at"], unique=False)
    op.create_index(
        "ix_form_request_unfinished",
        "form_request",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("submitted_at is null and waived_at is null and withdrawn_at is null"),
    )
    op.create_table(
        "stock_movement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("on_hand_change", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("reserved_change", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("undoes_id", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'undo') = (undoes_id is not null)", name=op.f("ck_stock_movement_undo")),
        sa.CheckConstraint(
            "kind in ('receive','adjust','waste','reserve','release','consume','undo')",
            name=op.f("ck_stock_movement_kind"),
        ),
        sa.CheckConstraint(
            "kind not in ('reserve','release','consume') or booking_id is not null",
            name=op.f("ck_stock_movement_booking"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "booking_id"],
            ["booking.workspace_id", "booking.id"],
            name=op.f("fk_stock_movement_workspace_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "item_id"],
            ["item.workspace_id", "item.id"],
            name=op.f("fk_stock_movement_workspace_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["member.workspace_id", "member.id"],
            name=op.f("fk_stock_movement_workspace_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "undoes_id"],
            ["stock_movement.workspace_id", "stock_movement.id"],
            name=op.f("fk_stock_movement_workspace_id_undoes_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_stock_movement_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_stock_movement_workspace_id_id")),
    )
    op.create_index(
        "ix_stock_movement_booking",
        "stock_movement",
        ["workspace_id", "booking_id"],
        unique=False,
        postgresql_where=sa.text("booking_id is not null"),
    )
    op.create_index("ix_stock_movement_item", "stock_movement", ["workspace_id", "item_id", "id"], unique=False)
    op.create_index(
        "uq_stock_movement_once",
        "stock_movement",
        ["workspace_id", "booking_id", "item_id", "kind"],
        unique=True,
        postgresql_where=sa.text("kind in ('reserve','release','consume')"),
    )
    op.create_index("uq_stock_movement_undone", "stock_movement", ["workspace_id", "undoes_id"], unique=True)
    op.create_table(
        "submission",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "request_id"],
            ["form_request.workspace_id", "form_request.id"],
            name=op.f("fk_submission_workspace_id_request_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_submission_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_submission_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", "request_id", name=op.f("uq_submission_workspace_id_request_id")),
    )
    op.create_table(
        "submission_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "file_id"],
            ["stored_file.workspace_id", "stored_file.id"],
            name=op.f("fk_submission_file_workspace_id_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "request_id"],
            ["form_request.workspace_id", "form_request.id"],
            name=op.f("fk_submission_file_workspace_id_request_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_submission_file_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_file")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_submission_file_workspace_id_id")),
        sa.UniqueConstraint(
            "workspace_id", "request_id", "question", name=op.f("uq_submission_file_workspace_id_request_id_question")
        ),
    )
    for statement in _after_tables():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop policy of_members on user_account")
    op.drop_table("submission_file")
    op.drop_table("submission")
    op.drop_index("uq_stock_movement_undone", table_name="stock_movement")
    op.drop_index(
        "uq_stock_movement_once",
        table_name="stock_movement",
        postgresql_where=sa.text("kind in ('reserve','release','consume')"),
    )
    op.drop_index("ix_stock_movement_item", table_name="stock_movement")
    op.drop_index(
        "ix_stock_movement_booking", table_name="stock_movement", postgresql_where=sa.text("booking_id is not null")
    )
    op.drop_table("stock_movement")
    op.drop_index(
        "ix_form_request_unfinished",
        table_name="form_request",
        postgresql_where=sa.text("submitted_at is null and waived_at is null and withdrawn_at is null"),
    )
    op.drop_index("ix_form_request_due", table_name="form_request")
    op.drop_index("ix_form_request_contact", table_name="form_request")
    op.drop_table("form_request")
    op.drop_index("ix_delivery_attempt_message", table_name="delivery_attempt")
    op.drop_table("delivery_attempt")
    op.drop_index(
        "ix_allocation_busy",
        table_name="allocation",
        postgresql_where=sa.text("active"),
        postgresql_include=["until_at", "booking_id"],
    )
    op.drop_index("ix_allocation_booking", table_name="allocation")
    op.drop_table("allocation")
    op.drop_index("ix_time_off_span", table_name="time_off")
    op.drop_table("time_off")
    op.drop_index("ix_special_hours_on", table_name="special_hours")
    op.drop_table("special_hours")
    op.drop_table("service_staff")
    op.drop_index("ix_opening_hours_of", table_name="opening_hours")
    op.drop_table("opening_hours")
    op.drop_index("uq_message_rfc_message_id", table_name="message")
    op.drop_index("uq_message_dedupe_key", table_name="message")
    op.drop_index("ix_message_waiting", table_name="message", postgresql_where=sa.text("due_at is not null"))
    op.drop_index("ix_message_thread", table_name="message")
    op.drop_index("ix_message_leaving", table_name="message", postgresql_where=sa.text("state = 'sending'"))
    op.drop_index("ix_message_due", table_name="message", postgresql_where=sa.text("due_at is not null"))
    op.drop_index("ix_message_captured", table_name="message", postgresql_where=sa.text("provider = 'captured'"))
    op.drop_index(
        "ix_message_attention",
        table_name="message",
        postgresql_where=sa.text("state in ('held','failed','bounced','uncertain')"),
    )
    op.drop_index("ix_message_about", table_name="message")
    op.drop_table("message")
    op.drop_table("inquiry")
    op.drop_index("ix_form_document_version", table_name="form_document")
    op.drop_table("form_document")
    op.drop_index(
        "ix_booking_upcoming", table_name="booking", postgresql_where=sa.text("status in ('pending','confirmed')")
    )
    op.drop_index("ix_booking_status", table_name="booking")
    op.drop_index("ix_booking_starts", table_name="booking")
    op.drop_index("ix_booking_staff", table_name="booking")
    op.drop_index("ix_booking_contact", table_name="booking")
    op.drop_table("booking")
    op.drop_table("service_supply")
    op.drop_table("service_form")
    op.drop_index("uq_resource_member", table_name="resource")
    op.drop_table("resource")
    op.drop_index(
        "uq_invitation_open",
        table_name="invitation",
        postgresql_where=sa.text("accepted_at is null and revoked_at is null"),
    )
    op.drop_table("invitation")
    op.drop_table("form_version")
    op.drop_index(
        "ix_conversation_waiting", table_name="conversation", postgresql_where=sa.text("waiting_since is not null")
    )
    op.drop_index("ix_conversation_recent", table_name="conversation")
    op.drop_table("conversation")
    op.drop_index("ix_contact_word_contact", table_name="contact_word")
    op.drop_table("contact_word")
    op.drop_index("ix_contact_tag_tag", table_name="contact_tag")
    op.drop_table("contact_tag")
    op.drop_index("ix_contact_note_contact", table_name="contact_note")
    op.drop_table("contact_note")
    op.drop_index("uq_contact_address_primary", table_name="contact_address", postgresql_where=sa.text("is_primary"))
    op.drop_table("contact_address")
    op.drop_index("ix_automation_run_rule", table_name="automation_run")
    op.drop_index("ix_automation_run_due", table_name="automation_run", postgresql_where=sa.text("due_at is not null"))
    op.drop_index("ix_automation_run_contact", table_name="automation_run")
    op.drop_table("automation_run")
    op.drop_index("uq_alert_open", table_name="alert", postgresql_where=sa.text("resolved_at is null"))
    op.drop_index("ix_alert_log", table_name="alert")
    op.drop_table("alert")
    op.drop_table("wording")
    op.drop_table("stored_file")
    op.drop_index(op.f("ix_sign_in_session_user_id"), table_name="sign_in_session")
    op.drop_table("sign_in_session")
    op.drop_table("service")
    op.drop_table("rule_setting")
    op.drop_table("password_reset")
    op.drop_index("uq_outbox_event_once", table_name="outbox_event", postgresql_where=sa.text("once is not null"))
    op.drop_index(
        "ix_outbox_event_waiting", table_name="outbox_event", postgresql_where=sa.text("fanned_out_at is null")
    )
    op.drop_index("ix_outbox_event_contact", table_name="outbox_event")
    op.drop_index("ix_outbox_event_booking", table_name="outbox_event")
    op.drop_table("outbox_event")
    op.drop_index(op.f("ix_member_user_id"), table_name="member")
    op.drop_table("member")
    op.drop_index("uq_item_name", table_name="item", postgresql_where=sa.text("retired_at is null"))
    op.drop_table("item")
    op.drop_table("form")
    op.drop_table("customer_link")
    op.drop_table("credential")
    op.drop_index("ix_contact_stage", table_name="contact")
    op.drop_index("ix_contact_recent", table_name="contact")
    op.drop_table("contact")
    op.drop_table("channel_account")
    op.drop_index("ix_audit_entry_recent", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("api_key")
    op.drop_table("workspace")
    op.drop_table("user_account")
    op.drop_table("throttle_window")
    op.execute("""do $$ declare each regprocedure; begin
        for each in select oid::regprocedure from pg_proc where pronamespace = current_schema()::regnamespace loop
            execute format('drop function %s', each);
        end loop; end $$""")
