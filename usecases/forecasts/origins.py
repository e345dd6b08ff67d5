"""The rows of one origin, made of all that is known now: what is sent to be forecast."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from usecases.contract.forecast import ForecastOptions
from usecases.contract.spec import UseCase
from usecases.forecasts.grid import build_grid
from usecases.forecasts.observations import Observations, options_of, series_names
from usecases.forecasts.rows import all_pairs, build_rows, joined
from usecases.forecasts.windows import fill_reach


@dataclass(frozen=True, slots=True)
class OriginRows:
    """Rows that forecast from an origin.

    Attributes
    ----------
    rows
        In the layout of :func:`usecases.contract.row_layout.row_schema`: series after series, horizon after horizon.
    missing
        Readings that rows look back on and that are not there, of all series.
    left_out
        Series that nothing can be forecast of from here.
    """

    rows: pa.RecordBatch
    missing: int
    left_out: tuple[str, ...]


def seen_from(options: ForecastOptions, origin: int) -> tuple[int, int]:
    """Return from when on, and until when, observations matter to an origin; all in microseconds since 1970.

    Readings up to the origin count, and what is known ahead of the hours that are forecast.
    """
    back = options.lookback + fill_reach(options)
    return origin - (back - 1) * options.step, origin + options.horizon * options.step


def newest_origin(use_case: UseCase, found: Observations, now: int) -> int | None:
    """Return the newest time that can be forecast from: every series has its reading, or the delay after it has gone by.

    Parameters
    ----------
    use_case, found
        The forecast and its observations.
    now
        The time, in microseconds since 1970.
    """
    options = options_of(use_case)
    given = ~np.isnan(found.readings) & (found.moments <= now)
    pairs = np.unique(np.stack([found.moments[given], found.series[given]]), axis=1)
    moments, counts = np.unique(pairs[0], return_counts=True)
    complete = (counts == len(series_names(use_case))) | (moments + options.delay_microseconds <= now)
    return int(moments[complete][-1]) if complete.any() else None


def rows_at(use_case: UseCase, found: Observations, origin: int) -> OriginRows | None:
    """Build the rows of an origin from what is known now; nothing where no series has a reading at it or before.

    Readings that came late, or were corrected, count as they are known now: a forecast that was made before stays as it was
    answered, and this one is a further version of it.

    Parameters
    ----------
    use_case, found
        The forecast and its observations, of the span that :func:`seen_from` returns at least.
    origin
        Time of the origin, in microseconds since 1970.
    """
    options = options_of(use_case)
    first, last = seen_from(options, origin)
    seen = found.take((found.moments >= first) & (found.moments <= last))
    of_future = seen.moments > origin
    known = np.where(of_future, np.nan, seen.readings)
    if np.isnan(known).all():
        return None
    # What is known now counts as known always: forecasts of this origin are made now.
    grid = build_grid(
        use_case, replace(seen, readings=known, known_at=seen.moments - (options.horizon + 1) * options.step)
    )
    step = grid.step_of(origin)
    if not 0 <= step < grid.steps or int(grid.moments(step)) != origin:
        return None
    built = joined(list(build_rows(use_case, grid, all_pairs(grid, options.horizon, step, step + 1))), use_case)
    window = grid.readings[:, max(0, step + 1 - options.lookback) : step + 1]
    missing = window.shape[0] * options.lookback - int((~np.isnan(window)).sum())
    names = series_names(use_case)
    there = set(names) if options.series is None else set(built.rows.column(options.series).unique().to_pylist())
    return OriginRows(built.rows, missing, tuple(name for name in names if name not in there))
