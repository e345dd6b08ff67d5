"""How often limits alarm although nothing drifts: an estimate for a month, from the limits in force and the rows that come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

import numpy as np
from scipy.special import chdtrc, chdtri

from monitoring.drift.columns import CELLS, Column
from monitoring.drift.statistics import STANDARD_ERRORS
from monitoring.drift.verdicts import LARGEST_P_VALUE, P_VALUE_NEAR_LIMIT
from monitoring.drift.window_limits import limits_at
from sql.drift.windows import Layout
from usecases.contract.drift_limits import DriftLimits

WINDOWS = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
"""Drift is judged in the shortest of these that holds enough rows: quickly where much is scored, at all where little is."""

MONTH = timedelta(days=365.25 / 12)

BEYOND_LIMITS = 0.01
"""Share of training's windows that lie beyond their limits, as `docs/drift.md` measures it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """What to expect of the limits in force where nothing drifts."""

    per_month: float
    """Windows of a month in which a column is called drifted."""
    window: timedelta
    """The windows in which the monitor judges so many rows."""
    rows: int
    """Rows of such a window."""
    not_known: Sequence[str]
    """Columns of which training is too short to tell; they are not counted."""


def false_alarms(
    layout: Layout, columns: Sequence[Column], limits: DriftLimits, rows: int, length: timedelta, seconds: float | None
) -> FalseAlarms | None:
    """Estimate the false alarms of a month; none where too little is served for any window of the monitor.

    Parameters
    ----------
    layout, columns
        Training, and what was served beside it.
    limits
        Of the use case.
    rows, length, seconds
        What was served within which time, and the time that the rows themselves span, if they tell.
    """
    share = next((window / length for window in WINDOWS if rows * (window / length) >= limits.minimum_rows), None)
    if share is None:
        return None
    expected = round(rows * share)
    spanned = None if seconds is None else seconds * share
    windows = {name: list(group) for name, group in groupby(layout.windows, lambda one: one.feature)}
    quiet, not_known = 1.0, []
    for column in columns:
        if column.is_clock or not sum(column.cells(column.trained, *CELLS)):
            continue
        held = limits_at(windows.get(column.feature, ()), expected, spanned)
        if held is None:
            quiet *= 1 - _by_chance(column, limits.max_psi, expected, len(columns))
        elif held.are_known:
            quiet *= 1 - BEYOND_LIMITS
        else:
            not_known.append(column.feature)
    window = length * share
    return FalseAlarms(
        per_month=float((1 - quiet) * (MONTH / window)), window=window, rows=expected, not_known=not_known
    )


def _by_chance(column: Column, max_psi: float, rows: int, tests: int) -> float:
    """Return how often independent rows are called drifted.

    Without drift the index is about (1/m + 1/n) times chi-square, and so is the statistic of the test: each of the two
    ways to be large (past `max_psi`, or near it and surer) is a quantile of that distribution.
    """
    trained = column.cells(column.trained, *CELLS)
    freedom = sum(count > 0 for count in trained) - 1
    if freedom < 1:
        return 0.0
    scale = 1 / sum(trained) + 1 / rows
    # The index from which its interval reaches past the limit: x + 2 z sqrt(x s) = max_psi.
    root = STANDARD_ERRORS * np.sqrt(scale)
    nearly = (np.sqrt(root**2 + max_psi) - root) ** 2
    ways = (
        max(max_psi / scale + freedom, float(chdtri(freedom, LARGEST_P_VALUE / tests))),
        max(nearly / scale + freedom, float(chdtri(freedom, P_VALUE_NEAR_LIMIT / tests))),
    )
    return float(chdtrc(freedom, min(ways)))
