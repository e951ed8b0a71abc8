"""The database has a name of its own, so that a data folder is not used by two installations."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from careops_app.infra import tenancy

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("single", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.CheckConstraint("single", name=op.f("ck_installation_single")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_installation")),
    )
    op.execute("insert into installation (name) values (replace(gen_random_uuid()::text, '-', ''))")
    for statement in tenancy.system_only("installation"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("installation")
