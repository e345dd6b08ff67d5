"""How many bad rows of a refused batch are counted and not kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "batches",
        sa.Column(
            "rows_not_kept",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Those of the quarantined rows that only the refused file itself holds.",
        ),
        schema="smartpredict",
    )


def downgrade() -> None:
    """Revert."""
    op.drop_column("batches", "rows_not_kept", schema="smartpredict")
