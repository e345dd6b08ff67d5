"""Messages without an id, found by their bytes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "batches_without_id",
        "batches",
        ["digest", "received_at"],
        schema="smartpredict",
        postgresql_where=sa.text("name = 'message without an id'"),
    )


def downgrade() -> None:
    """Revert."""
    op.drop_index("batches_without_id", "batches", schema="smartpredict")
