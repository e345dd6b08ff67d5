"""The order in which rows of training data came, as far as the data tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from monitoring.profiles.part_counts import to_numbers
from usecases.columns.features import TimestampFeature
from usecases.contract.drift_limits import RowOrderSource
from usecases.contract.spec import UseCase

SECONDS_A_DAY = 86_400

Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class RowOrder:
    """Rows in the order in which they came."""

    places: Places
    """Which row comes first, second and so on; rows without a time are left out where a time gives the order."""
    seconds: np.ndarray[Any, np.dtype[np.float64]] | None
    """Their times, ascending; none where the order is that of the file."""


def row_order(
    use_case: UseCase,
    rows: pa.RecordBatch,
    targets: np.ndarray[Any, np.dtype[np.float64]],
    by_split: Places | None = None,
) -> RowOrder | None:
    """Return the order of training rows; none where they have none.

    The only feature that is a time gives it, or the column by which the last rows are kept apart, or the file. A file whose targets stand in order was sorted by
    them, which says nothing of the order in which rows came.

    Parameters
    ----------
    use_case
        Says in `drift.row_order` where the order is to be taken from.
    rows, targets
        The training data.
    by_split
        Which row comes first, second and so on by the time that the holdout is split by, if it is.
    """
    asked = use_case.drift.row_order
    times = [feature for feature in use_case.features if isinstance(feature, TimestampFeature)]
    if asked is RowOrderSource.NONE:
        return None
    if asked is RowOrderSource.AUTO and len(times) == 1:
        days = to_numbers(times[0], rows.column(times[0].name))
        places = np.argsort(days, kind="stable")[: np.count_nonzero(~np.isnan(days))]
        return RowOrder(places, days[places] * SECONDS_A_DAY) if places.size else None
    if asked is RowOrderSource.AUTO and by_split is not None:
        return RowOrder(by_split, None)
    steps = np.diff(targets)
    is_sorted = np.count_nonzero(steps) > 0 and bool((steps >= 0).all() or (steps <= 0).all())
    if asked is RowOrderSource.AUTO and is_sorted:
        return None
    return RowOrder(np.arange(rows.num_rows), None)
