"""Scores of the challenger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "shadow_scores",
        sa.Column("prediction_id", sa.Uuid(), nullable=False, comment="Prediction of the champion for the same row."),
        sa.Column("model_version", sa.Integer(), nullable=False, comment="Challenger that scored the row in shadow."),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("prediction", sa.Text(), comment="Class it would have predicted; none of a regression."),
        sa.Column("number", sa.Double(), comment="Number it would have predicted; none where classes are predicted."),
        sa.Column("score", sa.Double(), comment="Probability, where the task has one."),
        sa.Column("scores", postgresql.ARRAY(sa.Double()), comment="Probabilities of all classes; multiclass only."),
        sa.PrimaryKeyConstraint("prediction_id", "model_version"),
        schema="smartpredict",
        comment="What challengers answer to rows that champions predicted; nobody was given these answers.",
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("shadow_scores", schema="smartpredict")
