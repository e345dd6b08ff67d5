"""How sure a measured number is: confidence intervals of 95 %, pure functions with their sources."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054
"""Quantile of the normal distribution for 95 % between both sides."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A number and the interval it lies in with 95 % confidence; no interval where none is known for it."""

    value: float
    low: float | None = None
    high: float | None = None


def proportion(successes: float, trials: float) -> Measured | None:
    """Measure a share, with the interval of Wilson (JASA 22, 1927); nothing where there was no trial.

    >>> found = proportion(8, 10)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.8, 0.49, 0.943)
    """
    if not trials:
        return None
    share = successes / trials
    centre = share + Z**2 / (2 * trials)
    spread = Z * sqrt(share * (1 - share) / trials + Z**2 / (4 * trials**2))
    scale = 1 + Z**2 / trials
    return Measured(share, max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def f1_score(true_positives: float, false_positives: float, false_negatives: float) -> Measured | None:
    """Measure F1, the harmonic mean of precision and recall; nothing where the class neither came nor was predicted.

    F1 grows with F* = TP / (TP + FP + FN), which is a share, so Wilson's interval of F* gives that of F1
    (Hand, Christen and Kirielle, Machine Learning 110, 2021).

    >>> found = f1_score(8, 2, 2)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.8, 0.562, 0.926)
    """
    share = proportion(true_positives, true_positives + false_positives + false_negatives)
    if share is None or share.low is None or share.high is None:
        return None
    return Measured(_f1(share.value), _f1(share.low), _f1(share.high))


def area_under_curve(area: float, positives: float, negatives: float) -> Measured:
    """Measure an area under the ROC curve, with the interval of Hanley and McNeil (Radiology 143, 1982).

    >>> found = area_under_curve(0.9, 50, 200)
    >>> round(found.low, 3), round(found.high, 3)
    (0.841, 0.959)
    """
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (positives - 1) * (first - area**2) + (negatives - 1) * (second - area**2)) / (
        positives * negatives
    )
    spread = Z * sqrt(max(0.0, variance))
    return Measured(area, max(0.0, area - spread), min(1.0, area + spread))


def mean(count: float, total: float, squares: float) -> Measured | None:
    """Measure a mean from the sum and the sum of squares, with the normal interval; none of a single value.

    >>> found = mean(4, 10.0, 30.0)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (2.5, 1.235, 3.765)
    """
    if not count:
        return None
    value = total / count
    if count == 1:
        return Measured(value)
    variance = max(0.0, (squares - count * value**2) / (count - 1))
    spread = Z * sqrt(variance / count)
    return Measured(value, value - spread, value + spread)


def root_mean(count: float, squares: float, fourths: float) -> Measured | None:
    """Measure a root mean square: the interval of the mean square, with the root of its ends.

    >>> found = root_mean(100, 400.0, 4_800.0)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (2.0, 1.699, 2.261)
    """
    square = mean(count, squares, fourths)
    if square is None:
        return None
    if square.low is None or square.high is None:
        return Measured(sqrt(square.value))
    return Measured(sqrt(square.value), sqrt(max(0.0, square.low)), sqrt(square.high))


def _f1(share: float) -> float:
    return 2 * share / (1 + share)
