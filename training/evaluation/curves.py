"""How a model of classes fares on its holdout: at every threshold, class by class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from registry.report import CalibrationTenth, ConfusionMatrix, ThresholdCurve
from training.evaluate import Evaluation
from training.evaluation.page import confusion_matrix
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats

_STEPS = 101
"""Thresholds by hundredths, and as many by quantiles of the scores, so that a rare class has a curve, too."""

_MOST_CURVES = 12
_MOST_CLASSES = 20
_OTHERS = "(other classes)"


def threshold_curve(class_name: str, is_class: Floats, scores: Floats) -> ThresholdCurve:
    """Count the rows from every threshold on.

    Parameters
    ----------
    class_name
        The class.
    is_class
        1 where it came true, else 0.
    scores
        Probability that was said of it.

    Examples
    --------
    >>> curve = threshold_curve("failure", np.array([0.0, 1.0, 1.0]), np.array([0.2, 0.4, 0.9]))
    >>> place = curve.thresholds.index(0.5)
    >>> curve.hits[place], curve.false_alarms[place]
    (1, 0)
    """
    positives, negatives = np.sort(scores[is_class > 0]), np.sort(scores[is_class == 0])
    wanted = np.quantile(scores, np.linspace(0, 1, _STEPS))
    spread = np.array([float(f"{value:.3g}") for value in wanted.tolist()])
    # A step of a slider is a hundredth; scores that are equal to a threshold count as of the class, as where it is served.
    thresholds = np.unique(np.concatenate([np.round(np.linspace(0, 1, _STEPS), 2), np.clip(spread, 0, 1)]))
    return ThresholdCurve(
        class_name=class_name,
        positives=len(positives),
        negatives=len(negatives),
        thresholds=thresholds.tolist(),
        hits=(len(positives) - np.searchsorted(positives, thresholds)).tolist(),
        false_alarms=(len(negatives) - np.searchsorted(negatives, thresholds)).tolist(),
    )


def threshold_curves(use_case: UseCase, targets: Floats, scores: Floats) -> Iterator[ThresholdCurve]:
    """Yield the curve of the second of two classes, or of each frequent class of several against the others."""
    if not use_case.task.definition.names_classes:
        return
    if scores.ndim == 1:
        yield threshold_curve(use_case.classes[1], targets, scores)
        return
    counts = np.bincount(targets.astype(int), minlength=len(use_case.classes))
    for place in np.sort(np.argsort(-counts, kind="stable")[:_MOST_CURVES]).tolist():
        if 0 < counts[place] < len(targets):
            yield threshold_curve(use_case.classes[place], (targets == place).astype(np.float64), scores[:, place])


def confusion(use_case: UseCase, targets: Floats, scores: Floats) -> ConfusionMatrix | None:
    """Count the rows by the class that came true and the predicted one; rare classes of many are put together."""
    if not use_case.task.definition.names_classes:
        return None
    counts = confusion_matrix(use_case, targets, scores)
    names = list(use_case.classes)
    if len(names) > _MOST_CLASSES:
        order = np.argsort(-counts.sum(axis=1), kind="stable")
        shown = np.sort(order[: _MOST_CLASSES - 1])
        places = np.full(len(names), len(shown))
        places[shown] = np.arange(len(shown))
        folded = np.zeros((_MOST_CLASSES, _MOST_CLASSES), dtype=np.int64)
        np.add.at(folded, (places[:, None], places[None, :]), counts)
        counts, names = folded, [*(names[place] for place in shown), _OTHERS]
    return ConfusionMatrix(classes=names, rows=counts.tolist())


def calibration(evaluation: Evaluation | None) -> list[CalibrationTenth]:
    """Return what was said and what came true, by tenths of the probability; empty for numbers."""
    found = () if evaluation is None else evaluation.calibration
    return [CalibrationTenth(predicted=one.predicted, observed=one.observed, rows=one.rows) for one in found]
