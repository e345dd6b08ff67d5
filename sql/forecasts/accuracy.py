"""How far off forecasts were, horizon by horizon, beside what simple rules would have said from the same readings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Double, Engine, Integer, Select, Table, and_, case, cast, func, select

from broker.ids import first_id_at
from sql.base.reading import reading
from sql.labels.performance import PerformanceWindow
from sql.labels.tables import labels
from sql.predictions.tables import prediction_table
from usecases.contract.forecast import HORIZON, LAGS, SEASONS, ForecastOptions
from usecases.forecasts.baselines import LAST_VALUE
from usecases.forecasts.observations import options_of


@dataclass(frozen=True, slots=True)
class HorizonAccuracy:
    """How far off the forecasts of one horizon were.

    Attributes
    ----------
    horizon, labelled
        Steps ahead, and forecasts of which it is known what came true.
    mae
        Their mean absolute error.
    baselines
        That of simple rules on the same rows, by their names; those left out that had no answer.
    coverage
        Share of what came true that each interval held, by its percent; none where there were no intervals.
    """

    horizon: int
    labelled: int
    mae: float
    baselines: Mapping[str, float]
    coverage: Mapping[str, float]


def accuracy_by_horizon(engine: Engine, window: PerformanceWindow) -> dict[int, list[HorizonAccuracy]]:
    """Measure forecasts against what came true; returns the horizons in their order by version."""
    options = options_of(window.use_case)
    found: dict[int, list[HorizonAccuracy]] = defaultdict(list)
    with reading(engine) as connection:
        for row in connection.execute(_query(window, options)).mappings():
            rules = {name: row[name] for name in _rules(prediction_table(window.use_case), options)}
            held = {str(share): row[f"within_{share}"] for share in sorted(options.intervals)}
            found[row["model_version"]].append(
                HorizonAccuracy(
                    row["horizon"],
                    row["labelled"],
                    row["mae"],
                    {name: error for name, error in rules.items() if error is not None},
                    {share: value for share, value in held.items() if value is not None},
                )
            )
    return found


def _query(window: PerformanceWindow, options: ForecastOptions) -> Select[Any]:
    table = prediction_table(window.use_case)
    first, last = first_id_at(window.start), first_id_at(window.end)
    joined = table.join(labels, and_(labels.c.prediction_id == table.c.id, labels.c.prediction_id.between(first, last)))
    truth = labels.c.number
    rules = [
        func.avg(func.abs(rule - truth), type_=Double).label(name) for name, rule in _rules(table, options).items()
    ]
    query = (
        select(
            table.c.model_version,
            cast(table.c[HORIZON], Integer).label("horizon"),
            func.count().label("labelled"),
            func.avg(func.abs(table.c.prediction - truth), type_=Double).label("mae"),
            *rules,
            *_coverage(table, options, truth),
        )
        .select_from(joined)
        .where(table.c.id >= first, table.c.id < last)
        .group_by(table.c.model_version, table.c[HORIZON])
        .order_by(table.c.model_version, table.c[HORIZON])
    )
    if window.model_version is not None:
        query = query.where(table.c.model_version == window.model_version)
    return query


def _rules(table: Table, options: ForecastOptions) -> dict[str, ColumnElement[float]]:
    """Return what simple rules say of a row, as :func:`usecases.forecasts.baselines.baselines` does."""
    last: ColumnElement[float] = func.coalesce(*(table.c[f"{LAGS}_{lag}"] for lag in sorted(options.lags)))
    seasons: dict[str, ColumnElement[float]] = {
        f"{SEASONS}_{season}": func.coalesce(table.c[f"{SEASONS}_{season}"], last) for season in options.seasons
    }
    return {LAST_VALUE: last} | seasons


def _coverage(table: Table, options: ForecastOptions, truth: ColumnElement[float]) -> list[ColumnElement[float]]:
    count = len(options.quantiles)
    found: list[ColumnElement[float]] = []
    for place, share in enumerate(sorted(options.intervals, reverse=True), start=1):
        low, high = table.c.scores[place], table.c.scores[count + 1 - place]
        held = case((truth.between(low, high), 1.0), else_=0.0)
        known = func.avg(held, type_=Double).filter(table.c.scores.is_not(None))
        found.append(known.label(f"within_{share}"))
    return found
