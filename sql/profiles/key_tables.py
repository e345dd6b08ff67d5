"""Tables of the profiles by key: what each machine or region looked like in training, and what was scored of it."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Identity,
    Integer,
    Table,
    Text,
    func,
)

from sql.base.tables import metadata

profile_key_numbers = Table(
    "profile_key_numbers",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("feature", Text, primary_key=True),
    Column("keys", Integer, nullable=False, comment="Keys of the training data that are kept."),
    Column("mean", Double, nullable=False, comment="Mean of the means of the keys."),
    Column("deviation", Double, nullable=False, comment="Standard deviation of rows within a key."),
    Column("between", Double, comment="Limit of the distance of a key's mean from the others, in such deviations."),
    Column("most_missing", Double, nullable=False, comment="Largest share of missing values in a window of a key."),
    comment="The columns of a reference profile that are judged by key.",
)

profile_key_lengths = Table(
    "profile_key_lengths",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("feature", Text, primary_key=True),
    Column("length", Integer, primary_key=True, autoincrement=False, comment="Rows of a window of one key."),
    Column("windows", Integer, nullable=False, comment="Windows of this length that all keys hold."),
    Column("shift", Double, nullable=False, comment="Limit of the distance of its mean, in deviations of the key."),
    comment="How far windows of a key lie from its other rows, by their length.",
)

profile_keys = Table(
    "profile_keys",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("feature", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("trained_rows", BigInteger, nullable=False, comment="Rows of the training data."),
    Column("trained", BigInteger, nullable=False, comment="Rows of it with a value."),
    Column("mean", Double, nullable=False, comment="Their mean."),
    Column("deviation", Double, nullable=False, comment="Their standard deviation."),
    Column("strays", Double, nullable=False, comment="By how much limits are widened for this key."),
    comment="What each key looked like in training.",
)


part_keys = Table(
    "part_keys",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("use_case", Text, nullable=False),
    Column("model_version", Integer, nullable=False),
    Column("reference", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("keys", ARRAY(Text), nullable=False, comment="Empty for rows without one, and of keys not kept apart."),
    Column("rows", ARRAY(BigInteger), nullable=False, comment="Rows of each key."),
    Column("totals", ARRAY(Double), nullable=False, comment="Sums of each number column, column after column."),
    Column("present", ARRAY(BigInteger), comment="Rows with a value, likewise; none where no value is missing."),
    comment="Keys of parts that were recorded lately; the roll-up moves them on.",
)

key_profiles = Table(
    "key_profiles",
    metadata,
    Column("use_case", Text, primary_key=True),
    Column("span", Text, primary_key=True, comment="hour or day; the rows of an hour are in its day as well."),
    Column("start", DateTime(timezone=True), primary_key=True, comment="Where the span begins; by time of commit."),
    Column("source", Text, primary_key=True),
    Column("model_version", Integer, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("key", Text, primary_key=True, comment="Empty for rows without one, and of keys that are not kept apart."),
    Column("rows", BigInteger, nullable=False),
    Column("present", ARRAY(BigInteger), nullable=False, comment="Rows with a value, of each number column."),
    Column("totals", ARRAY(Double), nullable=False, comment="Sum of each."),
    CheckConstraint("span in ('hour', 'day')", name="known_span"),
    comment="What was scored, by key, rolled up by hour and by day.",
)
