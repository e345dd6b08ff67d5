"""Predictions counted by hour, so that a long range of time is not added up part by part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "prediction_hours",
        sa.Column("use_case", sa.Text(), primary_key=True),
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("model_version", sa.Integer(), primary_key=True),
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("predicted", sa.Text(), primary_key=True, comment="Class; empty where numbers are predicted."),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Double(), comment="Sum of the predicted numbers; none of classes."),
        schema=SCHEMA,
        comment="Predictions that were recorded within an hour, added up from the counts of parts.",
    )
    op.create_table(
        "prediction_hours_until",
        sa.Column("use_case", sa.Text(), primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="Hours before are added up."),
        schema=SCHEMA,
        comment="How far predictions are counted by hour.",
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("prediction_hours_until", schema=SCHEMA)
    op.drop_table("prediction_hours", schema=SCHEMA)
