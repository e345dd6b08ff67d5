"""Parts that rows of many messages share, and which batch is in which of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.views import view_definition

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "batches",
        sa.Column(
            "part_id", sa.Uuid(), comment="Part that holds its good rows beside those of other batches, if one does."
        ),
        schema="smartpredict",
    )
    op.create_index(
        "batches_by_part",
        "batches",
        ["part_id"],
        schema="smartpredict",
        postgresql_where=sa.text("part_id is not null"),
    )
    op.alter_column(
        "parts",
        "batch_id",
        comment="None for a coalesced message of the online lane, and where batches share the part.",
        existing_comment="None for a coalesced message of the online lane.",
        schema="smartpredict",
    )
    op.create_table(
        "shared_parts",
        sa.Column("part_id", sa.Uuid(), primary_key=True),
        sa.Column("header", sa.Text(), nullable=False, comment="The header of the part, as JSON."),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        schema="smartpredict",
        comment="Parts that batches share, as they are published, until a worker has recorded them.",
    )
    op.execute(view_definition("batch_ledger_of_predictions"))


def downgrade() -> None:
    """Revert."""
    op.execute("drop view smartpredict.batch_ledger")
    op.drop_table("shared_parts", schema="smartpredict")
    op.alter_column(
        "parts",
        "batch_id",
        comment="None for a coalesced message of the online lane.",
        existing_comment="None for a coalesced message of the online lane, and where batches share the part.",
        schema="smartpredict",
    )
    op.drop_index("batches_by_part", "batches", schema="smartpredict")
    op.drop_column("batches", "part_id", schema="smartpredict")
    op.execute(view_definition("batch_ledger_own_parts"))
