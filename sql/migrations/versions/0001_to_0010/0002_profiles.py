"""Profiles of what was scored, and their roll-ups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from sql.functions import function_definition

revision = "0002"
down_revision = "0001"

SCHEMA = "smartpredict"
REFERENCE = "Digest of the reference profile; empty for a version that came without one."


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reference_profiles",
        sa.Column("reference", sa.Text(), nullable=False, comment="Digest of the profile."),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False, comment="Rows of the training data."),
        sa.Column("profile", postgresql.JSONB(), nullable=False, comment="As stored with the model."),
        sa.Column("published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
        schema=SCHEMA,
        comment="What training data looked like, so that drift can be computed without the model registry.",
    )
    op.create_table(
        "profile_slots",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False, comment="Place in the counts, from 1."),
        sa.Column(
            "feature", sa.Text(), nullable=False, comment="Column; score and prediction are watched like features."
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False, comment="Value of a category, or range of a bin."),
        sa.Column("is_number", sa.Boolean(), nullable=False, comment="Whether the bins have an order."),
        sa.Column("trained", sa.BigInteger(), nullable=False, comment="Rows of the training data in the slot."),
        sa.CheckConstraint("kind in ('bin', 'missing', 'unseen', 'below', 'above')", name="known_kind"),
        sa.PrimaryKeyConstraint("reference", "slot"),
        schema=SCHEMA,
        comment="What each slot of a reference profile counts. Below and above are counted in the outer bins as well.",
    )
    op.create_table(
        "profile_numbers",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="Place in the totals and squares, from 1."),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("trained", sa.BigInteger(), nullable=False, comment="Rows of the training data with a value."),
        sa.Column("total", sa.Double(), nullable=False, comment="Sum of the training data."),
        sa.Column("squares", sa.Double(), nullable=False, comment="Sum of the squares of the training data."),
        sa.PrimaryKeyConstraint("reference", "place"),
        schema=SCHEMA,
        comment="The columns of a reference profile that are numbers.",
    )
    op.create_table(
        "part_profiles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, comment=REFERENCE),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True, comment="Batch of a bulk part; none of the online lane."),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        *_sums(),
        sa.PrimaryKeyConstraint("id"),
        schema=SCHEMA,
        comment="Profiles of parts that were recorded lately; the roll-up moves them on.",
    )
    op.create_table(
        "profiles",
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column(
            "span", sa.Text(), nullable=False, comment="minute or hour; the rows of a minute are in its hour as well."
        ),
        sa.Column(
            "start", sa.DateTime(timezone=True), nullable=False, comment="Where the span begins; by time of commit."
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, comment=REFERENCE),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        *_sums(),
        sa.CheckConstraint("span in ('minute', 'hour')", name="known_span"),
        sa.PrimaryKeyConstraint("use_case", "span", "start", "source", "model_version", "reference"),
        schema=SCHEMA,
        comment="Profiles of what was scored, rolled up by minute and by hour.",
    )
    op.create_table(
        "batch_profiles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, comment=REFERENCE),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the last of these rows was recorded.",
        ),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        *_sums(),
        sa.PrimaryKeyConstraint("id"),
        schema=SCHEMA,
        comment="Profiles of batches, one row for each roll-up that met parts of the batch: who drives a drift.",
    )
    op.create_index("batch_profiles_by_time", "batch_profiles", ["use_case", "recorded_at"], schema=SCHEMA)
    op.execute(function_definition("roll_up_profiles"))
    op.execute("revoke execute on function smartpredict.roll_up_profiles from public")
    op.execute(function_definition("profile_rows"))
    # What was recorded before has no profile; its rows are counted, so that profiles and predictions balance.
    op.execute(
        """
        insert into smartpredict.part_profiles
            (recorded_at, use_case, model_version, reference, source, batch_id, rows, slots, counts, totals, squares)
        select p.recorded_at, p.use_case, p.model_version, '', d.door, p.batch_id, d.rows, '{}', '{}', '{}', '{}'
        from smartpredict.parts p, lateral (
            select doors.key as door, sum(classes.value::bigint) as rows
            from jsonb_each(p.counts) doors, jsonb_each_text(doors.value) classes group by doors.key
        ) d
        where p.recorded_at is not null
        """
    )


def downgrade() -> None:
    """Revert."""
    op.execute("drop function smartpredict.profile_rows")
    op.execute("drop function smartpredict.roll_up_profiles")
    for name in (
        "batch_profiles",
        "profiles",
        "part_profiles",
        "profile_numbers",
        "profile_slots",
        "reference_profiles",
    ):
        op.drop_table(name, schema=SCHEMA)


def _sums() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("slots", sa.ARRAY(sa.Integer()), nullable=False, comment="Slots that are not empty."),
        sa.Column("counts", sa.ARRAY(sa.BigInteger()), nullable=False, comment="Rows in each of them."),
        sa.Column("totals", sa.ARRAY(sa.Double()), nullable=False, comment="Sum of each number column."),
        sa.Column("squares", sa.ARRAY(sa.Double()), nullable=False, comment="Sum of their squares."),
    )
