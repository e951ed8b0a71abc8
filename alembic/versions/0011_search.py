"""The words of conversations, and an index in the order of their list."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from alembic import op
from careops_app.infra import tenancy
from careops_app.inbox.words import ADD, searched_words
from careops_app.workspace.sight import NARROWED

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 2_000


def upgrade() -> None:
    op.create_table(
        "conversation_word",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("word", sa.String(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"], ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_conversation_word_workspace_id_conversation_id"), ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_conversation_word_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_word")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_conversation_word_workspace_id_id")),
        sa.UniqueConstraint(
            "workspace_id", "word", "conversation_id",
            name=op.f("uq_conversation_word_workspace_id_word_conversation_id"),
        ),
    )
    op.create_index("ix_conversation_word_conversation", "conversation_word", ["workspace_id", "conversation_id"])
    op.create_index(
        "ix_conversation_listed", "conversation",
        ["workspace_id", "state", sa.text("waiting_since asc nulls last"), sa.text("last_message_at desc"), sa.text("id desc")],
    )
    for statement in [*tenancy.protect("conversation_word"), *tenancy.sequences()]:
        op.execute(statement)
    op.execute(tenancy.narrow("conversation_word", NARROWED["conversation_word"]))
    op.execute(f"set local role {tenancy.SYSTEM_ROLE}")  # who sees the rows of every business
    _fill()
    op.execute("reset role")


def downgrade() -> None:
    op.drop_index("ix_conversation_listed", table_name="conversation")
    op.drop_table("conversation_word")


def _fill() -> None:
    """The words of what was written so far."""
    connection = op.get_bind()
    for message in _messages(connection):
        if words := searched_words(message.about, message.subject, message.body):
            values = {"workspace": message.workspace_id, "conversation": message.conversation_id, "words": words}
            connection.execute(ADD, values)


def _messages(connection: sa.Connection) -> Iterator[sa.Row]:
    """In the order of their ids, a batch at a time."""
    last = 0
    while batch := connection.execute(_NEXT, {"last": last, "batch": BATCH}).all():
        yield from batch
        last = batch[-1].id


_NEXT = sa.text("""
    select id, workspace_id, conversation_id, about, subject, body from message
     where id > :last and conversation_id is not null order by id limit :batch
""")
