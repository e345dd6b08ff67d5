"""The keys of a part are one row, however many they are, and without the sums of squares, which nobody reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from sql.functions import function_definition

revision = "0037"
down_revision = "0036"

SCHEMA = "smartpredict"
SIGNATURES = (
    "drift_keys(text, timestamptz, timestamptz, text, integer, integer)",
    "key_sums(text, timestamptz, timestamptz, text, integer)",
    "roll_up_keys(integer, integer)",
)


def upgrade() -> None:
    """Apply; what waits for the roll-up goes on waiting, a part of one key each."""
    _drop_functions()
    op.rename_table("part_keys", "part_keys_before", schema=SCHEMA)
    op.execute(f"alter index {SCHEMA}.part_keys_pkey rename to part_keys_before_pkey")
    op.create_table(
        "part_keys",
        *_about_part(),
        sa.Column(
            "keys",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Empty for rows without one, and of keys not kept apart.",
        ),
        sa.Column("rows", postgresql.ARRAY(sa.BigInteger()), nullable=False, comment="Rows of each key."),
        sa.Column(
            "totals",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="Sums of each number column, column after column.",
        ),
        sa.Column(
            "present",
            postgresql.ARRAY(sa.BigInteger()),
            comment="Rows with a value, likewise; none where no value is missing.",
        ),
        schema=SCHEMA,
        comment="Keys of parts that were recorded lately; the roll-up moves them on.",
    )
    for column in ("keys", "rows", "totals", "present"):
        # They are read once and go; packing them takes longer than writing them.
        op.execute(f"alter table {SCHEMA}.part_keys alter column {column} set storage external")
    op.execute(
        f"insert into {SCHEMA}.part_keys (recorded_at, use_case, model_version, reference, source, keys, rows, totals, present)"  # noqa: S608  # a constant
        " select recorded_at, use_case, model_version, reference, source, array[key], array[rows], totals, present"
        f" from {SCHEMA}.part_keys_before"
    )
    op.drop_table("part_keys_before", schema=SCHEMA)
    op.drop_column("key_profiles", "squares", schema=SCHEMA)
    for name in ("key_cells", "roll_up_keys", "key_sums", "drift_keys"):
        op.execute(function_definition(f"keys/{name}"))
    # Whoever may execute it is told in the grants; by default everybody might.
    op.execute(f"revoke execute on function {SCHEMA}.roll_up_keys from public")


def downgrade() -> None:
    """Revert; the functions come again with the next upgrade."""
    _drop_functions()
    op.execute(f"drop function {SCHEMA}.key_cells(text[], bigint[], double precision[], bigint[])")
    op.drop_table("part_keys", schema=SCHEMA)
    none = sa.text("'{}'::double precision[]")
    squares: sa.Column[object] = sa.Column(
        "squares", postgresql.ARRAY(sa.Double()), nullable=False, server_default=none
    )
    op.add_column("key_profiles", squares, schema=SCHEMA)
    op.create_table(
        "part_keys",
        *_about_part(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("present", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("totals", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("squares", postgresql.ARRAY(sa.Double()), nullable=False),
        schema=SCHEMA,
    )


def _about_part() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
    )


def _drop_functions() -> None:
    """Drop what an earlier version of 0029 made as well."""
    for signature in SIGNATURES:
        op.execute(f"drop function if exists {SCHEMA}.{signature}")
