"""Who sent a dead letter on, repaired, or discarded it, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "letter_decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("letter_id", sa.Uuid(), nullable=False, comment="Which dead letter."),
        sa.Column("decision", sa.Text(), nullable=False, comment="repaired or discarded."),
        sa.Column("person", sa.Text(), nullable=False, comment="Who decided, as they call themselves."),
        sa.Column("account", sa.Text(), nullable=False, comment="With whose key that was said."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False, comment="Rows that were sent on; 0 where none were."),
        sa.Column("body", sa.LargeBinary(), comment="What was sent instead of the body that the letter keeps."),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
        comment="What people decided about dead letters, and why.",
    )
    op.create_index("letter_decisions_by_letter", "letter_decisions", ["letter_id", "id"], schema=SCHEMA)


def downgrade() -> None:
    """Revert."""
    op.drop_table("letter_decisions", schema=SCHEMA)
