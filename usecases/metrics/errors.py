"""How far predicted numbers are from true ones: MAE, RMSE, bias and R squared."""

from __future__ import annotations

from math import inf

import numpy as np

from usecases.metrics.definition import Better, NumberMetric
from usecases.metrics.inputs import ErrorSums, HoldoutRows
from usecases.metrics.intervals import Measured, mean, root_mean


def mae_of_rows(rows: HoldoutRows) -> float:
    """Return the mean absolute error."""
    from sklearn.metrics import mean_absolute_error  # noqa: PLC0415  # a second that Airflow need not spend

    return float(mean_absolute_error(rows.targets, rows.scores))


def mae(sums: ErrorSums) -> Measured | None:
    """Measure the mean absolute error.

    >>> mae(ErrorSums.of([1.0, -1.0, 3.0, -3.0])).value
    2.0
    """
    return mean(sums.labelled, sums.absolutes, sums.squares)


def rmse_of_rows(rows: HoldoutRows) -> float:
    """Return the root of the mean squared error."""
    from sklearn.metrics import root_mean_squared_error  # noqa: PLC0415  # a second that Airflow need not spend

    return float(root_mean_squared_error(rows.targets, rows.scores))


def rmse(sums: ErrorSums) -> Measured | None:
    """Measure the root of the mean squared error.

    >>> round(rmse(ErrorSums.of([1.0, -1.0, 3.0, -3.0])).value, 3)
    2.236
    """
    return root_mean(sums.labelled, sums.squares, sums.fourths)


def bias(sums: ErrorSums) -> Measured | None:
    """Measure the mean error, positive where too much was predicted.

    >>> bias(ErrorSums.of([1.0, -1.0, 3.0, -3.0])).value
    0.0
    """
    return mean(sums.labelled, sums.errors, sums.squares)


def r2_of_rows(rows: HoldoutRows) -> float:
    """Return the share of the variance that the model explains."""
    from sklearn.metrics import r2_score  # noqa: PLC0415  # a second that Airflow need not spend

    return float(r2_score(rows.targets, rows.scores))


def relative_mae_of_rows(rows: HoldoutRows) -> float:
    """Return the mean absolute error as a share of that of the best baseline, on the rows that every baseline answers."""
    known = np.all([np.isfinite(answers) for answers in rows.baselines.values()], axis=0) if rows.baselines else []
    if not np.any(known):
        return inf
    errors = [np.abs(answers[known] - rows.targets[known]).mean() for answers in rows.baselines.values()]
    found = float(np.abs(rows.scores[known] - rows.targets[known]).mean())
    best = float(min(errors))
    return found / best if best else (1.0 if not found else inf)


MAE = NumberMetric(
    name="mae",
    title="MAE",
    meaning="Mean absolute error: the mean distance of predicted and true numbers.",
    source="Willmott and Matsuura 2005",
    better=Better.LOWER,
    lowest=0,
    highest=inf,
    interval="normal",
    on_holdout=mae_of_rows,
    on_sums=mae,
    sql="avg(abs(value - number))",
)

RMSE = NumberMetric(
    name="rmse",
    title="RMSE",
    meaning="Root of the mean squared error: like MAE, but large errors count more.",
    source="Willmott and Matsuura 2005",
    better=Better.LOWER,
    lowest=0,
    highest=inf,
    interval="normal, of the mean square",
    judges=True,
    on_holdout=rmse_of_rows,
    on_sums=rmse,
    sql="sqrt(avg((value - number) ^ 2))",
)

BIAS = NumberMetric(
    name="bias",
    title="Bias",
    meaning="Mean error: positive where too much was predicted.",
    source="Willmott and Matsuura 2005",
    better=Better.NEARER_TO_ZERO,
    interval="normal",
    on_sums=bias,
)

RELATIVE_MAE = NumberMetric(
    name="relative_mae",
    title="Relative MAE",
    meaning="MAE as a share of that of the best baseline on the same rows: below 1, the model is worth its trouble.",
    source="Hyndman and Koehler 2006",
    better=Better.LOWER,
    lowest=0,
    highest=inf,
    on_holdout=relative_mae_of_rows,
)

R2 = NumberMetric(
    name="r2",
    title="R²",
    meaning="Share of the variance of the true numbers that the model explains; 0 is no better than their mean.",
    source="Draper and Smith 1998",
    better=Better.HIGHER,
    highest=1,
    on_holdout=r2_of_rows,
)
