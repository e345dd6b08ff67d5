"""Thresholds that people keep for versions of models."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "kept_thresholds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False, comment="Probability of the second class."),
        sa.Column("cost_of_false_alarm", sa.Double(), comment="In the unit of who kept it; none if not given."),
        sa.Column("cost_of_miss", sa.Double(), comment="In the same unit."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
        comment="Thresholds that people act on, by version; the newest one counts.",
    )
    op.create_index("kept_thresholds_by_version", "kept_thresholds", ["use_case", "version", "id"], schema=SCHEMA)


def downgrade() -> None:
    """Revert."""
    op.drop_table("kept_thresholds", schema=SCHEMA)
