"""Measure how good a model is on rows it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from usecases.spec import UseCase
from usecases.tasks.binary import THRESHOLD
from usecases.tasks.definition import Output

CALIBRATION_BINS = 10

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Rows whose probability lies in one tenth: a calibrated model is as often right as it says.

    Attributes
    ----------
    lower, upper
        Limits of the probability; the upper one belongs to the next bin.
    rows
        Rows in the bin.
    predicted
        Mean of their probabilities.
    observed
        Share of them for which it came true.
    """

    lower: float
    upper: float
    rows: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was found on the holdout; the calibration is empty for a regression."""

    metrics: dict[str, float]
    calibration: tuple[CalibrationBin, ...]


def evaluate(use_case: UseCase, targets: Floats, scores: Floats) -> Evaluation:
    """Compare the model's raw scores with what came true.

    Parameters
    ----------
    use_case
        Gives the task and the classes.
    targets
        Codes of the classes, or numbers.
    scores
        As :func:`usecases.scoring.raw_scores` gives them: the path that serves is the path that is evaluated.
    """
    task = use_case.task.definition
    pairs = task.calibration_pairs(targets, scores)
    table = () if pairs is None else calibration_table(*pairs)
    match task.output:
        case Output.PROBABILITY:
            metrics = _binary_metrics(targets, scores)
        case Output.PROBABILITIES:
            metrics = _multiclass_metrics(targets, scores)
        case Output.NUMBER:
            metrics = _regression_metrics(targets, scores)
    if table:
        metrics["calibration_error"] = expected_calibration_error(table)
    return Evaluation(metrics, table)


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
    """Mean distance between what was said and what came true, each row counted once (Naeini et al., AAAI 2015).

    >>> expected_calibration_error(calibration_table(np.array([0.75, 0.75]), np.array([1.0, 0.0])))
    0.25
    """
    rows = sum(found.rows for found in table)
    return sum(found.rows * abs(found.predicted - found.observed) for found in table) / rows


def _binary_metrics(targets: Floats, scores: Floats) -> dict[str, float]:
    from sklearn import metrics  # noqa: PLC0415  # a second that Airflow need not spend

    return {
        "roc_auc": float(metrics.roc_auc_score(targets, scores)),
        "pr_auc": float(metrics.average_precision_score(targets, scores)),
        "log_loss": float(metrics.log_loss(targets, scores)),
        "accuracy": float(metrics.accuracy_score(targets, scores >= THRESHOLD)),
        "brier": float(np.mean((scores - targets) ** 2)),
    }


def _multiclass_metrics(targets: Floats, scores: Floats) -> dict[str, float]:
    from sklearn import metrics  # noqa: PLC0415  # a second that Airflow need not spend

    classes = np.arange(scores.shape[1])
    is_class = (targets[:, None] == classes).astype(float)
    # Probabilities of 32 bits do not add up to 1 in 64; scikit-learn warns of that.
    normalised = scores / scores.sum(axis=1, keepdims=True)
    return {
        "roc_auc": float(metrics.roc_auc_score(is_class, scores, average="macro")),
        "pr_auc": float(metrics.average_precision_score(is_class, scores, average="macro")),
        "log_loss": float(metrics.log_loss(targets, normalised, labels=classes)),
        "accuracy": float(metrics.accuracy_score(targets, scores.argmax(axis=1))),
        "brier": float(np.mean(np.sum((scores - is_class) ** 2, axis=1))),
    }


def _regression_metrics(targets: Floats, scores: Floats) -> dict[str, float]:
    from sklearn import metrics  # noqa: PLC0415  # a second that Airflow need not spend

    return {
        "mae": float(metrics.mean_absolute_error(targets, scores)),
        "rmse": float(metrics.root_mean_squared_error(targets, scores)),
        "r2": float(metrics.r2_score(targets, scores)),
    }
