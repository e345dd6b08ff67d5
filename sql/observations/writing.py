"""Storing observations: staged by COPY, each version kept once, and what contradicts a version that is there told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Uuid,
    and_,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert

from sql.base.copying import copy_rows
from sql.observations.tables import KEY, observation_table, value_names
from usecases.checking.reasons import RuleName
from usecases.contract.observations import observation_columns
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import Integers, options_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROW = "row_number"


@dataclass(frozen=True, slots=True)
class StoredObservations:
    """What became of observations.

    Attributes
    ----------
    stored
        Versions that are new.
    repeated
        Rows that say again what is stored.
    refused
        Rows that were not stored, by their numbers, with the rule they break.
    """

    stored: int
    repeated: int
    refused: Mapping[int, RuleName]


def store_observations(
    connection: Connection, use_case: UseCase, batch_id: UUID, rows: pa.RecordBatch, numbers: Any
) -> StoredObservations:
    """Store observations in the transaction of the caller.

    Parameters
    ----------
    connection, use_case, batch_id
        Where to, of what forecast, and the batch they came with.
    rows
        Good rows in the layout of :func:`usecases.contract.observations.observation_contract`.
    numbers
        The number of each row within its batch.
    """
    laid_out = _as_stored(use_case, rows, numbers)
    moments = laid_out.column("event_time").cast(pa.int64()).to_numpy()
    fits = _fits_the_steps(connection, use_case, moments)
    refused = dict.fromkeys(np.asarray(numbers)[~fits].tolist(), RuleName.STEP)
    if refused:
        laid_out, moments = laid_out.filter(pa.array(fits)), moments[fits]
    if not laid_out.num_rows:
        return StoredObservations(0, 0, refused)
    _add_partitions(connection, use_case, moments)
    table = observation_table(use_case)
    staged = _staged_table(table, laid_out.schema.names)
    staged.create(connection)
    copy_rows(connection, staged, laid_out)
    stored = _insert(connection, table, staged, batch_id)
    contradicting = _contradicting(connection, use_case, staged) if stored < laid_out.num_rows else []
    staged.drop(connection)
    refused |= dict.fromkeys(contradicting, RuleName.CONTRADICTION)
    return StoredObservations(stored, laid_out.num_rows - stored - len(contradicting), refused)


def _as_stored(use_case: UseCase, rows: pa.RecordBatch, numbers: Any) -> pa.RecordBatch:
    """Lay checked rows out in the columns of the table, each with its number."""
    options = options_of(use_case)
    names = observation_columns(use_case, options)
    moments = rows.column(names.time)
    series = (
        pa.repeat(pa.scalar("", pa.string()), rows.num_rows) if options.series is None else rows.column(options.series)
    )
    values = {name: rows.column(name) for name in value_names(use_case)}
    columns = {
        _ROW: pa.array(numbers, pa.int32()),
        "series": series,
        "event_time": moments,
        "known_at": _told_ahead(moments, rows.column(use_case.target))
        if names.known_at is None
        else pc.coalesce(rows.column(names.known_at), moments),
        **values,
    }
    # pgpq writes plain texts only.
    plain = {
        name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        for name, column in columns.items()
    }
    return pa.RecordBatch.from_pydict(plain)


def _told_ahead(moments: pa.Array, readings: pa.Array) -> pa.Array:
    """Return when rows were known where no column says it: at their time, what they tell ahead of their reading before it.

    So the reading is a further version, and contradicts nothing.
    """
    return pc.if_else(readings.is_valid(), moments, pc.subtract(moments, pa.scalar(1, pa.duration("us"))))


def _fits_the_steps(connection: Connection, use_case: UseCase, moments: Integers) -> Any:
    """Return which times lie a whole number of steps from what is stored, or from most of these where nothing is yet."""
    step = options_of(use_case).step
    phases = moments % step
    any_time = select(observation_table(use_case).c.event_time).limit(1)
    first = connection.scalar(any_time)
    if first is None:
        # The first to come decide for all, so they come one after the other.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"steps of {use_case.name}", 0))))
        first = connection.scalar(any_time)
    if first is None:
        found, counts = np.unique(phases, return_counts=True)
        return phases == found[counts.argmax()]
    since = first - _EPOCH
    return phases == ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) % step


def _add_partitions(connection: Connection, use_case: UseCase, moments: Integers) -> None:
    years = np.unique(moments.astype("datetime64[us]").astype("datetime64[Y]")).astype(np.int64) + 1970
    for year in years.tolist():
        connection.execute(select(func.smartpredict.add_observation_partition(use_case.name, year)))


def _staged_table(table: Table, names: list[str]) -> Table:
    return Table(
        "staged_observations",
        MetaData(),
        Column(_ROW, Integer),
        *(Column(name, table.c[name].type) for name in names if name != _ROW),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def _insert(connection: Connection, table: Table, staged: Table, batch_id: UUID) -> int:
    """Store the versions that are not there; of two rows with one version the first counts."""
    names = [column.name for column in staged.columns if column.name != _ROW]
    key = [staged.c[name] for name in KEY]
    # In one order, so that two batches with the same readings wait for each other and never in a ring.
    first = (
        select(*(staged.c[name] for name in names), literal(batch_id, Uuid))
        .ext(distinct_on(*key))
        .order_by(*key, staged.c[_ROW])
    )
    statement = insert(table).from_select([*names, "batch_id"], first).on_conflict_do_nothing()
    return connection.execute(statement).rowcount


def _contradicting(connection: Connection, use_case: UseCase, staged: Table) -> list[int]:
    """Return the rows whose version is stored with other values."""
    table = observation_table(use_case)
    # Without statistics the planner takes the staged table for a small one; without bounds it looks into every year.
    connection.execute(text("analyze staged_observations"))
    first, last = connection.execute(select(func.min(staged.c.event_time), func.max(staged.c.event_time))).one()
    same = and_(*(staged.c[name] == table.c[name] for name in KEY), table.c.event_time.between(first, last))
    differ = or_(*(staged.c[name].is_distinct_from(table.c[name]) for name in value_names(use_case)))
    query = select(staged.c[_ROW]).join(table, same).where(differ).order_by(staged.c[_ROW])
    return list(connection.scalars(query))
