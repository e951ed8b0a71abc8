"""Inquiries that look like spam wait in a table of their own until a proof of work or a person decides."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from careops_app.infra import tenancy
from careops_app.workspace.sight import NARROWED

TABLE = "quarantined_inquiry"

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("signs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.CheckConstraint("decision in ('accepted', 'proven', 'discarded')", name=op.f(f"ck_{TABLE}_decision")),
        sa.CheckConstraint("(decision is null) = (decided_at is null)", name=op.f(f"ck_{TABLE}_decided")),
        sa.CheckConstraint("decision <> 'proven' or decided_by is null", name=op.f(f"ck_{TABLE}_decider")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "decided_by"],
            ["member.workspace_id", "member.id"],
            name=op.f(f"fk_{TABLE}_workspace_id_decided_by"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f(f"fk_{TABLE}_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f(f"uq_{TABLE}_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", "idempotency_key", name=op.f(f"uq_{TABLE}_workspace_id_idempotency_key")),
    )
    op.create_index(
        f"ix_{TABLE}_waiting", TABLE, ["workspace_id", "received_at"], postgresql_where=sa.text("decision is null")
    )
    op.create_index(f"ix_{TABLE}_age", TABLE, ["received_at"])
    for statement in [*tenancy.protect(TABLE), *tenancy.sequences(), tenancy.narrow(TABLE, NARROWED[TABLE])]:
        op.execute(statement)


def downgrade() -> None:
    op.execute(tenancy.widen(TABLE))
    op.drop_table(TABLE)
