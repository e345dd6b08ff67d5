"""One table of observations per forecast: every version of every reading, in partitions of a year."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Column, DateTime, Double, Engine, Index, MetaData, Table, Text, Uuid, func, inspect

from sql.base.feature_columns import feature_column
from sql.base.tables import OBSERVATIONS_SCHEMA
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of

KEY = ("series", "event_time", "known_at")
"""What makes a version of a reading the one it is."""


@cache
def observation_table(use_case: UseCase) -> Table:
    """Derive the table of a forecast's observations.

    A row is a version of a reading: `series` it belongs to (empty where all readings are of one), `event_time` it is of,
    `known_at` when this version was known; the reading under the name of the target, null where the row only tells what
    is known ahead; each feature that is known ahead under its name. A correction is a further row with a later `known_at`,
    and no row is ever changed, so what was known at any moment can be read as it was.
    `batch_id` names the batch it came with, `recorded_at` when it was stored.

    Raises
    ------
    usecases.forecasts.observations.ObservationsError
        If the use case is no forecast.
    """
    options = options_of(use_case)
    known_ahead = [use_case.features_by_name[name] for name in options.known_ahead]
    return Table(
        use_case.name,
        MetaData(schema=OBSERVATIONS_SCHEMA),
        Column("series", Text, primary_key=True, comment="Name of the series; empty where there is one."),
        Column("event_time", DateTime(timezone=True), primary_key=True, comment="Time of the reading."),
        Column("known_at", DateTime(timezone=True), primary_key=True, comment="When this version was known."),
        Column(use_case.target, Double, comment=options.unit or None),
        *(feature_column(feature, nullable=True) for feature in known_ahead),
        Column("batch_id", Uuid, nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        # What was recorded lately is looked for every second, also right after a load, before a BRIN index knows of it.
        Index(None, "recorded_at"),
        # A range of time is read of all series at once; the primary key finds it series by series.
        Index(None, "event_time"),
        comment=use_case.title,
        postgresql_partition_by="RANGE (event_time)",
    )


def is_registered(engine: Engine, use_case: UseCase) -> bool:
    """Return whether the table is there; it is made when the use case is registered."""
    table = observation_table(use_case)
    return inspect(engine).has_table(table.name, schema=table.schema)


def value_names(use_case: UseCase) -> tuple[str, ...]:
    """Return the columns of a version that hold what was told: the reading, and what is known ahead."""
    return use_case.target, *options_of(use_case).known_ahead
