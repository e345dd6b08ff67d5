"""What simple rules forecast from the same rows: the last value, and the value of a season before."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from usecases.contract.forecast import LAGS, SEASONS
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats

LAST_VALUE = "last_value"
"""Name of the baseline that expects no change."""


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


def _numbers(rows: pa.RecordBatch, name: str) -> Floats:
    return np.asarray(rows.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)
