"""Scores with their truths, and the counts that the database makes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import floor, log
from typing import Any

import numpy as np

from sql.labels.outcomes import BINS_A_UNIT
from usecases.metrics.inputs import ClassCounts, Confusion, ScoreCount

Floats = np.ndarray[Any, np.dtype[np.float64]]


def counts(classes: Sequence[str], scores: Floats, truths: Sequence[str | None]) -> tuple[Confusion, list[ScoreCount]]:
    """Count row by row what :mod:`sql.labels.performance` counts in the database; two classes have scores of the second only."""
    confusion: dict[tuple[str, str], int] = defaultdict(int)
    found: dict[tuple[str, int, bool, bool | None], list[float]] = defaultdict(lambda: [0, 0.0, 0.0, 0.0])
    for row, truth in zip(scores, truths, strict=True):
        if row.ndim == 0:
            predicted = classes[int(row >= 0.5)]
            shares = {classes[1]: float(row)}
        else:
            predicted = classes[int(row.argmax())]
            shares = dict(zip(classes, row.tolist(), strict=True))
        if truth is not None:
            confusion[predicted, truth] += 1
        for name, score in shares.items():
            came_true = None if truth is None else truth == name
            loss = 0.0 if truth is None else -log(max(score if came_true else 1 - score, 1e-15))
            within = min(max(score, 1e-6), 1 - 1e-6)
            sums = found[name, floor(log(within / (1 - within)) * BINS_A_UNIT), predicted == name, came_true]
            for place, value in enumerate((1, score, loss, loss**2)):
                sums[place] += value
    return confusion, [
        ScoreCount(*key, rows=int(rows), scores=total, losses=losses, loss_squares=squares)
        for key, (rows, total, losses, squares) in found.items()
    ]


def class_counts(classes: Sequence[str], scores: Floats, truths: Sequence[str | None]) -> ClassCounts:
    """Count like :func:`counts`, for the classes that are measured: the second of two, or each of several."""
    return ClassCounts(classes[1:] if scores.ndim == 1 else classes, *counts(classes, scores, truths))


def rare_class(seed: int, count: int) -> tuple[Floats, list[str]]:
    """Make honest probabilities of a rare class, and truths that follow them."""
    rng = np.random.default_rng(seed)
    scores = 1 / (1 + np.exp(-rng.normal(-4, 2.5, count)))
    return scores, np.where(rng.random(count) < scores, "bad", "ok").tolist()


def several_classes(seed: int, count: int, classes: int = 3) -> tuple[Floats, list[str]]:
    """Make honest probabilities of several classes, and truths that follow them."""
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.full(classes, 0.4), count)
    drawn = (rng.random((count, 1)) < scores.cumsum(axis=1)).argmax(axis=1)
    return scores, [f"c{number}" for number in drawn]
