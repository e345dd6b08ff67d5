"""Windows of the training data, and their limits in SQL; the verdicts come with what they read besides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.functions import function_definition

revision = "0011"
down_revision = "0010"

SCHEMA = "smartpredict"
SIGNATURE = "(text, timestamptz, timestamptz, interval, text, integer)"


def upgrade() -> None:
    """Apply."""
    for name, comment in (
        ("is_clock", "Whether it is a time or a running number, which is not judged."),
        ("gives_time", "Whether its times, in days, are those at which the rows came."),
    ):
        op.add_column(
            "profile_numbers",
            sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False, comment=comment),
            schema=SCHEMA,
        )
    op.create_table(
        "profile_windows",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False, comment="What the length is counted in: rows or seconds."),
        sa.Column("length", sa.BigInteger(), nullable=False, comment="Rows or seconds of a window."),
        sa.Column("windows", sa.Integer(), nullable=False, comment="Windows of this length in the training data."),
        sa.Column(
            "usual_psi", sa.Double(), nullable=False, comment="Median of their index, less what chance makes of it."
        ),
        sa.Column("psi", sa.Double(), nullable=False, comment="Limit of the index, less what chance makes of it."),
        sa.Column(
            "shift",
            sa.Double(),
            comment="Limit of the distance of the means in standard deviations; none of a category.",
        ),
        sa.Column(
            "outside", sa.Double(), comment="Limit of the share of rows on one side of all others; none of a category."
        ),
        sa.CheckConstraint("unit in ('rows', 'seconds')", name="known_unit"),
        sa.PrimaryKeyConstraint("reference", "feature", "unit", "length"),
        schema=SCHEMA,
        comment="How far windows of the training data lie from the rest of it, of columns whose rows come in order.",
    )
    op.execute(f"drop function {SCHEMA}.drift{SIGNATURE}")
    for name in ("drift", "window_limits"):
        op.execute(function_definition(name))


def downgrade() -> None:
    """Revert; the distances keep their further columns."""
    op.execute(f"drop function {SCHEMA}.window_limits(text, text, bigint, double precision)")
    op.drop_table("profile_windows", schema=SCHEMA)
    op.drop_column("profile_numbers", "gives_time", schema=SCHEMA)
    op.drop_column("profile_numbers", "is_clock", schema=SCHEMA)
