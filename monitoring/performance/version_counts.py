"""Predictions and what came true, counted by version of the model and span of time; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any

from monitoring.performance.measures import (
    Metrics,
    add_confusions,
    measure_classes,
    measure_each_class,
    measure_numbers,
)
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import ClassCounts, Confusion, ErrorSums, ScoreCount


@dataclass
class Counts:
    """All that was counted of one version within one span of time."""

    rows: int = 0
    confusion: Confusion = field(default_factory=dict)
    scores: list[ScoreCount] = field(default_factory=list)
    errors: ErrorSums | None = None

    @property
    def labelled(self) -> int:
        """Rows of which it is known what came true."""
        return sum(self.confusion.values()) if self.errors is None else self.errors.labelled


BySpan = Mapping[int, Mapping[datetime, Counts]]
"""Counts by version and start of the span."""


def counts_of_classes(outcomes: Iterable[Any], scores: Iterable[Any]) -> BySpan:
    """Group what :mod:`sql.labels.performance` counted of classes."""
    found: dict[int, dict[datetime, Counts]] = defaultdict(lambda: defaultdict(Counts))
    for row in outcomes:
        counts = found[row.model_version][row.start]
        counts.rows += row.rows
        if row.label is not None:
            counts.confusion = add_confusions([counts.confusion, {(row.prediction, row.label): row.rows}])
    for row in scores:
        values = row._asdict()
        start, version = values.pop("start"), values.pop("model_version")
        found[version][start].scores.append(ScoreCount(**values))
    return found


def counts_of_numbers(errors: Iterable[Any]) -> BySpan:
    """Group what :mod:`sql.labels.performance` added up of a regression."""
    found: dict[int, dict[datetime, Counts]] = defaultdict(dict)
    for row in errors:
        values = row._asdict()
        start, version = values.pop("start"), values.pop("model_version")
        found[version][start] = Counts(rows=row.rows, errors=ErrorSums(**values))
    return found


def add_counts(spans: Sequence[Counts]) -> Counts:
    """Add the counts of several spans up."""
    sums = [one.errors for one in spans if one.errors is not None]
    return Counts(
        rows=sum(one.rows for one in spans),
        confusion=add_confusions(one.confusion for one in spans),
        scores=[score for one in spans for score in one.scores],
        errors=reduce(add, sums) if sums else None,
    )


def metrics_of(use_case: UseCase, counts: Counts) -> tuple[Metrics, dict[str, Metrics] | None]:
    """Compute the metrics of counts, on the whole and, of several classes, class by class."""
    if counts.errors is not None:
        return measure_numbers(counts.errors), None
    several = use_case.task.definition.class_outputs(use_case.classes)
    found = ClassCounts(several or use_case.classes[1:], counts.confusion, counts.scores)
    return measure_classes(found), measure_each_class(found) if several else None
