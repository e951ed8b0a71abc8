"""A message in doubt is looked for again at a time; an account may have a limit within 24 hours."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("message", sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_message_probe"), "message", "probe_at is null or state = 'uncertain'")
    op.create_index("ix_message_doubt", "message", ["probe_at"], postgresql_where=sa.text("probe_at is not null"))
    op.create_index("ix_delivery_attempt_day", "delivery_attempt", ["workspace_id", "channel", "at"])
    op.add_column("channel_account", sa.Column("daily_cap", sa.Integer(), nullable=True))
    op.create_check_constraint(op.f("ck_channel_account_daily_cap"), "channel_account", "daily_cap > 0")
    op.execute("update channel_account set daily_cap = 500 where provider = 'gmail'")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_channel_account_daily_cap"), "channel_account", type_="check")
    op.drop_column("channel_account", "daily_cap")
    op.drop_index("ix_delivery_attempt_day", table_name="delivery_attempt")
    op.drop_index("ix_message_doubt", table_name="message")
    op.drop_constraint(op.f("ck_message_probe"), "message", type_="check")
    op.drop_column("message", "probe_at")
