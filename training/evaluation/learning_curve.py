"""How a model fares by the rows it learns from: whether more of them would help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from registry.report import LearningPoint
from training.data import TrainingData
from training.evaluation.segments import measure
from training.fit import fit
from training.splits import Positions, Split
from usecases.contract.spec import UseCase
from usecases.models.runtime import Model, Runtime
from usecases.models.scoring import raw_scores

_PARTS = (8, 4, 2)
"""Shares of the rows that are learned from, beside all of them."""

_FEWEST_ROWS, _MOST_ROWS = 40, 100_000
"""Rows of such a share: with fewer it says nothing, with more fitting takes as long as the training itself."""

_MOST_MEASURED = 20_000
"""Rows of a share that it is measured on."""


def learning_curve(
    use_case: UseCase,
    data: TrainingData,
    parts: Split,
    runtime: Runtime,
    model: Model,
    on_share: Callable[[float], None] = lambda _: None,
) -> list[LearningPoint]:
    """Fit the same configuration on an eighth, a quarter and half of the rows, and measure it beside the model itself.

    Parameters
    ----------
    use_case
        With the configuration of the model.
    data, parts
        The rows; the holdout and those that tell when to stop stay the same.
    runtime, model
        The model library, and the model that learned from all rows.
    on_share
        Hears the share that is done.
    """
    points = []
    for number, places in enumerate(sizes := list(_shares(data, parts)), 1):
        fewer = fit(use_case, data, replace(parts, training=places), runtime=runtime).model
        points.append(_point(use_case, data, parts, places, fewer))
        on_share(number / len(sizes))
    return [*points, _point(use_case, data, parts, parts.training, model)]


def _shares(data: TrainingData, parts: Split) -> Iterator[Positions]:
    """Yield fewer and fewer of the rows to learn from, each class with its share of them."""
    rng = np.random.default_rng(0)
    mixed = rng.permutation(parts.training)
    ordered = mixed[np.argsort(data.targets[mixed], kind="stable")]
    for part in _PARTS:
        size = min(len(ordered) // part, _MOST_ROWS)
        if size >= _FEWEST_ROWS:
            # The first and the last one are among them: both of two classes are, however rare.
            yield np.sort(ordered[np.unique(np.linspace(0, len(ordered) - 1, size).astype(np.int64))])


def _point(use_case: UseCase, data: TrainingData, parts: Split, places: Positions, model: Model) -> LearningPoint:
    seen = places[np.unique(np.linspace(0, len(places) - 1, _MOST_MEASURED).astype(np.int64))]

    def measured(where: Positions) -> dict[str, float]:
        scores = raw_scores(use_case, model, data.rows.take(pa.array(where)))
        return measure(use_case, data.targets[where], scores)

    return LearningPoint(rows=len(places), training=measured(seen), holdout=measured(parts.holdout))
