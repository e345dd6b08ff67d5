"""How good a model probably is where nothing came true yet: from its own probabilities, made honest by earlier labels.

If a model says 0.9 and is right nine times of ten when it does, then its mean confidence is its accuracy: confidence-based
performance estimation (Guillory et al., ICCV 2021; Bialek et al., arXiv:2407.08649). It sees a shift of the features, to
which the model answers less surely. It cannot see that the same features now mean something else; only labels can.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from usecases.metrics.inputs import ExpectedClass, Floats, ScoreCount, rows_by_bin
from usecases.metrics.ranking import area_of_pairs
from usecases.metrics.registry import class_metrics

MIN_LABELS = 500
MIN_OF_EACH = 30
"""Labels of a class, in all and of each outcome, from which on its probabilities are recalibrated; fewer say too little."""

_SMALLEST = 1e-15


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a score of a class turned out to mean: by bin of the score, the share of rows for which it came true."""

    bins: Floats
    shares: Floats

    def of(self, numbers: Floats) -> Floats:
        """Return the probability for bins, between known ones by a straight line."""
        return np.asarray(np.interp(numbers, self.bins, self.shares), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the metrics probably are.

    Attributes
    ----------
    rows
        Predictions it is made from.
    calibrated
        Whether the probabilities of all classes were recalibrated by labels; otherwise the model is taken at its word.
    metrics
        By name, without intervals: what is not known here is a matter of trust, not of sample size.
    """

    rows: int
    calibrated: bool
    metrics: dict[str, float]


def calibrate(scores: Iterable[ScoreCount]) -> dict[str, Calibration]:
    """Learn what scores mean from the rows whose class is known: the best ascending curve, class by class."""
    found: dict[str, Calibration] = {}
    for name, counted in _by_class(scores).items():
        known = [one for one in counted if one.came_true is not None]
        bins, positives = rows_by_bin(known, came_true=True)
        _, negatives = rows_by_bin(known, came_true=False)
        rows = positives + negatives
        if rows.sum() >= MIN_LABELS and min(positives.sum(), negatives.sum()) >= MIN_OF_EACH:
            found[name] = Calibration(np.array(bins, dtype=np.float64), ascending(positives / rows, rows))
    return found


def estimate(scores: Iterable[ScoreCount], calibrations: Mapping[str, Calibration]) -> Estimate | None:
    """Estimate the metrics of predictions, labelled or not; nothing where there are none.

    Parameters
    ----------
    scores
        Of the positive class of two, or of each of several.
    calibrations
        What scores mean, by class; a class without is taken at its word.
    """
    by_class = _by_class(scores)
    if not by_class:
        return None
    expected = [_expect(counted, calibrations.get(name)) for name, counted in by_class.items()]
    found = {metric.name: metric.expected(expected) for metric in class_metrics() if metric.expected is not None}
    metrics = {name: value for name, value in found.items() if value is not None}
    return Estimate(int(expected[0].rows), by_class.keys() <= calibrations.keys(), metrics)


def ascending(shares: Floats, weights: Floats) -> Floats:
    """Fit the closest curve that never falls: pool adjacent violators (Ayer et al., Annals of Mathematical Statistics, 1955).

    >>> ascending(np.array([0.1, 0.5, 0.3, 0.9]), np.array([1.0, 1.0, 3.0, 1.0])).tolist()
    [0.1, 0.35, 0.35, 0.9]
    """
    blocks: list[list[float]] = []
    for share, weight in zip(shares.tolist(), weights.tolist(), strict=True):
        blocks.append([share, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            value, heavy, count = blocks.pop()
            before = blocks[-1]
            before[0] = (before[0] * before[1] + value * heavy) / (before[1] + heavy)
            before[1] += heavy
            before[2] += count
    return np.repeat([block[0] for block in blocks], [int(block[2]) for block in blocks])


def _expect(counted: Sequence[ScoreCount], calibration: Calibration | None) -> ExpectedClass:
    rows = np.array([one.rows for one in counted], dtype=np.float64)
    scores = np.array([one.scores for one in counted]) / rows
    numbers = np.array([one.bin for one in counted], dtype=np.float64)
    predicted = np.array([one.predicted for one in counted])
    chances = scores if calibration is None else calibration.of(numbers)
    positives, negatives = rows * chances, rows * (1 - chances)
    _, places = np.unique(numbers, return_inverse=True)
    positive_loss = float(-(positives * np.log(np.maximum(scores, _SMALLEST))).sum())
    return ExpectedClass(
        rows=float(rows.sum()),
        predicted=float(rows[predicted].sum()),
        positives=float(positives.sum()),
        hits=float(positives[predicted].sum()),
        rejections=float(negatives[~predicted].sum()),
        loss=positive_loss + float(-(negatives * np.log(np.maximum(1 - scores, _SMALLEST))).sum()),
        positive_loss=positive_loss,
        area=area_of_pairs(_in_places(places, positives), _in_places(places, negatives)),
    )


def _in_places(places: np.ndarray[Any, np.dtype[np.intp]], rows: Floats) -> Floats:
    return np.asarray(np.bincount(places, rows), dtype=np.float64)


def _by_class(scores: Iterable[ScoreCount]) -> dict[str, list[ScoreCount]]:
    found: dict[str, list[ScoreCount]] = defaultdict(list)
    for one in scores:
        found[one.class_name].append(one)
    return found
