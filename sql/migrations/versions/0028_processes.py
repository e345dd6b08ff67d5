"""Processes that report themselves each second."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "processes",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="By the clock of its machine."),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
            comment="Its last report, by the clock of the database.",
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), comment="None where it did not end in good order."),
        sa.PrimaryKeyConstraint("service", "host", "pid", "started_at"),
        schema=SCHEMA,
        comment="Processes that report themselves each second.",
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("processes", schema=SCHEMA)
