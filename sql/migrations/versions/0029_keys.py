"""Profiles by key: what machines or regions looked like in training and when scored, and the verdicts on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "profile_key_numbers",
        sa.Column("reference", sa.Text(), primary_key=True),
        sa.Column("feature", sa.Text(), primary_key=True),
        sa.Column("keys", sa.Integer(), nullable=False, comment="Keys of the training data that are kept."),
        sa.Column("mean", sa.Double(), nullable=False, comment="Mean of the means of the keys."),
        sa.Column("deviation", sa.Double(), nullable=False, comment="Standard deviation of rows within a key."),
        sa.Column(
            "between", sa.Double(), comment="Limit of the distance of a key's mean from the others, in such deviations."
        ),
        sa.Column(
            "most_missing", sa.Double(), nullable=False, comment="Largest share of missing values in a window of a key."
        ),
        schema=SCHEMA,
        comment="The columns of a reference profile that are judged by key.",
    )
    op.create_table(
        "profile_key_lengths",
        sa.Column("reference", sa.Text(), primary_key=True),
        sa.Column("feature", sa.Text(), primary_key=True),
        sa.Column(
            "length", sa.Integer(), primary_key=True, autoincrement=False, comment="Rows of a window of one key."
        ),
        sa.Column("windows", sa.Integer(), nullable=False, comment="Windows of this length that all keys hold."),
        sa.Column(
            "shift", sa.Double(), nullable=False, comment="Limit of the distance of its mean, in deviations of the key."
        ),
        schema=SCHEMA,
        comment="How far windows of a key lie from its other rows, by their length.",
    )
    op.create_table(
        "profile_keys",
        sa.Column("reference", sa.Text(), primary_key=True),
        sa.Column("feature", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("trained_rows", sa.BigInteger(), nullable=False, comment="Rows of the training data."),
        sa.Column("trained", sa.BigInteger(), nullable=False, comment="Rows of it with a value."),
        sa.Column("mean", sa.Double(), nullable=False, comment="Their mean."),
        sa.Column("deviation", sa.Double(), nullable=False, comment="Their standard deviation."),
        sa.Column("strays", sa.Double(), nullable=False, comment="By how much limits are widened for this key."),
        schema=SCHEMA,
        comment="What each key looked like in training.",
    )
    op.create_table(
        "part_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column(
            "key", sa.Text(), nullable=False, comment="Empty for rows without one, and of keys that are not kept apart."
        ),
        *_sums(),
        schema=SCHEMA,
        comment="Keys of parts that were recorded lately; the roll-up moves them on.",
    )
    op.create_table(
        "key_profiles",
        sa.Column("use_case", sa.Text(), primary_key=True),
        sa.Column(
            "span", sa.Text(), primary_key=True, comment="hour or day; the rows of an hour are in its day as well."
        ),
        sa.Column(
            "start",
            sa.DateTime(timezone=True),
            primary_key=True,
            comment="Where the span begins; by time of commit.",
        ),
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("model_version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("reference", sa.Text(), primary_key=True),
        sa.Column(
            "key",
            sa.Text(),
            primary_key=True,
            comment="Empty for rows without one, and of keys that are not kept apart.",
        ),
        *_sums(),
        sa.CheckConstraint("span in ('hour', 'day')", name="known_span"),
        schema=SCHEMA,
        comment="What was scored, by key, rolled up by hour and by day.",
    )
    # The functions that read them come with 0037, which lays the keys of parts out anew.


def downgrade() -> None:
    """Revert."""
    for table in ("key_profiles", "part_keys", "profile_keys", "profile_key_lengths", "profile_key_numbers"):
        op.drop_table(table, schema=SCHEMA)


def _sums() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column(
            "present",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="Rows with a value, of each number column.",
        ),
        sa.Column("totals", postgresql.ARRAY(sa.Double()), nullable=False, comment="Sum of each."),
        sa.Column("squares", postgresql.ARRAY(sa.Double()), nullable=False, comment="Sum of their squares."),
    )
