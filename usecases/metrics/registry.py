"""All metrics there are, a line each: a new one is a file beside this one and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from usecases.metrics.definition import ClassMetric, Metric, NumberMetric
from usecases.metrics.errors import BIAS, MAE, R2, RMSE
from usecases.metrics.found_classes import ACCURACY, F1, PRECISION, RECALL
from usecases.metrics.probabilities import BRIER, CALIBRATION_ERROR, LOG_LOSS
from usecases.metrics.ranking import PR_AUC, ROC_AUC

METRICS: tuple[Metric, ...] = (
    PR_AUC,
    ACCURACY,
    PRECISION,
    RECALL,
    F1,
    ROC_AUC,
    LOG_LOSS,
    BRIER,
    CALIBRATION_ERROR,
    MAE,
    RMSE,
    BIAS,
    R2,
)
"""In the order in which people see them."""


def class_metrics() -> list[ClassMetric]:
    """Return the metrics of models that name classes."""
    return [metric for metric in METRICS if isinstance(metric, ClassMetric)]


def number_metrics() -> list[NumberMetric]:
    """Return the metrics of models that predict numbers."""
    return [metric for metric in METRICS if isinstance(metric, NumberMetric)]


def holdout_metrics(*, names_classes: bool) -> Mapping[str, Metric]:
    """Return the metrics that a version has from its training, by name; the one that judges it comes first.

    >>> list(holdout_metrics(names_classes=False))
    ['rmse', 'mae', 'r2']
    """
    known: list[ClassMetric] | list[NumberMetric] = class_metrics() if names_classes else number_metrics()
    measured = [metric for metric in known if metric.on_holdout is not None]
    return {metric.name: metric for metric in sorted(measured, key=lambda metric: not metric.judges)}
