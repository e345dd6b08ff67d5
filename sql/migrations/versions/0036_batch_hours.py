"""Batches counted by hour, so that the quality of a long range of time is not added up message by message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.functions import function_definition

revision = "0036"
down_revision = "0035"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "batch_hours",
        sa.Column("use_case", sa.Text(), primary_key=True),
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("batches", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False, comment="Those of them that were refused as a whole."),
        sa.Column("rows_in", sa.BigInteger(), nullable=False),
        sa.Column("rows_quarantined", sa.BigInteger(), nullable=False),
        sa.Column("rows_not_kept", sa.BigInteger(), nullable=False),
        sa.Column("rows_observed", sa.BigInteger(), nullable=False),
        schema=SCHEMA,
        comment="Batches that were received within an hour, but for those of jobs.",
    )
    op.create_table(
        "batch_hours_until",
        sa.Column("use_case", sa.Text(), primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="Hours before are added up."),
        schema=SCHEMA,
        comment="How far batches are counted by hour.",
    )
    op.create_index(
        "batches_of_jobs",
        "batches",
        ["use_case", "received_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("source = 'job'"),
    )
    op.execute(function_definition("quality/received_batches"))


def downgrade() -> None:
    """Revert."""
    op.execute("drop function smartpredict.received_batches(text, timestamptz, timestamptz, boolean)")
    op.drop_index("batches_of_jobs", "batches", schema=SCHEMA)
    op.drop_table("batch_hours_until", schema=SCHEMA)
    op.drop_table("batch_hours", schema=SCHEMA)
