"""Bad rows that were sent again, found without reading those that wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "quarantine_replayed",
        "quarantine",
        ["batch_id"],
        schema="smartpredict",
        postgresql_where=sa.text("replayed_at is not null"),
    )


def downgrade() -> None:
    """Revert."""
    op.drop_index("quarantine_replayed", "quarantine", schema="smartpredict")
