"""How alike the targets of neighbouring rows are, and those of the rows of a group."""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Codes = np.ndarray[Any, np.dtype[np.int64]]
Answers = np.ndarray[Any, np.dtype[np.float64]]
"""Targets as columns of numbers around 0: the number itself, or a column for each class."""

_SORTED_SHARE = 0.95
_STRETCHES = 10
_CLEAR_BREAK = 4.0
"""Squared step from one block to the next, in squared steps within, from which a new series begins there."""


def answers_of(targets: Floats, *, names_classes: bool) -> Answers:
    """Write targets as columns of numbers whose mean is 0."""
    columns = targets[:, None]
    if names_classes:
        columns = (targets[:, None] == np.unique(targets)).astype(np.float64)
    return np.asarray(columns - columns.mean(axis=0))


def autocorrelation(answers: Answers) -> float:
    """Return the correlation of each row's target with the next one's.

    >>> round(autocorrelation(answers_of(np.sin(np.arange(200) / 10), names_classes=False)), 2)
    0.99
    """
    spread = float((answers**2).sum())
    return float((answers[1:] * answers[:-1]).sum()) / spread if spread else 0.0


def autocorrelation_nearby(answers: Answers) -> float:
    """Return the autocorrelation once the means of tenths of the rows are taken off: what a few long stretches make is gone.

    >>> stretches = answers_of(np.repeat([0.0, 9.0], 500) + np.arange(1000) * 7 % 10, names_classes=False)
    >>> round(autocorrelation(stretches), 1), autocorrelation_nearby(stretches) < 0.2
    (0.6, True)
    """
    return within(answers, np.arange(len(answers)) * _STRETCHES // len(answers))


def within(answers: Answers, codes: Codes) -> float:
    """Return the autocorrelation inside of groups, once the mean of each is taken off; 1 where nothing is left."""
    rows = np.bincount(codes)
    means = np.stack([np.bincount(codes, weights=column) / rows for column in answers.T], axis=1)
    left = answers - means[codes]
    spread = float((left**2).sum())
    if spread <= 1e-9 * float((answers**2).sum()):
        return 1.0
    together = codes[1:] == codes[:-1]
    return float((left[1:] * left[:-1])[together].sum()) / spread


def breaks_between(answers: Answers, codes: Codes) -> bool:
    """Return whether targets jump from one group to the next, as those of one series that goes on do not."""
    steps = (np.diff(answers, axis=0) ** 2).sum(axis=1)
    together = codes[1:] == codes[:-1]
    return bool(steps[~together].mean() > _CLEAR_BREAK * steps[together].mean())


def block_count(codes: Codes) -> int:
    """Return how many stretches of rows with the same code there are.

    >>> block_count(np.array([0, 0, 1, 1, 0]))
    3
    """
    return 1 + int(np.count_nonzero(np.diff(codes)))


def intraclass_correlation(answers: Answers, codes: Codes) -> tuple[float, float]:
    """Return how alike rows of a group are, and how likely that is by chance (one-way analysis of variance).

    Shrout and Fleiss, *Intraclass correlations*, Psychological Bulletin 86 (1979), ICC(1) with groups of their mean size.
    """
    from scipy.special import fdtrc  # noqa: PLC0415  # a tenth of a second that serving need not spend

    rows = np.bincount(codes)
    groups, size = int((rows > 0).sum()), len(codes)
    if groups < 2 or groups >= size:  # noqa: PLR2004  # nothing to compare
        return 0.0, 1.0
    sums = np.stack([np.bincount(codes, weights=column) for column in answers.T], axis=1)
    between = float((sums**2 / np.maximum(rows, 1)[:, None]).sum())
    inside = max(float((answers**2).sum()) - between, 0.0)
    mean_between, mean_inside = between / (groups - 1), inside / (size - groups)
    typical = (size - float((rows.astype(np.float64) ** 2).sum()) / size) / (groups - 1)
    whole = mean_between + (typical - 1) * mean_inside
    correlation = (mean_between - mean_inside) / whole if whole else 0.0
    chance = float(fdtrc(groups - 1, size - groups, mean_between / mean_inside)) if mean_inside else 0.0
    return correlation, chance


def is_sorted(numbers: Floats, *, names_classes: bool) -> bool:
    """Return whether numbers, or codes of classes, stand in an order of their own.

    >>> is_sorted(np.array([2.0] * 5 + [0.0] * 9 + [1.0] * 4), names_classes=True)
    True
    >>> is_sorted(np.tile(np.arange(50.0), 4), names_classes=False)
    False
    """
    if names_classes:
        return block_count(numbers.astype(np.int64)) <= 2 * np.unique(numbers).size
    if np.isnan(numbers).any():
        return False
    steps = np.diff(numbers)
    share = max((steps >= 0).mean(), (steps <= 0).mean())
    if not steps.any() or share < _SORTED_SHARE:
        return False
    places = np.arange(len(numbers))
    ranks = np.argsort(np.argsort(numbers, kind="stable"), kind="stable")
    return bool(abs(np.corrcoef(places, ranks)[0, 1]) >= _SORTED_SHARE)
