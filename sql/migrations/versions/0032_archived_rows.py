"""Predictions that left the database for files, counted by day and batch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "archived_rows",
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="Of the time they were received, in UTC."),
        sa.Column("batch_id", sa.Uuid(), comment="None for the rows of requests."),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False, comment="Where the files are."),
        schema=SCHEMA,
        comment="Predictions that are in files and no longer in their table; the ledger counts them all the same.",
    )
    op.create_index("archived_rows_by_day", "archived_rows", ["use_case", "day"], schema=SCHEMA)


def downgrade() -> None:
    """Revert."""
    op.drop_table("archived_rows", schema=SCHEMA)
