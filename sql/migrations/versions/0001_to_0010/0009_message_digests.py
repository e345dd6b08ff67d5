"""What a foreign message held, beside the id it came under."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "batches",
        sa.Column(
            "digest", sa.Text(), comment="SHA-256 of what arrived under an id that its sender chose; none otherwise."
        ),
        schema="smartpredict",
    )


def downgrade() -> None:
    """Revert."""
    op.drop_column("batches", "digest", schema="smartpredict")
