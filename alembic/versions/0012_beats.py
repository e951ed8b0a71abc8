"""Workers leave a sign of life."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from careops_app.infra import tenancy

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "worker_beat",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_worker_beat")),
    )
    for statement in tenancy.system_only("worker_beat"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("worker_beat")
