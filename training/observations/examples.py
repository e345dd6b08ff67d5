"""Rows that a forecast learns from and is judged by, drawn from all origins and horizons of its observations."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
from sqlalchemy import Engine

from sql.observations.reading import observations_as_known
from sql.observations.tables import is_registered
from training.errors import TrainingDataError
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.forecasts.grid import Grid, build_grid
from usecases.forecasts.observation_check import read_observations
from usecases.forecasts.observations import Observations, ObservationsError, options_of, series_names
from usecases.forecasts.rows import ForecastRows, Pairs, build_rows, joined

_SHOWN_REASONS = 3
_MOST_CELLS, _LEAST_FILLED = 20_000_000, 0.05
"""Steps of all series past which few of them may be empty: each takes some 40 bytes while rows are built."""


def checked_observations(use_case: UseCase, table: pa.RecordBatch) -> tuple[Observations, tuple[str, ...]]:
    """Check the observations of a forecast; returns them with what was left out or is missing, in words.

    Raises
    ------
    TrainingDataError
        If columns are missing, times contradict each other, or too many rows are bad.
    """
    try:
        found = read_observations(use_case, table)
    except (TableRefusedError, ObservationsError) as error:
        raise TrainingDataError(f"the observations do not fit: {error}") from error
    told = []
    if found.bad:
        counted = Counter(f"{one.column or 'row'} {one.rule}" for reasons in found.bad.values() for one in reasons)
        reasons = ", ".join(f"{what} ({count:,})" for what, count in counted.most_common(_SHOWN_REASONS))
        if len(found.bad) > use_case.quality.max_bad_share * found.rows:
            raise TrainingDataError(
                f"{len(found.bad):,} of {found.rows:,} observations are bad, the limit is {use_case.quality.max_bad_share:.0%}. "
                f"Most frequent: {reasons}"
            )
        told.append(f"{len(found.bad):,} observations that break the contract, most frequently: {reasons}")
    _require_dense(use_case, found)
    told += _gaps(use_case, found)
    return found, tuple(told)


def stored_observations(engine: Engine, use_case: UseCase) -> tuple[Observations, tuple[str, ...]]:
    """Read the observations of a forecast that are stored; returns them with what is missing, in words.

    Raises
    ------
    TrainingDataError
        If none are; says how they get there.
    """
    found = observations_as_known(engine, use_case) if is_registered(engine, use_case) else None
    if found is None:
        raise TrainingDataError(
            f"{use_case.name} is not registered, so it has no observations: smartpredict migrate; then drop a file of them into "
            f"incoming/{use_case.name}/"
        )
    if not found.rows:
        raise TrainingDataError(
            f"{use_case.name} has no observations yet: drop a file of them into incoming/{use_case.name}/, or name one "
            "under training.data in usecase.yaml"
        )
    _require_dense(use_case, found)
    return found, tuple(_gaps(use_case, found))


def _require_dense(use_case: UseCase, found: Observations) -> None:
    """Refuse readings of which a few lie so far from the others that the steps between them would take all memory."""
    moments = np.unique(found.moments)
    cells = len(series_names(use_case)) * (int((moments[-1] - moments[0]) // options_of(use_case).step) + 1)
    if cells <= _MOST_CELLS or found.moments.size >= _LEAST_FILLED * cells:
        return
    widest = int(np.diff(moments).argmax())
    is_before = found.moments <= moments[widest]
    apart = found.moments[is_before if 2 * is_before.sum() <= is_before.size else ~is_before]
    first, last, shown = (np.datetime64(int(moment), "us").item() for moment in (moments[0], moments[-1], apart[0]))
    raise TrainingDataError(
        f"the times reach from {first:%Y-%m-%d} to {last:%Y-%m-%d}, {cells:,} steps of all series for {found.moments.size:,} "
        f"readings: {apart.size:,} of these lie far from the others, such as {shown:%Y-%m-%d %H:%M} UTC. Correct them (the clock "
        "of a device begins anew in 1970 or 2000), or write the forecast.frequency that the readings have"
    )


def _gaps(use_case: UseCase, found: Observations) -> list[str]:
    """Count the readings that are missing between the first and the last of each series."""
    step, missing, expected = options_of(use_case).step, 0, 0
    given = found.take(~np.isnan(found.readings))
    for code in np.unique(given.series):
        moments = np.unique(given.moments[given.series == code])
        steps = int((moments[-1] - moments[0]) // step) + 1
        expected += steps
        missing += steps - len(moments)
    if not missing:
        return []
    policy = options_of(use_case).missing
    return [f"{missing:,} of {expected:,} readings that are missing (forecast.missing: {policy})"]


def draw_examples(use_case: UseCase, found: Observations) -> ForecastRows:
    """Draw pairs of origin and horizon at random, evenly, and build their rows; the seed makes it repeatable.

    Neighbouring origins and horizons share most of their readings, so a part of all pairs teaches nearly as much as all.

    Raises
    ------
    TrainingDataError
        If there are too few readings for a single row.
    """
    options = options_of(use_case)
    grid = build_grid(use_case, found)
    pairs = _drawn(grid, options.lookback, options.horizon, options.training_rows, use_case.training.seed)
    rows = joined(list(build_rows(use_case, grid, pairs)), use_case)
    known = np.flatnonzero(~np.isnan(rows.targets))
    if not known.size:
        raise TrainingDataError(
            f"{int((~np.isnan(found.readings)).sum()):,} readings of {len(series_names(use_case))} series are too few for a row, "
            f"which looks back {options.lookback} steps and ahead {options.horizon}; get more, or shorten lags, seasons and windows"
        )
    return ForecastRows(rows.rows.take(pa.array(known)), rows.targets[known], rows.origins[known], rows.settled[known])


def _drawn(grid: Grid, first: int, horizon: int, most: int, seed: int) -> Pairs:
    """Draw pairs whose row looks back on readings, and whose target lies on the grid."""
    shape = (grid.readings.shape[0], max(0, grid.steps - first - 1), horizon)
    total = int(np.prod(shape))
    rng = np.random.default_rng(seed)
    places = np.arange(total) if total <= most else np.unique(rng.integers(0, total, most))
    series, origins, horizons = np.unravel_index(places, shape) if total else (places, places, places)
    pairs = Pairs(series.astype(np.int64), origins.astype(np.int64) + first, horizons.astype(np.int64) + 1)
    kept = pairs.origins + pairs.horizons < grid.steps
    return Pairs(pairs.series[kept], pairs.origins[kept], pairs.horizons[kept])
