"""Features of training data that no row brings: joined as they were known at the time of each row."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from sqlalchemy import Engine

from sql.observations.joining import features_as_of
from training.errors import TrainingDataError
from usecases.columns.casting import cast, cast_key
from usecases.columns.day_first import plain_days
from usecases.columns.features import TimestampFeature, common_zone
from usecases.contract.feature_tables import FeatureTable, joined_names
from usecases.contract.row_layout import canonical_names
from usecases.contract.spec import UseCase


def with_joined_features(
    use_case: UseCase, table: pa.RecordBatch, engine: Engine | None, told: Callable[[str], None]
) -> pa.RecordBatch:
    """Return training data with the features that are joined: nothing that was known later than a row's time is.

    Parameters
    ----------
    use_case, table
        What is joined, and the data as it was read.
    engine
        The database that holds the observations.
    told
        Hears of rows without a time, in words: their features are missing.

    Raises
    ------
    TrainingDataError
        If the data bring what is joined, lack the key or the time, or if no database is named.
    """
    if not use_case.feature_tables:
        return table
    if engine is None:
        raise TrainingDataError(
            f"{use_case.name} joins features from stored observations, and no database is named here: set "
            "SMARTPREDICT_DATABASE_URL"
        )
    named = _columns_by_name(use_case, table)
    brought = sorted(joined_names(use_case.feature_tables) & named.keys())
    if brought:
        raise TrainingDataError(
            f"the training data has {', '.join(brought)}, which {use_case.name} joins as of each row's time (feature_tables); "
            "leave the columns out of the data, or do not join them"
        )
    columns = dict(zip(table.schema.names, table.columns, strict=True))
    for one in use_case.feature_tables:
        found = _joined(use_case, one, named, engine, told)
        columns |= dict(zip(found.schema.names, found.columns, strict=True))
    return pa.RecordBatch.from_pydict(columns)


def _joined(
    use_case: UseCase, table: FeatureTable, named: dict[str, pa.Array], engine: Engine, told: Callable[[str], None]
) -> pa.RecordBatch:
    wanted = [table.event_time] if table.join_key is None else [table.event_time, table.join_key]
    missing = [name for name in wanted if name not in named]
    if missing:
        raise TrainingDataError(
            f"the training data has no {' and no '.join(missing)}, by which {use_case.name} joins features from {table.table} "
            "(feature_tables); add the column, or name another one there"
        )
    feature = use_case.features_by_name.get(table.event_time)
    zone = common_zone(use_case.features)
    of_others = TimestampFeature(name="event_time", type="timestamp", time_zone=zone)
    time = feature if isinstance(feature, TimestampFeature) else of_others
    moments, _ = cast(time, plain_days(named[table.event_time]))
    if moments.null_count:
        told(
            f"{moments.null_count:,} rows have no time in {table.event_time} that can be read: what is joined from "
            f"{table.table} is missing in them"
        )
    return features_as_of(engine, use_case, table, _keys(use_case, table, named, len(moments)), moments)


def _keys(use_case: UseCase, table: FeatureTable, named: dict[str, pa.Array], rows: int) -> pa.Array:
    """Return the keys of rows as texts; a value that cannot be read finds nothing, and is a bad one itself."""
    if table.join_key is None:
        return pa.repeat(pa.scalar("", pa.string()), rows)
    column = named[table.join_key]
    by = use_case.features_by_name.get(table.join_key)
    keys, _ = cast_key(column) if by is None else cast(by, column)
    return keys.cast(pa.string())


def _columns_by_name(use_case: UseCase, table: pa.RecordBatch) -> dict[str, pa.Array]:
    """Return the columns of a table by the names that the use case gives them; those it ignores by their own."""
    found: dict[str, pa.Array] = {}
    for name, own, column in zip(
        canonical_names(use_case, table.schema.names), table.schema.names, table.columns, strict=True
    ):
        found.setdefault(name or own.strip(), column)
    return found
