"""How good a model was, from what came true: computed from counts, so that spans of time add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from usecases.metrics.inputs import ClassCounts, Confusion, ErrorSums
from usecases.metrics.intervals import Measured
from usecases.metrics.registry import class_metrics, number_metrics

Metrics = dict[str, Measured]


def measure_classes(counts: ClassCounts) -> Metrics:
    """Measure a model that names classes; a metric that the rows do not determine is left out.

    >>> confusion = {("bad", "bad"): 8, ("bad", "ok"): 2, ("ok", "bad"): 2, ("ok", "ok"): 88}
    >>> found = measure_classes(ClassCounts(["bad"], confusion, []))
    >>> [(name, round(measured.value, 3)) for name, measured in found.items()]
    [('accuracy', 0.96), ('precision', 0.8), ('recall', 0.8), ('f1', 0.8)]
    """
    return _known({metric.name: metric.on_counts(counts) for metric in class_metrics() if metric.on_counts is not None})


def measure_each_class(counts: ClassCounts) -> dict[str, Metrics]:
    """Measure every class against the others."""
    metrics = [(metric.name, metric.of_class) for metric in class_metrics() if metric.of_class is not None]
    return {name: _known({key: of_class(counts, name) for key, of_class in metrics}) for name in counts.classes}


def measure_numbers(sums: ErrorSums) -> Metrics:
    """Measure a model that predicts numbers.

    >>> found = measure_numbers(ErrorSums.of([1.0, -1.0, 3.0, -3.0]))
    >>> found["mae"].value, round(found["rmse"].value, 3), found["bias"].value
    (2.0, 2.236, 0.0)
    """
    return _known({metric.name: metric.on_sums(sums) for metric in number_metrics() if metric.on_sums is not None})


def add_confusions(confusions: Iterable[Confusion]) -> Confusion:
    """Add counts up."""
    total: Counter[tuple[str, str]] = Counter()
    for confusion in confusions:
        total.update(confusion)
    return total


def _known(metrics: Mapping[str, Measured | None]) -> Metrics:
    return {name: measured for name, measured in metrics.items() if measured is not None}
