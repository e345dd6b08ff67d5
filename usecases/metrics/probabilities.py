"""How honest probabilities are: log loss, Brier score and calibration error."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, inf

import numpy as np

from usecases.metrics.definition import Better, ClassMetric
from usecases.metrics.inputs import CalibrationBin, ClassCounts, ExpectedClass, Floats, HoldoutRows
from usecases.metrics.intervals import Measured, mean

CALIBRATION_BINS = 10


def log_loss_of_rows(rows: HoldoutRows) -> float:
    """Return the mean of -ln of the probability that was given to what came true."""
    from sklearn.metrics import log_loss as mean_log_loss  # noqa: PLC0415  # a second that Airflow need not spend

    if not rows.has_class_columns:
        return float(mean_log_loss(rows.targets, rows.scores))
    # Probabilities of 32 bits do not add up to 1 in 64; scikit-learn warns of that.
    normalised = rows.scores / rows.scores.sum(axis=1, keepdims=True)
    return float(mean_log_loss(rows.targets, normalised, labels=np.arange(rows.scores.shape[1])))


def log_loss(counts: ClassCounts) -> Measured | None:
    """Measure the mean log loss of labelled rows."""
    # Of several classes only the one that came true has a loss, so that every row has one.
    several = len({one.class_name for one in counts.scores}) > 1
    known = [one for one in counts.scores if one.came_true or (one.came_true is False and not several)]
    rows = sum(one.rows for one in known)
    return mean(rows, fsum(one.losses for one in known), fsum(one.loss_squares for one in known))


def expected_log_loss(expected: Sequence[ExpectedClass]) -> float:
    """Return the log loss to be expected."""
    several = len(expected) > 1
    return fsum(one.positive_loss if several else one.loss for one in expected) / int(expected[0].rows)


def brier_of_rows(rows: HoldoutRows) -> float:
    """Return the mean squared distance of probabilities from what came true, summed over several classes."""
    squares = (rows.scores - rows.is_class) ** 2
    return float(np.mean(np.sum(squares, axis=1) if rows.has_class_columns else squares))


def calibration_table(probabilities: Floats, came_true: Floats) -> tuple[CalibrationBin, ...]:
    """Count how often what was said with some probability came true; bins without a row are left out.

    >>> [found] = calibration_table(np.array([0.82, 0.88]), np.array([1.0, 0.0]))
    >>> found.rows, round(found.predicted, 2), found.observed
    (2, 0.85, 0.5)
    """
    places = np.minimum((probabilities * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    return tuple(
        CalibrationBin(
            lower=place / CALIBRATION_BINS,
            upper=(place + 1) / CALIBRATION_BINS,
            rows=int((places == place).sum()),
            predicted=float(probabilities[places == place].mean()),
            observed=float(came_true[places == place].mean()),
        )
        for place in np.unique(places).tolist()
    )


def expected_calibration_error(table: tuple[CalibrationBin, ...]) -> float:
    """Return the mean distance between what was said and what came true, each row counted once.

    >>> expected_calibration_error(calibration_table(np.array([0.75, 0.75]), np.array([1.0, 0.0])))
    0.25
    """
    rows = sum(found.rows for found in table)
    return sum(found.rows * abs(found.predicted - found.observed) for found in table) / rows


LOG_LOSS = ClassMetric(
    name="log_loss",
    title="Log loss",
    meaning="Mean of -ln of the probability that the model gave to what came true.",
    source="Good 1952",
    better=Better.LOWER,
    lowest=0,
    highest=inf,
    interval="normal",
    on_holdout=log_loss_of_rows,
    on_counts=log_loss,
    expected=expected_log_loss,
)

BRIER = ClassMetric(
    name="brier",
    title="Brier",
    meaning="Mean squared distance of the probabilities from what came true.",
    source="Brier 1950; of two classes only the second counts",
    better=Better.LOWER,
    lowest=0,
    highest=2,
    on_holdout=brier_of_rows,
)

CALIBRATION_ERROR = ClassMetric(
    name="calibration_error",
    title="Calibration error",
    meaning="Mean distance between the probability that was said and the share that came true, in tenths.",
    source="Naeini, Cooper and Hauskrecht 2015",
    better=Better.LOWER,
    lowest=0,
    highest=1,
    on_holdout=lambda rows: expected_calibration_error(rows.calibration),
)
