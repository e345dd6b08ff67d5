"""Metrics are defined as their registry and their users need it, and the docs and the page say what the definitions say."""

from __future__ import annotations

from pathlib import Path

import pytest

from usecases.metrics.definition import ClassMetric, Metric, NumberMetric
from usecases.metrics.documented import files
from usecases.metrics.inputs import ClassCounts, ErrorSums
from usecases.metrics.registry import METRICS, class_metrics, number_metrics


@pytest.mark.parametrize(
    ("path", "text"), list(files()), ids=lambda value: value.name if isinstance(value, Path) else ""
)
def test_docs_and_page_say_what_the_definitions_say(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run: make snapshots"


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_has_all_that_people_are_told(metric: Metric) -> None:
    assert metric.title
    assert metric.meaning.endswith(".")
    assert metric.source
    assert metric.lowest < metric.highest
    # A table of the docs holds them.
    assert "|" not in metric.title + metric.meaning + metric.source + metric.interval


def test_names_are_used_once_and_one_metric_of_each_outcome_judges() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metrics in (class_metrics(), number_metrics()):
        [judge] = [metric for metric in metrics if metric.judges]
        assert judge.on_holdout is not None


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_what_no_row_determines_is_not_measured(metric: Metric) -> None:
    if isinstance(metric, ClassMetric) and metric.on_counts is not None:
        assert metric.on_counts(ClassCounts(["bad"], {}, [])) is None
    if isinstance(metric, NumberMetric) and metric.on_sums is not None:
        assert metric.on_sums(ErrorSums(7, 0, 0, 0, 0, 0)) is None
