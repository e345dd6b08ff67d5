"""Upkeep: what people were told, and partitions that an account may make without owning the tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.functions import function_definition

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "notifications",
        sa.Column("key", sa.Text(), nullable=False, comment="What it was about; the same problem has the same key."),
        sa.Column("sent_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        schema="smartpredict",
        comment="What people were told, so that a problem that lasts is not told every minute.",
    )
    op.create_index("notifications_by_time", "notifications", ["sent_at"], unique=False, schema="smartpredict")
    op.execute(function_definition("partitions/add_partition"))
    op.execute(function_definition("partitions/months_in_default"))


def downgrade() -> None:
    """Revert."""
    op.execute("drop function smartpredict.months_in_default(text)")
    op.execute("drop function smartpredict.add_partition(text, date)")
    op.drop_index("notifications_by_time", table_name="notifications", schema="smartpredict")
    op.drop_table("notifications", schema="smartpredict")
