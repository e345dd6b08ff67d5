"""Features that are joined from observations by key: the newest that are known, and those that were known at past times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    FromClause,
    MetaData,
    Select,
    Table,
    Text,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    true,
)

from sql.base.feature_columns import feature_column
from sql.base.tables import OBSERVATIONS_SCHEMA
from sql.observations.spine import joined_to_spine, spine_table
from usecases.checking.joining import KnownFeatures
from usecases.columns.features import Feature
from usecases.contract.feature_tables import FeatureTable
from usecases.contract.row_layout import arrow_type
from usecases.contract.spec import UseCase


def known_features(
    where: Engine | Connection, use_case: UseCase, at: datetime, keys: Sequence[Sequence[str]] | None = None
) -> tuple[KnownFeatures, ...]:
    """Read the newest features that a use case joins, as they were known at a moment; none where it joins none.

    One statement a feature table, and one way down its index for each key.

    Parameters
    ----------
    where, use_case
        The database, and whose features.
    at
        What was known later is not looked at, nor what was too old by then.
    keys
        Keys that are wanted of each table; all that it has if not given.
    """
    if not use_case.feature_tables:
        return ()
    if isinstance(where, Engine):
        with where.connect() as connection:
            return known_features(connection, use_case, at, keys)
    return tuple(
        _known(where, use_case, table, at, None if keys is None else keys[place])
        for place, table in enumerate(use_case.feature_tables)
    )


def features_as_of(
    engine: Engine, use_case: UseCase, table: FeatureTable, keys: pa.Array, moments: pa.Array
) -> pa.RecordBatch:
    """Find for keys and times the newest features as they were known then: what was known later is not looked at.

    Parameters
    ----------
    engine, use_case, table
        The database, and which features.
    keys, moments
        A key and a time for each row; nothing is found where one of them is null.

    Returns
    -------
    pyarrow.RecordBatch
        A row for each pair, in their order: the features under their names, null where nothing was known.
    """
    spine = spine_table()
    newest = _newest(use_case, table, spine.c.name, spine.c.moment)
    features = _features(use_case, table)
    with engine.begin() as connection:
        found = joined_to_spine(connection, spine, newest, keys, moments, _schema(features))
    return _typed(features, found)


def _known(
    connection: Connection, use_case: UseCase, table: FeatureTable, at: datetime, keys: Sequence[str] | None
) -> KnownFeatures:
    names: FromClause
    if keys is None:
        names = (
            func.smartpredict.newest_readings(table.table)
            .table_valued(column("name", Text), name="names")
            .render_derived()
        )
    else:
        wanted = func.unnest(literal(sorted(set(keys)), ARRAY(Text)))
        names = wanted.table_valued(column("name", Text), name="names").render_derived()
    newest = _newest(use_case, table, names.c.name, literal(at, DateTime(timezone=True)))
    query: Select[Any] = select(names.c.name.label("key"), newest).select_from(names.join(newest, true()))
    features = _features(use_case, table)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    found = pa.Table.from_pylist(rows, pa.schema([pa.field("key", pa.string()), *_schema(features)]))
    keys_found = found.column("key").combine_chunks()
    return KnownFeatures(keys_found, _typed(features, found.drop_columns(["key"])))


def _newest(use_case: UseCase, table: FeatureTable, key: ColumnElement[str], at: ColumnElement[datetime]) -> Any:
    """Return what finds the newest observation of a key that tells one of the features: one way down the index."""
    found = Table(
        table.table,
        MetaData(schema=OBSERVATIONS_SCHEMA),
        Column("series", Text),
        *(Column(name, DateTime(timezone=True)) for name in ("event_time", "known_at")),
        *(Column(name) for name in sorted({one.column for one in table.features})),
    )
    read = {one.name: found.c[one.column] for one in table.features}
    limits = [found.c.series == key, found.c.event_time <= at, found.c.known_at <= at]
    if table.age_limit is not None:
        limits.append(found.c.event_time >= at - literal(table.age_limit))
    return (
        select(*_columns(use_case, read))
        .where(*limits, or_(*(values.is_not(None) for values in read.values())))
        .order_by(found.c.event_time.desc(), found.c.known_at.desc())
        .limit(1)
        .lateral("newest")
    )


def _columns(use_case: UseCase, read: dict[str, Column[Any]]) -> Iterator[ColumnElement[Any]]:
    """Return what features are read from, times as microseconds."""
    for name, values in read.items():
        kind = feature_column(use_case.features_by_name[name], nullable=True).type
        if isinstance(kind, DateTime):
            yield cast(func.extract("epoch", values) * 1_000_000, BigInteger).label(name)
        else:
            yield cast(values, kind).label(name)


def _features(use_case: UseCase, table: FeatureTable) -> list[Feature]:
    return [use_case.features_by_name[one.name] for one in table.features]


def _schema(features: Sequence[Feature]) -> pa.Schema:
    """Return the types in which features are read: texts for categories, microseconds for times."""
    return pa.schema([pa.field(feature.name, _plain(arrow_type(feature))) for feature in features])


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.int64()
    return pa.string() if pa.types.is_dictionary(kind) else kind


def _typed(features: Sequence[Feature], found: pa.Table) -> pa.RecordBatch:
    columns = {}
    for feature in features:
        array, kind = found.column(feature.name).combine_chunks(), arrow_type(feature)
        columns[feature.name] = array.cast(kind) if pa.types.is_timestamp(kind) else array
    return pa.RecordBatch.from_pydict(columns)
