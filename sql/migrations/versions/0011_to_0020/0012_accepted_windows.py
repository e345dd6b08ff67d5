"""Windows of served rows that people accepted as normal, and the verdicts on drift, which take them into account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from sql.functions import function_definition

revision = "0012"
down_revision = "0011"

SCHEMA = "smartpredict"
SIGNATURE = "(text, timestamptz, timestamptz, interval, text, integer)"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "accepted_windows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="Rows committed from ..."),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="... to."),
        sa.Column("source", sa.Text(), comment="The door they came through; all, if none."),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column(
            "reference", sa.Text(), nullable=False, comment="Digest of the profile in whose slots they are counted."
        ),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), comment="Time that the rows span; none where they tell nothing of time."),
        sa.Column("slots", postgresql.ARRAY(sa.Integer()), nullable=False, comment="Slots that are not empty."),
        sa.Column("counts", postgresql.ARRAY(sa.BigInteger()), nullable=False, comment="Rows in each of them."),
        sa.Column("totals", postgresql.ARRAY(sa.Double()), nullable=False, comment="Sum of each number column."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why it is normal, in the words of who accepted it."),
        sa.Column("accepted_by", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("withdrawn_by", sa.Text()),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), comment="Since when it counts no more."),
        schema=SCHEMA,
        comment="Windows of served rows that people accepted as normal; rows like them have not drifted.",
    )
    op.create_index(
        "accepted_windows_in_force",
        "accepted_windows",
        ["reference"],
        schema=SCHEMA,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.execute(f"drop function if exists {SCHEMA}.drift_verdicts{SIGNATURE}")
    for name in ("chi_square_p", "drift_verdict_of", "accepted_distances", "drift_verdicts"):
        op.execute(function_definition(name))


def downgrade() -> None:
    """Revert; verdicts come again with the next upgrade."""
    op.execute(f"drop function {SCHEMA}.drift_verdicts{SIGNATURE}")
    op.execute(f"drop function {SCHEMA}.accepted_distances{SIGNATURE}")
    op.execute(
        f"drop function {SCHEMA}.drift_verdict_of(float8, float8, float8, float8, float8, boolean, boolean, boolean)"
    )
    op.execute(f"drop function {SCHEMA}.chi_square_p(float8, integer)")
    op.drop_table("accepted_windows", schema=SCHEMA)
