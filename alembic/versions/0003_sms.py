"""Text messages: who asked for no more, what the provider reports, and the workspace's limits."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from alembic import op
from careops_app.infra import tenancy
from careops_app.workspace.sight import NARROWED

TENANT_TABLES = ("suppression", "delivery_event", "text_setting")

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _tenant(name: str, *parts: sa.Column | sa.Constraint) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        *parts,
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f(f"fk_{name}_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f(f"uq_{name}_workspace_id_id")),
    )


def upgrade() -> None:
    _tenant(
        "suppression",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address_digest", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel in ('email', 'sms')", name=op.f("ck_suppression_channel")),
        sa.UniqueConstraint(
            "workspace_id", "channel", "address_digest", name=op.f("uq_suppression_workspace_id_channel_address_digest")
        ),
    )
    _tenant(
        "delivery_event",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('taken', 'delivered', 'undelivered')", name=op.f("ck_delivery_event_kind")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "message_id"],
            ["message.workspace_id", "message.id"],
            name=op.f("fk_delivery_event_workspace_id_message_id"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("workspace_id", "external_id", name=op.f("uq_delivery_event_workspace_id_external_id")),
    )
    op.create_index("ix_delivery_event_message", "delivery_event", ["workspace_id", "message_id", "id"], unique=False)
    _tenant(
        "text_setting",
        sa.Column("hook_token", sa.String(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), server_default=sa.text("1260"), nullable=False),
        sa.Column("quiet_until", sa.Integer(), server_default=sa.text("480"), nullable=False),
        sa.Column("countries", ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("daily_cap", sa.Integer(), server_default=sa.text("250"), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("counted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("warned_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "quiet_from between 0 and 1439 and quiet_until between 0 and 1439", name=op.f("ck_text_setting_quiet")
        ),
        sa.CheckConstraint("daily_cap between 1 and 100000 and counted >= 0", name=op.f("ck_text_setting_daily_cap")),
        sa.UniqueConstraint("hook_token", name=op.f("uq_text_setting_hook_token")),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_text_setting_workspace_id")),
    )
    for table in TENANT_TABLES:
        for statement in tenancy.protect(table):
            op.execute(statement)
    for statement in tenancy.sequences():
        op.execute(statement)
    op.execute(tenancy.narrow("delivery_event", NARROWED["delivery_event"]))


def downgrade() -> None:
    op.drop_table("text_setting")
    op.drop_table("delivery_event")
    op.drop_table("suppression")
