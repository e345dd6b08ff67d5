"""Performance by segment: a model that is good on the whole may be bad for one product, one machine or the last month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from registry.report import SegmentGroup, Segments, finite
from training.evaluation.judged import Codes, Grouping, Judged, by_quantiles, grouped
from usecases.contract.spec import UseCase
from usecases.metrics.found_classes import ACCURACY
from usecases.metrics.inputs import Floats
from usecases.metrics.probabilities import BRIER

_FEWEST_ROWS = 20
"""With fewer rows a metric says nothing."""

_MOST_COLUMNS = 30
"""Columns that are looked at, the most important ones first."""

_OF_ONE_CLASS = {ACCURACY.name, BRIER.name}
"""Metrics that are there where all rows are of one class; the others compare rows of two."""


def segments(use_case: UseCase, judged: Judged, features: Sequence[str]) -> Iterator[Segments]:
    """Yield the performance by time, where the rows have an order in it, then by feature, in this order.

    Parameters
    ----------
    use_case
        Gives the metrics.
    judged
        The rows.
    features
        Names of features.
    """
    if judged.moments is not None:
        yield _measured(use_case, judged, by_quantiles(judged.column, "time", judged.moments))
    for name in features[:_MOST_COLUMNS]:
        if name != judged.column or judged.moments is None:
            found = grouped(use_case, judged.rows, name)
            if len(np.unique(found.codes)) > 1:
                yield _measured(use_case, judged, found)


def _measured(use_case: UseCase, judged: Judged, grouping: Grouping) -> Segments:
    groups = [_group(use_case, judged, label, places) for label, places in grouping.places()]
    return Segments(column=grouping.column, kind=grouping.kind, groups=groups)


def _group(use_case: UseCase, judged: Judged, label: str, places: Codes) -> SegmentGroup:
    targets, scores = judged.targets[places], judged.scores[places]
    task = use_case.task.definition
    has_means = not task.names_classes or scores.ndim == 1
    return SegmentGroup(
        label=label,
        rows=len(places),
        metrics=measure(use_case, targets, scores) if len(places) >= _FEWEST_ROWS else {},
        predicted=float(task.points(scores).mean()) if has_means else None,
        observed=float(targets.mean()) if has_means else None,
    )


def measure(use_case: UseCase, targets: Floats, scores: Floats) -> dict[str, float]:
    """Compute the metrics that some rows allow."""
    task = use_case.task.definition
    only_one = task.names_classes and np.unique(targets).size < 2  # noqa: PLR2004  # see _OF_ONE_CLASS
    holdout = task.holdout(targets, scores)
    return finite(
        {
            name: metric.on_holdout(holdout)
            for name, metric in use_case.metrics.items()
            if metric.on_holdout is not None and (not only_one or name in _OF_ONE_CLASS)
        }
    )
