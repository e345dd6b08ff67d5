"""Batches of one use case, of one door, with bad rows or not read to the end are found without passing over all others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_index("batches_by_use_case", "batches", ["use_case", "received_at"], schema=SCHEMA)
    op.create_index("batches_by_source", "batches", ["source", "received_at"], schema=SCHEMA)
    op.create_index(
        "batches_with_bad_rows",
        "batches",
        ["use_case", "received_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("rows_quarantined > 0"),
    )
    op.create_index(
        "batches_not_ingested",
        "batches",
        ["received_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("state <> 'ingested'"),
    )


def downgrade() -> None:
    """Revert."""
    for name in ("batches_not_ingested", "batches_with_bad_rows", "batches_by_source", "batches_by_use_case"):
        op.drop_index(name, "batches", schema=SCHEMA)
