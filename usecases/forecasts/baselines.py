"""What simple rules forecast from the same rows: the last value, and the value of a season before."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from usecases.contract.forecast import LAGS, ROLLING, SEASONS, ForecastOptions
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.tasks.definition import Scores

LAST_VALUE = "last_value"
"""Name of the baseline that expects no change."""

METRIC = "mae_"
"""What stands before the name of a baseline in the name of the metric that a training measured of it."""


def baselines(use_case: UseCase, rows: pa.RecordBatch) -> Mapping[str, Floats]:
    """Return what the baselines answer to rows of a forecast, by their names; none for another task.

    The last value is the newest reading that a row has; it stands in where the reading of a season before is missing.

    Parameters
    ----------
    use_case
        The use case.
    rows
        In the layout of :func:`usecases.contract.row_layout.row_schema`.
    """
    options = use_case.forecast
    if options is None:
        return {}
    names = [f"{LAGS}_{lag}" for lag in sorted(options.lags)]
    last = _numbers(rows, names[0])
    for name in names[1:]:
        last = np.where(np.isnan(last), _numbers(rows, name), last)
    found = {LAST_VALUE: last}
    for season in options.seasons:
        before = _numbers(rows, f"{SEASONS}_{season}")
        found[f"{SEASONS}_{season}"] = np.where(np.isnan(before), last, before)
    return found


class NoReadingError(ValueError):
    """A row has nothing to forecast from; trying again gives the same."""


def best_baseline(options: ForecastOptions, metrics: Mapping[str, float]) -> str:
    """Return the baseline that erred least in a training, by its metrics; the first season where none measured any."""
    names = (*(f"{SEASONS}_{season}" for season in options.seasons), LAST_VALUE)
    return min(names, key=lambda name: metrics.get(f"{METRIC}{name}", float("inf")))


def baseline_scores(use_case: UseCase, name: str, rows: pa.RecordBatch) -> Scores:
    """Return the answers of a baseline to rows of a forecast: a number each, and no quantiles, for it knows none.

    Raises
    ------
    NoReadingError
        If a row has no reading at all.
    """
    found = baselines(use_case, rows)[name]
    for column in rows.schema.names:  # where no lag is known, a mean of more readings may be
        if column.startswith(tuple(f"{kind}_" for kind in ROLLING if kind != "std")):
            found = np.where(np.isnan(found), _numbers(rows, column), found)
    if np.isnan(found).any():
        raise NoReadingError(f"{int(np.isnan(found).sum()):,} rows have no reading to forecast from")
    return Scores(pa.array(found), pa.nulls(len(found), pa.float64()), None)


def _numbers(rows: pa.RecordBatch, name: str) -> Floats:
    return np.asarray(rows.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)
