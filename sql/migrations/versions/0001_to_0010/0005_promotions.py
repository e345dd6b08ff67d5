"""History of promotions, and what keeps a worker from serving a version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "promotions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False, comment="Account, person or schedule that did it."),
        sa.Column(
            "from_version", sa.Integer(), nullable=True, comment="Version that was served before; none for the first."
        ),
        sa.Column("to_version", sa.Integer(), nullable=False),
        sa.Column(
            "gates",
            postgresql.JSONB(),
            nullable=False,
            comment="What was checked before: list of gate, verdict, detail.",
        ),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("kind in ('promoted', 'rolled_back', 'found')", name="known_kind"),
        sa.PrimaryKeyConstraint("id"),
        schema="smartpredict",
        comment="Which version became champion when, by whom, and why it was allowed to.",
    )
    op.create_index("promotions_by_use_case", "promotions", ["use_case", "id"], unique=False, schema="smartpredict")
    op.add_column(
        "workers",
        sa.Column(
            "problems",
            postgresql.JSONB(),
            server_default="{}",
            nullable=False,
            comment="Why a version is not served, by use case.",
        ),
        schema="smartpredict",
    )


def downgrade() -> None:
    """Revert."""
    op.drop_column("workers", "problems", schema="smartpredict")
    op.drop_index("promotions_by_use_case", table_name="promotions", schema="smartpredict")
    op.drop_table("promotions", schema="smartpredict")
