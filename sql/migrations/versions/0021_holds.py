"""Messages that wait for a person because too many of their sender's were refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "holds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("account", sa.Text(), nullable=False, comment="Who sends, where senders say so; else empty."),
        sa.Column("use_case", sa.Text(), nullable=False, comment="What for; empty where no use case has the name."),
        sa.Column("cause", sa.Text(), nullable=False, comment="Why the message was refused with which the hold began."),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("messages", sa.BigInteger(), nullable=False, server_default="0", comment="Messages held so far."),
        sa.Column("bytes", sa.BigInteger(), nullable=False, server_default="0", comment="Bytes of their bodies."),
        sa.Column("decision", sa.Text(), comment="released or discarded, once a person decided."),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        schema=SCHEMA,
        comment="Senders whose refused messages are held until a person decides, and what was decided.",
    )
    op.create_index(
        "holds_open",
        "holds",
        ["account", "use_case"],
        schema=SCHEMA,
        unique=True,
        postgresql_where=sa.text("decision is null"),
    )
    op.create_table(
        "held_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("hold_id", sa.BigInteger(), sa.ForeignKey(f"{SCHEMA}.holds.id"), nullable=False),
        sa.Column(
            "key",
            sa.Uuid(),
            nullable=False,
            comment="What makes it the same message, so that one delivered again is one row.",
        ),
        sa.Column("content", sa.Uuid(), nullable=False, comment="Derived from all that its sender set."),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text()),
        sa.Column("content_type", sa.Text()),
        sa.Column("message_type", sa.Text()),
        sa.Column("headers", JSONB(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint("hold_id", "key"),
        schema=SCHEMA,
        comment="Messages that are held; they go when they are taken up again or discarded.",
    )


def downgrade() -> None:
    """Revert; messages that are held are lost, so release or discard them first."""
    for table in ("held_messages", "holds"):
        op.drop_table(table, schema=SCHEMA)
