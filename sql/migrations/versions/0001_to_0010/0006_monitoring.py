"""Drift in SQL, and the history of verdicts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from sql.functions import function_definition

revision = "0006"
down_revision = "0005"

SCHEMA = "smartpredict"
FUNCTIONS = ("profile_spans", "profile_batches", "histograms", "drift")


def upgrade() -> None:
    """Apply."""
    for name in FUNCTIONS:
        op.execute(function_definition(name))
    op.create_table(
        "verdicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False, comment="What was looked at."),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("is_bad", sa.Boolean(), nullable=False, comment="Whether somebody has to do something."),
        sa.Column("detail", sa.Text(), nullable=False, comment="What was found, in words."),
        sa.Column("facts", postgresql.JSONB(), nullable=False, comment="The figures behind it."),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="Window that was looked at: from ..."),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="... to."),
        sa.Column("told", sa.Boolean(), nullable=False, comment="Whether people know of it, if they have to."),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema=SCHEMA,
        comment="What the monitoring found, at each evaluation.",
    )
    op.create_index("verdicts_by_time", "verdicts", ["use_case", "watch", "evaluated_at"], schema=SCHEMA)


def downgrade() -> None:
    """Revert."""
    op.drop_table("verdicts", schema=SCHEMA)
    for name in reversed(FUNCTIONS):
        op.execute(f"drop function smartpredict.{name}")
