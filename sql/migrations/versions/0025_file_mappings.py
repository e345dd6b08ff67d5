"""Remember how files are read that are written otherwise than a use case expects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "file_mappings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column(
            "header", sa.Text(), nullable=False, comment="SHA-256 of the names of the columns, whatever their order."
        ),
        sa.Column(
            "mapping", JSONB(), nullable=False, comment="Columns by their names in the file, encoding, notations."
        ),
        sa.Column("accepted_by", sa.Text(), nullable=False, comment="Account that accepted it."),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "withdrawn_by",
            sa.Text(),
            comment="Account that withdrew it, or accepted another one for the same header.",
        ),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        schema=SCHEMA,
        comment="How files are read that are written otherwise than a use case expects.",
    )
    op.create_index(
        "file_mappings_in_force",
        "file_mappings",
        ["use_case", "header"],
        schema=SCHEMA,
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("file_mappings", schema=SCHEMA)
