"""Days of a source that were pulled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "pulled_days",
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False, comment="In the time zone of the forecast."),
        sa.Column("end_day", sa.Date(), nullable=False, comment="The day after the last."),
        sa.Column(
            "pulled_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When they were asked for, the last time.",
        ),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column(
            "digest", sa.Text(), nullable=False, comment="SHA-256 of what was told, as the file that was taken in."
        ),
        sa.PrimaryKeyConstraint("use_case", "first_day"),
        schema="smartpredict",
        comment="Days of a source that were pulled.",
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("pulled_days", schema="smartpredict")
