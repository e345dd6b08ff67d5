"""Labels that arrive late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.functions import function_definition

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "labels",
        sa.Column("prediction_id", sa.Uuid(), nullable=False, comment="Prediction that is labelled."),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), comment="Name of the class that came true; none of a regression."),
        sa.Column("number", sa.Double(), comment="Number that came true; none where classes are predicted."),
        sa.Column(
            "labelled_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was known; the latest one stays.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Door through which it came."),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("num_nonnulls(label, number) = 1", name="class_or_number"),
        sa.PrimaryKeyConstraint("prediction_id"),
        schema="smartpredict",
        comment="What came true, for predictions of which it is known.",
    )
    op.execute(function_definition("first_id_at"))
    op.execute(function_definition("scored_predictions"))


def downgrade() -> None:
    """Revert."""
    op.execute("drop function smartpredict.scored_predictions")
    op.execute("drop function smartpredict.first_id_at")
    op.drop_table("labels", schema="smartpredict")
