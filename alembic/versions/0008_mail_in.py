"""Mail that comes in: how far each mailbox was read, every mail as it came, and the files that came with it."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from careops_app.infra import tenancy
from careops_app.workspace.sight import NARROWED

TENANT_TABLES = ("mailbox", "mail_folder", "inbound_mail", "inbound_raw", "mail_file")
STATES = "('waiting','filed','automatic','staff','report','unverified','unreadable','ignored','discarded')"

revision: str = "0008"
down_revision: str | None = "0007"
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


def _belongs(table: str, column: str, to: str, *, cascade: bool = True) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{to}.workspace_id", f"{to}.id"],
        name=op.f(f"fk_{table}_workspace_id_{column}"),
        ondelete="CASCADE" if cascade else None,
    )


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _words(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    _mailboxes()
    _mails()
    for table in TENANT_TABLES:
        for statement in tenancy.protect(table):
            op.execute(statement)
    for statement in tenancy.sequences():
        op.execute(statement)
    for table in TENANT_TABLES:
        if table in NARROWED:
            op.execute(tenancy.narrow(table, NARROWED[table]))


def _mailboxes() -> None:
    _tenant(
        "mailbox",
        _number("account_id"),
        _words("server"),
        _moment("since", nullable=False),
        _moment("synced_at"),
        _moment("compared_at"),
        _moment("failing_since"),
        _words("failure", nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("retry_at"),
        _words("lease_token", nullable=True),
        _moment("lease_until"),
        _belongs("mailbox", "account_id", "channel_account"),
        sa.CheckConstraint("(lease_token is null) = (lease_until is null)", name=op.f("ck_mailbox_lease")),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_mailbox_workspace_id")),
    )
    _tenant(
        "mail_folder",
        _number("mailbox_id"),
        _words("role"),
        _words("name"),
        _number("uid_validity"),
        _number("first_uid"),
        _number("last_uid"),
        _belongs("mail_folder", "mailbox_id", "mailbox"),
        sa.CheckConstraint("role in ('inbox', 'sent')", name=op.f("ck_mail_folder_role")),
        sa.CheckConstraint("last_uid >= 0 and first_uid >= 0", name=op.f("ck_mail_folder_uid")),
        sa.UniqueConstraint(
            "workspace_id", "mailbox_id", "role", name=op.f("uq_mail_folder_workspace_id_mailbox_id_role")
        ),
    )


def _mails() -> None:
    _tenant(
        "inbound_mail",
        _moment("due_at"),
        sa.Column("claims", sa.Integer(), nullable=False),
        _words("lease_token", nullable=True),
        _moment("lease_until"),
        _words("role"),
        _number("uid_validity"),
        _number("uid"),
        _words("identity"),
        sa.Column("size", sa.Integer(), nullable=False),
        _moment("received_at", nullable=False),
        _words("state"),
        _words("reason"),
        _number("message_id", nullable=True),
        _number("conversation_id", nullable=True),
        *(
            _words(name)
            for name in ("sender", "sender_name", "subject", "body", "quoted", "html", "html_problem")
        ),
        _moment("decided_at"),
        _number("decided_by", nullable=True),
        _belongs("inbound_mail", "message_id", "message"),
        _belongs("inbound_mail", "conversation_id", "conversation"),
        _belongs("inbound_mail", "decided_by", "member", cascade=False),
        sa.CheckConstraint("role in ('inbox', 'sent')", name=op.f("ck_inbound_mail_role")),
        sa.CheckConstraint(f"state in {STATES}", name=op.f("ck_inbound_mail_state")),
        sa.CheckConstraint("(state = 'waiting') = (due_at is not null)", name=op.f("ck_inbound_mail_due")),
        sa.CheckConstraint(
            "state not in ('filed', 'automatic', 'staff') or message_id is not null", name=op.f("ck_inbound_mail_message")
        ),
        sa.UniqueConstraint(
            "workspace_id", "role", "identity", name=op.f("uq_inbound_mail_workspace_id_role_identity")
        ),
    )
    op.create_index("ix_inbound_mail_due", "inbound_mail", ["due_at"], postgresql_where=sa.text("due_at is not null"))
    op.create_index("ix_inbound_mail_message", "inbound_mail", ["workspace_id", "message_id"])
    op.create_index("ix_inbound_mail_uid", "inbound_mail", ["workspace_id", "role", "uid_validity", "uid"])
    op.create_index(
        "ix_inbound_mail_decide", "inbound_mail", ["workspace_id", "received_at"],
        postgresql_where=sa.text("state in ('unverified', 'unreadable')"),
    )
    _tenant(
        "inbound_raw",
        _number("mail_id"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _belongs("inbound_raw", "mail_id", "inbound_mail"),
        sa.UniqueConstraint("workspace_id", "mail_id", name=op.f("uq_inbound_raw_workspace_id_mail_id")),
    )
    _tenant(
        "mail_file",
        _number("mail_id"),
        _words("name"),
        _words("content_type"),
        sa.Column("size", sa.Integer(), nullable=False),
        _words("sha256"),
        _words("key", nullable=True),
        _words("problem"),
        _belongs("mail_file", "mail_id", "inbound_mail"),
        sa.CheckConstraint("(key is null) = (problem <> '')", name=op.f("ck_mail_file_kept")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_file_key")),
    )
    op.create_index("ix_mail_file_mail", "mail_file", ["workspace_id", "mail_id"])


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.drop_table(table)
