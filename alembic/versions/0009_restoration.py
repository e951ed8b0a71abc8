"""A business that was brought back from a backup sends nothing until it is released."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from careops_app.infra import tenancy

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "restoration",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_restoration_workspace_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "released_by"], ["member.workspace_id", "member.id"],
            name=op.f("fk_restoration_workspace_id_released_by"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restoration")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_restoration_workspace_id_id")),
    )
    op.create_index(
        "uq_restoration_open", "restoration", ["workspace_id"],
        unique=True, postgresql_where=sa.text("released_at is null"),
    )
    for statement in [*tenancy.protect("restoration"), *tenancy.sequences()]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("restoration")
