"""Keep the bodies of shared parts as they are: they are there for a moment, and packing one takes longer than all else."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Apply."""
    op.execute("alter table smartpredict.shared_parts alter column body set storage external")


def downgrade() -> None:
    """Revert."""
    op.execute("alter table smartpredict.shared_parts alter column body set storage extended")
