"""History of the contracts of use cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply; what is in force now is the first entry."""
    op.create_table(
        "use_case_contracts",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("schema_hash", sa.Text, nullable=False),
        sa.Column("contract", JSONB, nullable=False, comment="The use case as registered."),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("name", "schema_hash"),
        schema=SCHEMA,
        comment="Every contract that was in force, by use case and hash.",
    )
    op.execute(
        "insert into smartpredict.use_case_contracts (name, schema_hash, contract, registered_at) "
        "select name, schema_hash, contract, registered_at from smartpredict.use_cases"
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("use_case_contracts", schema=SCHEMA)
