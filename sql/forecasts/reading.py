"""Finding forecasts again, beside what came true: page by page, or all of them as CSV."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Engine,
    Interval,
    RowMapping,
    Select,
    Text,
    and_,
    exists,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import distinct_on

from sql.base.csv_lines import csv_lines, guarded
from sql.base.reading import CSV_CHUNK_ROWS, CSV_PATIENCE, reading
from sql.base.tables import batches, parts
from sql.forecasts.tables import forecasts
from sql.observations.tables import observation_table
from sql.predictions.tables import prediction_table
from usecases.contract.forecast import HORIZON
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of


class Versions(StrEnum):
    """Which versions of a forecast are meant, where readings that came late made several."""

    NEWEST = "newest"
    """As is known now."""
    FIRST = "first"
    """As it was answered first."""
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedForecasts:
    """Which forecasts are looked for; what is None is not filtered by."""

    versions: Versions = Versions.NEWEST
    series: str | None = None
    origin: datetime | None = None
    since: datetime | None = None
    """Of hours from then on."""
    until: datetime | None = None
    """Of hours before."""


def newest_forecast_origin(engine: Engine, use_case: UseCase) -> datetime | None:
    """Return the newest origin of a forecast that is stored; nothing where there is none."""
    query = (
        select(forecasts.c.origin)
        .where(forecasts.c.use_case == use_case.name, _is_stored(forecasts.c.batch_id))
        .order_by(forecasts.c.origin.desc())
        .limit(1)
    )
    with reading(engine) as connection:
        return connection.scalar(query)


def origin_if_stored(engine: Engine, batch_id: UUID) -> datetime | None:
    """Return the origin of a forecast once all its rows are stored; nothing before."""
    waiting = exists().where(parts.c.batch_id == batch_id, parts.c.recorded_at.is_(None))
    query = select(forecasts.c.origin).where(
        forecasts.c.batch_id == batch_id, forecasts.c.body.is_(None), _is_stored(forecasts.c.batch_id), ~waiting
    )
    with reading(engine) as connection:
        return connection.scalar(query)


def forecasts_page(
    engine: Engine, use_case: UseCase, wanted: WantedForecasts, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Read a page of forecasts, the newest origin first; the next page is what comes after its last id."""
    query = _query(use_case, wanted).limit(limit)
    if after is not None:
        table = prediction_table(use_case)
        before = (
            select(forecasts.c.origin)
            .join(table, table.c.batch_id == forecasts.c.batch_id)
            .where(table.c.id == after)
            .scalar_subquery()
        )
        query = query.where(or_(forecasts.c.origin < before, and_(forecasts.c.origin == before, table.c.id > after)))
    with reading(engine) as connection:
        return connection.execute(query).mappings().all()


def csv_of_forecasts(engine: Engine, use_case: UseCase, wanted: WantedForecasts) -> Generator[bytes]:
    """Write forecasts as CSV, the newest origin first, chunk by chunk as they come from the database."""
    quantiles = [f"score_{name}" for name in use_case.outputs]
    names = ["series", "origin", "version", "time", "horizon", "prediction", *quantiles, "came_true"]
    names += ["model_version", "made_at", "id"]
    yield csv_lines([names])
    with reading(engine, CSV_PATIENCE) as connection:
        streaming = connection.execution_options(stream_results=True, yield_per=CSV_CHUNK_ROWS)
        for rows in streaming.execute(_query(use_case, wanted)).mappings().partitions():
            yield csv_lines([_as_texts(use_case, row) for row in rows])


def newest_readings(
    engine: Engine, use_case: UseCase, series: str | None, since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Read the newest version of each reading from a time up to another, ordered by series and time."""
    table = observation_table(use_case)
    key = (table.c.series, table.c.event_time)
    query = (
        select(*key, table.c[use_case.target].label("reading"), table.c.known_at)
        .ext(distinct_on(*key))
        .where(table.c.event_time >= since, table.c.event_time < until, table.c[use_case.target].is_not(None))
        .order_by(*key, table.c.known_at.desc())
    )
    if series is not None:
        query = query.where(table.c.series == series)
    with reading(engine) as connection:
        return connection.execute(query).mappings().all()


def _query(use_case: UseCase, wanted: WantedForecasts) -> Select[Any]:
    table, options = prediction_table(use_case), options_of(use_case)
    series: ColumnElement[str] = literal("", Text) if options.series is None else table.c[options.series]
    step = literal(timedelta(microseconds=options.step), Interval)
    moment = (forecasts.c.origin + table.c[HORIZON] * step).cast(DateTime(timezone=True))
    found = observation_table(use_case)
    truth = (
        select(found.c[use_case.target].label("came_true"))
        .where(found.c.series == series, found.c.event_time == moment, found.c[use_case.target].is_not(None))
        .order_by(found.c.known_at.desc())
        .limit(1)
        .lateral("truth")
    )
    of_batch = and_(table.c.id.between(batches.c.first_id, batches.c.last_id), table.c.batch_id == batches.c.id)
    return (
        select(
            table.c.id, series.label("series"), forecasts.c.origin, forecasts.c.version, moment.label("time"),
            table.c[HORIZON].label("horizon"), table.c.prediction, table.c.scores, truth.c.came_true,
            table.c.model_version, forecasts.c.made_at, forecasts.c.missing, forecasts.c.left_out, forecasts.c.batch_id,
        )
        .select_from(
            forecasts.join(batches, batches.c.id == forecasts.c.batch_id)
            .join(table, of_batch)
            .outerjoin(truth, true())
        )
        .where(forecasts.c.use_case == use_case.name, *_conditions(use_case, wanted, series, moment))
        .order_by(forecasts.c.origin.desc(), table.c.id)
    )  # fmt: skip


def _conditions(
    use_case: UseCase, wanted: WantedForecasts, series: ColumnElement[str], moment: ColumnElement[datetime]
) -> list[ColumnElement[bool]]:
    options = options_of(use_case)
    ahead = timedelta(microseconds=options.step * options.horizon)
    conditions: list[ColumnElement[bool]] = []
    if wanted.series is not None:
        conditions.append(series == wanted.series)
    if wanted.origin is not None:
        conditions.append(forecasts.c.origin == wanted.origin)
    if wanted.since is not None:
        conditions += [forecasts.c.origin >= wanted.since - ahead, moment >= wanted.since]
    if wanted.until is not None:
        conditions += [forecasts.c.origin < wanted.until, moment < wanted.until]
    match wanted.versions:
        case Versions.FIRST:
            conditions.append(forecasts.c.version == 1)
        case Versions.NEWEST:
            other = forecasts.alias("other")
            conditions.append(
                ~exists().where(
                    other.c.use_case == forecasts.c.use_case,
                    other.c.origin == forecasts.c.origin,
                    other.c.version > forecasts.c.version,
                    _is_stored(other.c.batch_id),
                )
            )
        case Versions.ALL:
            pass
    return conditions


def _is_stored(batch_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    return exists().where(parts.c.batch_id == batch_id, parts.c.recorded_at.is_not(None))


def _as_texts(use_case: UseCase, row: RowMapping) -> list[str | None]:
    scores = [None] * len(use_case.outputs) if row["scores"] is None else row["scores"]
    values = [
        guarded(row["series"]), row["origin"], row["version"], row["time"], row["horizon"], row["prediction"], *scores,
        row["came_true"], row["model_version"], row["made_at"], row["id"],
    ]  # fmt: skip
    return [_text(value) for value in values]


def _text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return None if value is None else str(value)
