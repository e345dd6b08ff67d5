"""Who has an alert tell nobody for a while, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "alert_silences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("alert", sa.Text(), nullable=False, comment="Which alert, however often it begins."),
        sa.Column("person", sa.Text(), nullable=False, comment="Who wants it, as they call themselves."),
        sa.Column("account", sa.Text(), nullable=False, comment="With whose key that was said."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("silenced_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="When people are told again."),
        schema=SCHEMA,
        comment="Alerts that nobody is told of for a while; the newest of an alert counts, until it ends.",
    )
    op.create_index("alert_silences_by_alert", "alert_silences", ["alert", "id"], schema=SCHEMA)


def downgrade() -> None:
    """Revert."""
    op.drop_table("alert_silences", schema=SCHEMA)
