"""Who discarded a bad row, when and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    for column in (
        sa.Column("discarded_at", sa.DateTime(timezone=True)),
        sa.Column("discarded_by", sa.Text(), comment="Who discarded it, as they call themselves."),
        sa.Column("discarded_account", sa.Text(), comment="With whose key that was said."),
        sa.Column("discarded_reason", sa.Text()),
    ):
        op.add_column("quarantine", column, schema=SCHEMA)
    op.create_index(
        "quarantine_discarded",
        "quarantine",
        ["batch_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("discarded_at is not null"),
    )


def downgrade() -> None:
    """Revert; rows that were discarded wait again."""
    op.drop_index("quarantine_discarded", "quarantine", schema=SCHEMA)
    for name in ("discarded_reason", "discarded_account", "discarded_by", "discarded_at"):
        op.drop_column("quarantine", name, schema=SCHEMA)
