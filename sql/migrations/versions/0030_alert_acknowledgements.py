"""Who looks after an alert."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "alert_acknowledgements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("alert", sa.Text(), nullable=False, comment="Which alert."),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="When it began."),
        sa.Column("person", sa.Text(), nullable=False, comment="Who looks after it, as they call themselves."),
        sa.Column("account", sa.Text(), nullable=False, comment="With whose key that was said."),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
        comment="Who looks after an alert; the newest one counts, until the alert ends.",
    )
    op.create_index(
        "alert_acknowledgements_by_alert", "alert_acknowledgements", ["alert", "since", "id"], schema=SCHEMA
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("alert_acknowledgements", schema=SCHEMA)
