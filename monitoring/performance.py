"""How good a model was, from what came true: pure functions on counts, so that spans of time add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np

from monitoring.intervals import Measured, area_under_curve, f1_score, mean, proportion, root_mean

Floats = np.ndarray[Any, np.dtype[np.float64]]

Confusion = Mapping[tuple[str, str], int]
"""Rows by predicted class and class that came true."""


@dataclass(frozen=True, slots=True)
class ScoreCount:
    """Rows whose score for one class lies in one bin.

    Bins are a tenth of the log odds wide. Within one, the odds of two rows differ by a tenth at most, so what is computed
    from bins instead of rows is off by less than what a sample of any size tells apart, however rare the class.

    Attributes
    ----------
    class_name
        The class: the positive one of two, or each of several.
    bin
        Log odds of the score times ten, rounded down.
    predicted
        Whether this class was predicted.
    came_true
        Whether it came true; None where that is not known.
    rows, scores
        Rows, and the sum of their scores.
    losses, loss_squares
        Sums of the log losses of rows whose class is known, and of their squares.
    """

    class_name: str
    bin: int
    predicted: bool
    came_true: bool | None
    rows: int
    scores: float
    losses: float = 0.0
    loss_squares: float = 0.0


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """Sums over the errors of a regression: predicted minus true."""

    rows: int
    labelled: int
    errors: float
    absolutes: float
    squares: float
    fourths: float

    @classmethod
    def of(cls, errors: Sequence[float]) -> ErrorSums:
        """Add up errors one by one."""
        return cls(
            len(errors), len(errors), fsum(errors), fsum(map(abs, errors)),
            fsum(error**2 for error in errors), fsum(error**4 for error in errors),
        )  # fmt: skip

    def __add__(self, other: ErrorSums) -> ErrorSums:
        return ErrorSums(
            self.rows + other.rows, self.labelled + other.labelled, self.errors + other.errors,
            self.absolutes + other.absolutes, self.squares + other.squares, self.fourths + other.fourths,
        )  # fmt: skip


Metrics = dict[str, Measured]


def binary_metrics(positive: str, confusion: Confusion, scores: Iterable[ScoreCount]) -> Metrics:
    """Measure a model of two classes; a metric that the rows do not determine is left out.

    >>> confusion = {("bad", "bad"): 8, ("bad", "ok"): 2, ("ok", "bad"): 2, ("ok", "ok"): 88}
    >>> found = binary_metrics("bad", confusion, [])
    >>> [(name, round(measured.value, 3)) for name, measured in found.items()]
    [('accuracy', 0.96), ('precision', 0.8), ('recall', 0.8), ('f1', 0.8)]
    """
    counted = list(scores)
    metrics = {"accuracy": _accuracy(confusion), **_of_class(positive, confusion), "roc_auc": _measured_auc(counted)}
    return _known(metrics | {"log_loss": _log_loss(counted)})


def multiclass_metrics(
    classes: Sequence[str], confusion: Confusion, scores: Iterable[ScoreCount]
) -> tuple[Metrics, dict[str, Metrics]]:
    """Measure a model of several classes, on the whole and class by class.

    Precision, recall, F1 and ROC AUC of the whole are the plain means over the classes (macro); a class that is not
    determined counts as 0 for precision, recall and F1, as scikit-learn does, and is left out of the AUC.
    """
    counted = list(scores)
    by_class = {
        name: _known(
            _of_class(name, confusion) | {"roc_auc": _measured_auc([one for one in counted if one.class_name == name])}
        )
        for name in classes
    }
    metrics: dict[str, Measured | None] = {"accuracy": _accuracy(confusion)}
    seen = {name for pair, rows in confusion.items() for name in pair if rows}
    present = [name for name in classes if name in seen]
    for metric in ("precision", "recall", "f1"):
        metrics[metric] = _plain_mean(
            [by_class[name][metric].value if metric in by_class[name] else 0.0 for name in present]
        )
    metrics["roc_auc"] = _plain_mean([found["roc_auc"].value for found in by_class.values() if "roc_auc" in found])
    metrics["log_loss"] = _log_loss(counted)
    return _known(metrics), by_class


def regression_metrics(sums: ErrorSums) -> Metrics:
    """Measure a model that predicts numbers; the bias is the mean error, positive where too much was predicted.

    >>> found = regression_metrics(ErrorSums.of([1.0, -1.0, 3.0, -3.0]))
    >>> found["mae"].value, round(found["rmse"].value, 3), found["bias"].value
    (2.0, 2.236, 0.0)
    """
    return _known(
        {
            "mae": mean(sums.labelled, sums.absolutes, sums.squares),
            "rmse": root_mean(sums.labelled, sums.squares, sums.fourths),
            "bias": mean(sums.labelled, sums.errors, sums.squares),
        }
    )


def roc_auc(positives: Floats, negatives: Floats) -> float | None:
    """Give the share of pairs in which the positive row has the higher score, ties counting half.

    Parameters
    ----------
    positives, negatives
        Rows, or expected rows, in bins of ascending score.

    Examples
    --------
    >>> roc_auc(np.array([0.0, 1, 3]), np.array([2.0, 1, 0]))
    0.9583333333333334
    """
    pairs = positives.sum() * negatives.sum()
    if not pairs:
        return None
    below = np.cumsum(negatives) - negatives
    return float((positives * (below + negatives / 2)).sum() / pairs)


def add_confusions(confusions: Iterable[Confusion]) -> Confusion:
    """Add counts up."""
    total: Counter[tuple[str, str]] = Counter()
    for confusion in confusions:
        total.update(confusion)
    return total


def in_bins(scores: Iterable[ScoreCount], *, of: bool) -> tuple[list[int], Floats]:
    """Give the bins that have rows, ascending, and in each the rows for which the class came true, or did not."""
    counted = list(scores)
    bins = sorted({one.bin for one in counted})
    places = {number: place for place, number in enumerate(bins)}
    rows = np.zeros(len(bins))
    for one in counted:
        if one.came_true is of:
            rows[places[one.bin]] += one.rows
    return bins, rows


def _accuracy(confusion: Confusion) -> Measured | None:
    right = sum(rows for (predicted, true), rows in confusion.items() if predicted == true)
    return proportion(right, sum(confusion.values()))


def _of_class(name: str, confusion: Confusion) -> dict[str, Measured | None]:
    both = confusion.get((name, name), 0)
    predicted = sum(rows for (one, _), rows in confusion.items() if one == name)
    came = sum(rows for (_, one), rows in confusion.items() if one == name)
    return {
        "precision": proportion(both, predicted),
        "recall": proportion(both, came),
        "f1": f1_score(both, predicted - both, came - both),
    }


def _measured_auc(scores: Sequence[ScoreCount]) -> Measured | None:
    _, positives = in_bins(scores, of=True)
    _, negatives = in_bins(scores, of=False)
    area = roc_auc(positives, negatives)
    return None if area is None else area_under_curve(area, float(positives.sum()), float(negatives.sum()))


def _log_loss(scores: Sequence[ScoreCount]) -> Measured | None:
    # Of several classes only the one that came true has a loss, so that every row has one.
    several = len({one.class_name for one in scores}) > 1
    known = [one for one in scores if one.came_true or (one.came_true is False and not several)]
    rows = sum(one.rows for one in known)
    return mean(rows, fsum(one.losses for one in known), fsum(one.loss_squares for one in known))


def _plain_mean(values: Sequence[float]) -> Measured | None:
    return Measured(fsum(values) / len(values)) if values else None


def _known(metrics: Mapping[str, Measured | None]) -> Metrics:
    return {name: measured for name, measured in metrics.items() if measured is not None}
