"""A run keeps which checks held and which did not, and how often it was replayed; messages are found by their event."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    checks = sa.Column(
        "checks", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
    )
    op.add_column("automation_run", checks)
    op.add_column("automation_run", sa.Column("replays", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_index(
        "ix_message_event", "message", ["workspace_id", "event_id"], postgresql_where=sa.text("event_id is not null")
    )


def downgrade() -> None:
    op.drop_index("ix_message_event", table_name="message")
    op.drop_column("automation_run", "replays")
    op.drop_column("automation_run", "checks")
