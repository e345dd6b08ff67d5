"""Versions that a worker has served, so that a rollback leads to no other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "served_versions",
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("served_since", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("use_case", "version"),
        schema="smartpredict",
        comment="Versions that a worker has served, by which a rollback knows where it may lead.",
    )
    # What passed the gates before this was noted is taken to have been served, or the way back would be closed.
    op.execute(
        """
        insert into smartpredict.served_versions (use_case, version, served_since)
        select use_case, to_version, min(at) from smartpredict.promotions
        where kind in ('promoted', 'rolled_back')
        group by use_case, to_version
        """
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("served_versions", schema="smartpredict")
