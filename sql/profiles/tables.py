"""Tables of the profiles: what training data and served rows looked like, as counts in slots that add up."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    false,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from sql.base.tables import metadata

_REFERENCE = "Digest of the reference profile; empty for a version that came without one."

reference_profiles = Table(
    "reference_profiles",
    metadata,
    Column("reference", Text, primary_key=True, comment="Digest of the profile."),
    Column("use_case", Text, nullable=False),
    Column("rows", BigInteger, nullable=False, comment="Rows of the training data."),
    Column("profile", JSONB, nullable=False, comment="As stored with the model."),
    Column("published_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="What training data looked like, so that drift can be computed without the model registry.",
)

profile_slots = Table(
    "profile_slots",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("slot", Integer, primary_key=True, comment="Place in the counts, from 1."),
    Column("feature", Text, nullable=False, comment="Column; score and prediction are watched like features."),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False, comment="Value of a category, or range of a bin."),
    Column("is_number", Boolean, nullable=False, comment="Whether the bins have an order."),
    Column("trained", BigInteger, nullable=False, comment="Rows of the training data in the slot."),
    CheckConstraint("kind in ('bin', 'missing', 'unseen', 'below', 'above')", name="known_kind"),
    comment="What each slot of a reference profile counts. Below and above are counted in the outer bins as well.",
)

profile_numbers = Table(
    "profile_numbers",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("place", Integer, primary_key=True, comment="Place in the totals and squares, from 1."),
    Column("feature", Text, nullable=False),
    Column("trained", BigInteger, nullable=False, comment="Rows of the training data with a value."),
    Column("total", Double, nullable=False, comment="Sum of the training data."),
    Column("squares", Double, nullable=False, comment="Sum of the squares of the training data."),
    Column(
        "is_clock",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether it is a time or a running number, which is not judged.",
    ),
    Column(
        "gives_time",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether its times, in days, are those at which the rows came.",
    ),
    comment="The columns of a reference profile that are numbers.",
)

profile_windows = Table(
    "profile_windows",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("feature", Text, primary_key=True),
    Column("unit", Text, primary_key=True, comment="What the length is counted in: rows or seconds."),
    Column("length", BigInteger, primary_key=True, comment="Rows or seconds of a window."),
    Column("windows", Integer, nullable=False, comment="Windows of this length in the training data."),
    Column("usual_psi", Double, nullable=False, comment="Median of their index, less what chance makes of it."),
    Column("psi", Double, nullable=False, comment="Limit of the index, less what chance makes of it."),
    Column("shift", Double, comment="Limit of the distance of the means in standard deviations; none of a category."),
    Column("outside", Double, comment="Limit of the share of rows on one side of all others; none of a category."),
    CheckConstraint("unit in ('rows', 'seconds')", name="known_unit"),
    comment="How far windows of the training data lie from the rest of it, of columns whose rows come in order.",
)


def _sums() -> tuple[Column[object], ...]:
    return (
        Column("slots", ARRAY(Integer), nullable=False, comment="Slots that are not empty."),
        Column("counts", ARRAY(BigInteger), nullable=False, comment="Rows in each of them."),
        Column("totals", ARRAY(Double), nullable=False, comment="Sum of each number column."),
        Column("squares", ARRAY(Double), nullable=False, comment="Sum of their squares."),
    )


part_profiles = Table(
    "part_profiles",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("use_case", Text, nullable=False),
    Column("model_version", Integer, nullable=False),
    Column("reference", Text, nullable=False, comment=_REFERENCE),
    Column("source", Text, nullable=False),
    Column("batch_id", Uuid, comment="Batch of a bulk part; none of the online lane."),
    Column("rows", BigInteger, nullable=False),
    *_sums(),
    comment="Profiles of parts that were recorded lately; the roll-up moves them on.",
)

profiles = Table(
    "profiles",
    metadata,
    Column("use_case", Text, primary_key=True),
    Column("span", Text, primary_key=True, comment="minute or hour; the rows of a minute are in its hour as well."),
    Column("start", DateTime(timezone=True), primary_key=True, comment="Where the span begins; by time of commit."),
    Column("source", Text, primary_key=True),
    Column("model_version", Integer, primary_key=True),
    Column("reference", Text, primary_key=True, comment=_REFERENCE),
    Column("rows", BigInteger, nullable=False),
    *_sums(),
    CheckConstraint("span in ('minute', 'hour')", name="known_span"),
    comment="Profiles of what was scored, rolled up by minute and by hour.",
)

batch_profiles = Table(
    "batch_profiles",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("use_case", Text, nullable=False),
    Column("batch_id", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("model_version", Integer, nullable=False),
    Column("reference", Text, nullable=False, comment=_REFERENCE),
    Column("recorded_at", DateTime(timezone=True), nullable=False, comment="When the last of these rows was recorded."),
    Column("rows", BigInteger, nullable=False),
    *_sums(),
    Index("batch_profiles_by_time", "use_case", "recorded_at"),
    comment="Profiles of batches, one row for each roll-up that met parts of the batch: who drives a drift.",
)
