"""A claim reads its rows in the order of the index, even when a whole queue became due in the same moment."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _index("class", "due_at", "id")


def downgrade() -> None:
    _index("class", "due_at")


def _index(*columns: str) -> None:
    op.drop_index("ix_message_due", table_name="message")
    op.create_index("ix_message_due", "message", list(columns), postgresql_where=sa.text("due_at is not null"))
