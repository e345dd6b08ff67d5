"""A metric that is one value and one line of the registry is everywhere that people meet metrics."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from gateway_api.performance.answers import performance_answer
from gateway_api.wire.time_spans import TimeSpans
from monitoring.grafana.panels import panels
from monitoring.performance.version_counts import counts_of_classes
from registry.gates import GateOutcome, metrics_gate
from tests.support.monitoring.scores import counts, rare_class
from tests.support.pipeline import EQUIPMENT
from training.data import load_training_data
from training.evaluate import evaluate
from training.evaluation.page import Findings, write_report
from training.fit import fit
from training.holdout import Holdout
from training.splits import split
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase
from usecases.metrics import documented, registry
from usecases.metrics.definition import Better, ClassMetric
from usecases.metrics.inputs import ClassCounts, Floats, HoldoutRows
from usecases.metrics.intervals import Measured, proportion

# All that a new metric needs: a file of this content, and its name in the registry.


def specificity_of_rows(rows: HoldoutRows) -> float:
    """Return the share of rows of other classes that were not predicted as the class."""
    return float((rows.predicted[rows.targets == 0] == 0).mean())


def specificity(counts: ClassCounts, name: str) -> Measured | None:
    """Measure the same from counts."""
    others = {pair: rows for pair, rows in counts.confusion.items() if pair[1] != name}
    return proportion(sum(rows for (said, _), rows in others.items() if said != name), sum(others.values()))


SPECIFICITY = ClassMetric(
    name="specificity",
    title="True negative rate",
    meaning="Of the rows that are not of the class, the share that were not predicted as it.",
    source="Yerushalmy 1947",
    better=Better.HIGHER,
    lowest=0,
    highest=1,
    interval="Wilson 1927",
    on_holdout=specificity_of_rows,
    on_counts=lambda counts: counts.macro(specificity),
    of_class=specificity,
    expected=lambda expected: expected[0].rejections / (expected[0].rows - expected[0].positives),
    sql="avg((prediction <> 'failure')::integer) filter (where label <> 'failure')",
)

CLASSES = EQUIPMENT.classes


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "METRICS", (*registry.METRICS, SPECIFICITY))


@pytest.fixture(scope="module")
def answers() -> tuple[Floats, list[str]]:
    scores, truths = rare_class(5, 3_000)
    return scores, [CLASSES[truth == "bad"] for truth in truths]


def specific(scores: Floats, truths: list[str]) -> float:
    negatives = scores[np.array(truths) == CLASSES[0]]
    return float((negatives < 0.5).mean())


def test_a_training_measures_and_reports_it(tmp_path: Path, answers: tuple[Floats, list[str]]) -> None:
    catalog = load_catalog()
    data = load_training_data(EQUIPMENT, catalog.folder(EQUIPMENT.name))
    scores, truths = answers
    targets = np.array([CLASSES.index(truth) for truth in truths], dtype=np.float64)
    evaluation = evaluate(EQUIPMENT, targets, scores)
    assert evaluation.metrics["specificity"] == pytest.approx(specific(scores, truths))
    parts = split(EQUIPMENT, data)
    fitted = fit(EQUIPMENT, data, parts)
    holdout = Holdout(parts.chosen, 0, None)
    write_report(
        Findings(EQUIPMENT, fitted, evaluation, holdout, targets, scores, None, [], origin="", rows=9), tmp_path
    )
    assert f"<td>specificity</td><td>{evaluation.metrics['specificity']:.4f}</td>" in (
        tmp_path / "report.html"
    ).read_text(encoding="utf-8")
    assert "specificity" in json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["metrics"]


def test_a_promotion_may_be_limited_by_it() -> None:
    limited = UseCase.model_validate(EQUIPMENT.model_dump() | {"promotion": {"metrics": [{"name": "specificity"}]}})
    assert metrics_gate(limited, {"specificity": 0.90}, {"specificity": 0.91}).outcome is GateOutcome.PASSED
    refused = metrics_gate(limited, {"specificity": 0.5}, {"specificity": 0.9})
    assert refused.outcome is GateOutcome.REFUSED
    assert "specificity is 0.5000, 44.4% worse than" in refused.detail


class Row(SimpleNamespace):
    """A row as the database gives it."""

    def _asdict(self) -> dict[str, Any]:
        return dict(vars(self))


def measured(answers: tuple[Floats, list[str]]) -> str:
    """Return what the gateway answers of a version whose rows were counted so."""
    scores, truths = answers
    start = datetime(2026, 3, 1, tzinfo=UTC)
    confusion, by_score = counts(CLASSES, scores, truths)
    of_version = {"start": start, "model_version": 1}
    outcomes = [Row(**of_version, prediction=said, label=true, rows=rows) for (said, true), rows in confusion.items()]
    counted = counts_of_classes(outcomes, [Row(**of_version, **asdict(one)) for one in by_score])
    spans = TimeSpans(start, start + timedelta(days=1), timedelta(days=1))
    return performance_answer(EQUIPMENT, spans, counted).model_dump_json()


def test_served_rows_are_measured_by_it(answers: tuple[Floats, list[str]]) -> None:
    [version] = json.loads(measured(answers))["versions"]
    found = version["metrics"]["specificity"]
    assert found["value"] == pytest.approx(specific(*answers))
    assert found["low"] < found["value"] < found["high"]
    assert version["buckets"][0]["metrics"]["specificity"] == found
    assert version["estimate"]["metrics"]["specificity"] == pytest.approx(found["value"], abs=0.02)


def test_the_page_shows_it(answers: tuple[Floats, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    [shown] = [text for path, text in documented.files() if path == documented.PAGE]
    monkeypatch.setattr("ui.parts.texts._METRICS", json.loads(shown))
    page = AppTest.from_string(
        "from pydantic import TypeAdapter\nfrom ui.gateway.answers import Performance\n"
        "from ui.performance.section import show_performance\n"
        f"show_performance(TypeAdapter(Performance).validate_json({measured(answers)!r}))",
        default_timeout=20,
    ).run()
    assert not page.exception
    assert page.dataframe[0].value["True negative rate"].iloc[0] == pytest.approx(specific(*answers))
    assert "True negative rate" in [option for radio in page.radio for option in radio.options]


def test_the_docs_and_a_dashboard_may_name_it() -> None:
    [row] = [line for line in documented.table() if "`specificity`" in line]
    assert "the share that were not predicted as it. | higher | 0 | 1 | holdout, labels, estimate" in row
    source = {"title": "", "description": "", "type": "stat", "width": 6, "unit": "percentunit"}
    [panel] = panels([source | {"queries": [{"sql": "select {{specificity}} as share"}]}])
    assert panel["targets"][0]["rawSql"] == f"select {SPECIFICITY.sql} as share"
