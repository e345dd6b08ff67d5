"""Observations: rows of batches that are stored as they are read, and partitions for them that a service may make."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.functions import function_definition
from sql.views import view_definition

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply."""
    for name, comment in (
        ("rows_observed", "Rows that are observations."),
        ("rows_repeated", "Those of the observed rows that were stored already."),
    ):
        op.add_column(
            "batches",
            sa.Column(name, sa.BigInteger(), nullable=False, server_default="0", comment=comment),
            schema="smartpredict",
        )
    op.execute(function_definition("partitions/add_observation_partition"))
    op.execute(view_definition("batch_ledger"))


def downgrade() -> None:
    """Revert."""
    op.execute("drop view smartpredict.batch_ledger")
    op.execute("drop function smartpredict.add_observation_partition(text, integer)")
    op.drop_column("batches", "rows_repeated", schema="smartpredict")
    op.drop_column("batches", "rows_observed", schema="smartpredict")
    op.execute(view_definition("batch_ledger_of_predictions"))
