"""Rules in versions, kill switches, and exceptions from the plan of messages."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op
from careops_app.infra import tenancy
from careops_app.workspace.sight import NARROWED

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CARRY_OVER = """
    insert into rule_version (workspace_id, rule, number, made_at, made_by_name, waiting, enabled, steps)
    select workspace_id, rule, 1, now(), '', 'update', case when enabled then null else false end,
           case when delay_minutes is null then null
                else jsonb_build_array(jsonb_build_object('minutes', delay_minutes, 'via', 'last', 'since', null)) end
    from rule_setting where not enabled or delay_minutes is not null
"""
CARRY_BACK = """
    insert into rule_setting (workspace_id, rule, enabled, delay_minutes)
    select distinct on (workspace_id, rule) workspace_id, rule, coalesce(enabled, true),
           case when rule = 'form-reminder' then (steps -> 0 ->> 'minutes')::int end
    from rule_version where service_id is null order by workspace_id, rule, number desc
"""


def _tenant(table: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f(f"fk_{table}_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f(f"uq_{table}_workspace_id_id")),
    )


def _of(table: str, column: str, other: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", column], [f"{other}.workspace_id", f"{other}.id"],
        name=op.f(f"fk_{table}_workspace_id_{column}"), ondelete=ondelete,
    )  # fmt: skip


def upgrade() -> None:
    _tenant(
        "rule_version",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.Column("waiting", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=True),
        sa.Column("steps", JSONB(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.CheckConstraint("waiting in ('keep', 'update', 'drop', 'anew')", name=op.f("ck_rule_version_waiting")),
        sa.CheckConstraint("number > 0", name=op.f("ck_rule_version_number")),
        sa.CheckConstraint(
            "(subject is null) = (body is null) and (body is null) = (text is null)", name=op.f("ck_rule_version_words")
        ),
        sa.UniqueConstraint("workspace_id", "rule", "number", name=op.f("uq_rule_version_workspace_id_rule_number")),
        _of("rule_version", "service_id", "service", ondelete="CASCADE"),
        _of("rule_version", "made_by", "member"),
    )
    _tenant(
        "automation_stop",
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_by", sa.BigInteger(), nullable=True),
        sa.Column("stopped_by_name", sa.String(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.BigInteger(), nullable=True),
        _of("automation_stop", "contact_id", "contact", ondelete="CASCADE"),
        _of("automation_stop", "stopped_by", "member"),
        _of("automation_stop", "lifted_by", "member"),
    )
    op.create_index(
        "uq_automation_stop_open", "automation_stop", ["workspace_id", sa.text("coalesce(contact_id, 0)")],
        unique=True, postgresql_where=sa.text("lifted_at is null"),
    )  # fmt: skip
    _tenant(
        "plan_change",
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("words", JSONB(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.CheckConstraint("about in ('booking', 'form_request')", name=op.f("ck_plan_change_about")),
        sa.UniqueConstraint(
            "workspace_id", "about", "about_id", "rule", "minutes",
            name=op.f("uq_plan_change_workspace_id_about_about_id_rule_minutes"),
        ),
        _of("plan_change", "contact_id", "contact", ondelete="CASCADE"),
        _of("plan_change", "made_by", "member"),
    )  # fmt: skip
    op.add_column("automation_run", sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("message", sa.Column("rule_version", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("rule_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("step_minutes", sa.Integer(), nullable=True))
    op.create_index(
        "ix_message_rule", "message", ["workspace_id", "rule"],
        postgresql_where=sa.text("state in ('queued', 'held')"),
    )  # fmt: skip
    op.create_index(
        "ix_outbox_event_followed", "outbox_event", ["at"],
        postgresql_where=sa.text("name in ('booking.completed', 'booking.no_show')"),
    )  # fmt: skip
    op.execute("alter table rule_setting no force row level security")
    op.execute(CARRY_OVER)
    op.drop_table("rule_setting")
    for table in ("rule_version", "automation_stop", "plan_change"):
        for statement in tenancy.protect(table):
            op.execute(statement)
    for statement in tenancy.sequences():
        op.execute(statement)
    for table in ("automation_stop", "plan_change"):
        op.execute(tenancy.narrow(table, NARROWED[table]))


def downgrade() -> None:
    _tenant(
        "rule_setting",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("delay_minutes", sa.Integer(), nullable=True),
        sa.UniqueConstraint("workspace_id", "rule", name=op.f("uq_rule_setting_workspace_id_rule")),
    )
    op.execute("alter table rule_version no force row level security")
    op.execute(CARRY_BACK)
    for statement in [*tenancy.protect("rule_setting"), *tenancy.sequences()]:
        op.execute(statement)
    op.drop_index("ix_outbox_event_followed", table_name="outbox_event")
    op.drop_index("ix_message_rule", table_name="message")
    for column in ("rule_version", "rule_since", "step_minutes"):
        op.drop_column("message", column)
    op.drop_column("automation_run", "version")
    for table in ("automation_stop", "plan_change"):
        op.execute(tenancy.widen(table))
    for table in ("plan_change", "automation_stop", "rule_version"):
        op.drop_table(table)
