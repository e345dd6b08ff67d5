"""The report of a version says what is true of its holdout, stays small, and reads back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from registry.report import MOST_BYTES, ModelReport, UnreadableReportError, read_report
from tests.unit.training.test_fit_and_evaluate import regression_data, regression_use_case
from training.data import TrainingData, load_training_data
from training.evaluate import evaluate
from training.evaluation.curves import threshold_curve
from training.evaluation.judged import MISSING, OTHERS, Judged, by_quantiles, grouped, holdout_moments
from training.evaluation.learning_curve import learning_curve
from training.evaluation.page import Findings
from training.evaluation.report import model_report
from training.fit import as_served, fit
from training.holdout import describe_holdout
from training.splits import split
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase
from usecases.models.lightgbm_runtime import LIGHTGBM
from usecases.models.runtime import Runtime
from usecases.models.scoring import raw_scores
from usecases.models.xgboost_runtime import XGBOOST

CATALOG = load_catalog()


def bundled(name: str) -> tuple[UseCase, TrainingData]:
    use_case = CATALOG[name]
    return use_case, load_training_data(use_case, CATALOG.folder(name))


def report_of(use_case: UseCase, data: TrainingData, runtime: Runtime = XGBOOST) -> ModelReport:
    """Train as the product does, without a registry."""
    parts = split(use_case, data)
    fitted = fit(use_case, data, parts, runtime=runtime)
    model = as_served(use_case, fitted, runtime)
    rows, targets = data.rows.take(pa.array(parts.holdout)), data.targets[parts.holdout]
    scores = raw_scores(use_case, model, rows)
    evaluation, holdout = evaluate(use_case, targets, scores, rows), describe_holdout(use_case, data, parts, runtime)
    findings = Findings(
        use_case, fitted, evaluation, holdout, targets, scores, None, (), origin="", rows=data.rows.num_rows
    )
    judged = Judged(rows, targets, scores, len(targets), *holdout_moments(use_case, data, parts))
    return model_report(findings, model, judged, learning_curve(use_case, data, parts, runtime, model))


@pytest.fixture(scope="module")
def machines() -> ModelReport:
    return report_of(*bundled("equipment_failure"))


def test_two_classes_have_a_curve_that_agrees_with_the_confusion(machines: ModelReport) -> None:
    [curve] = machines.curves
    assert machines.confusion is not None
    half = curve.thresholds.index(0.5)
    [[rejected, alarms], [missed, hits]] = machines.confusion.rows
    assert (curve.hits[half], curve.false_alarms[half]) == (hits, alarms)
    assert (curve.positives, curve.negatives) == (missed + hits, rejected + alarms)
    assert (curve.hits[0], curve.false_alarms[0]) == (curve.positives, curve.negatives)
    assert curve.positives + curve.negatives == machines.rows.holdout == 2_000
    # The area below the points is the one that was measured row by row.
    recall, alarm = np.array(curve.hits) / curve.positives, np.array(curve.false_alarms) / curve.negatives
    assert np.trapezoid(recall[::-1], alarm[::-1]) == pytest.approx(machines.metrics["roc_auc"], abs=0.01)


def test_features_are_in_order_and_their_values_raise_or_lower_the_answer(machines: ModelReport) -> None:
    sizes = [one.contribution or 0.0 for one in machines.features]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(one.gain for one in machines.features) == pytest.approx(1, abs=1e-4)
    assert {one.feature for one in machines.features} == {one.name for one in CATALOG["equipment_failure"].features}
    wear = next(one for one in machines.features if one.feature == "tool_wear_min")
    # A tool that is worn fails.
    assert wear.groups[-1].contribution > wear.groups[0].contribution
    assert sum(group.rows for group in wear.groups) == sum(group.rows for group in machines.features[0].groups)


def test_segments_add_up_to_the_holdout_and_differ(machines: ModelReport) -> None:
    assert {one.column for one in machines.segments} == {one.name for one in CATALOG["equipment_failure"].features}
    for segments in machines.segments:
        assert sum(group.rows for group in segments.groups) == 2_000
    quality = next(one for one in machines.segments if one.column == "product_quality")
    assert (quality.kind, [group.label for group in quality.groups]) == ("category", ["L", "M", "H"])
    assert {name for group in quality.groups for name in group.metrics} == set(machines.metrics)


def test_the_learning_curve_ends_at_the_model_itself(machines: ModelReport) -> None:
    assert [point.rows for point in machines.learning_curve] == [800, 1_600, 3_200, 6_400]
    assert machines.learning_curve[-1].holdout == pytest.approx(machines.metrics)
    assert machines.learning_curve[0].holdout["roc_auc"] < machines.metrics["roc_auc"]


def test_several_classes_have_a_curve_each() -> None:
    report = report_of(*bundled("iris"))
    assert [curve.class_name for curve in report.curves] == list(CATALOG["iris"].classes)
    assert report.confusion is not None
    assert sum(map(sum, report.confusion.rows)) == report.rows.holdout
    assert report.residuals is None
    assert report.segments[0].groups[0].predicted is None


@pytest.mark.parametrize("runtime", [XGBOOST, LIGHTGBM])
def test_numbers_have_errors_instead(runtime: Runtime) -> None:
    use_case = regression_use_case()
    report = report_of(use_case, regression_data(use_case), runtime)
    assert (report.curves, report.confusion, report.calibration) == ([], None, [])
    assert report.residuals is not None
    assert sum(one.rows for one in report.residuals.bins) == report.rows.holdout
    assert sum(one.rows for one in report.residuals.groups) == report.rows.holdout
    means = [one.predicted for one in report.residuals.groups]
    assert means == sorted(means)
    assert report.features[0].feature == "heat_k"
    assert report.features[0].contribution


def test_rows_in_time_are_a_segment(tmp_path: Path) -> None:
    use_case = UseCase.model_validate(
        {
            "name": "hours",
            "title": "Hours",
            "task": "regression",
            "target": "load",
            "features": [{"name": "heat", "type": "float", "nullable": True}, {"name": "at", "type": "timestamp"}],
            "training": {"data": "hours.csv", "split": "time", "split_column": "at"},
        }
    )
    hours = np.arange(900)
    lines = [
        f"{'' if hour % 50 == 0 else hour % 24},2026-01-{1 + hour // 36:02d}T{hour % 24:02d}:00:00Z,{hour % 24 * 2}"
        for hour in hours.tolist()
    ]
    (tmp_path / "hours.csv").write_text("heat,at,load\n" + "\n".join(lines) + "\n", encoding="utf-8")
    report = report_of(use_case, load_training_data(use_case, tmp_path))
    first = report.segments[0]
    assert (first.column, first.kind, report.rows.split) == ("at", "time", "time")
    assert first.groups[0].label.startswith("2026-01-")
    assert [one.column for one in report.segments].count("at") == 1
    heat = next(one for one in report.segments if one.column == "heat")
    assert heat.groups[-1].label == MISSING


def test_a_report_is_small_and_reads_back(machines: ModelReport) -> None:
    content = machines.model_dump_json().encode()
    assert len(content) < 60_000
    assert read_report(content) == machines


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "Invalid JSON"),
        (b'{"task": "binary"}', "rows: Field required"),
        (b" " * (MOST_BYTES + 1), "are the most"),
    ],
)
def test_what_is_no_report_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableReportError, match=said):
        read_report(content)


def test_a_rare_class_has_thresholds_where_its_scores_are() -> None:
    rng = np.random.default_rng(1)
    scores = rng.uniform(0, 0.004, 5_000)
    curve = threshold_curve("fraud", (scores > 0.0035).astype(float), scores)
    assert sum(0 < threshold < 0.004 for threshold in curve.thresholds) > 50


def test_values_are_grouped_by_how_many_there_are() -> None:
    several = by_quantiles("speed", "number", np.array([*range(100), np.nan], dtype=float))
    assert len(several.labels) == 7
    assert [label for label, _ in several.places()][-1] == MISSING
    assert [label for label, _ in by_quantiles("turns", "number", np.array([2.0, 1.0, 2.0])).places()] == ["1", "2"]
    shop = UseCase.model_validate(
        {
            "name": "shop", "title": "Shop", "task": "regression", "target": "sum",
            "features": [{"name": "city", "type": "category", "values": [f"c{n}" for n in range(12)], "nullable": True}],
            "training": {"data": "shop.csv"},
        }
    )  # fmt: skip
    cities = pa.array([f"c{n}" for n in range(12)] + ["c3", None])
    found = grouped(shop, pa.RecordBatch.from_arrays([cities], names=["city"]), "city")
    counted = {label: len(places) for label, places in found.places()}
    assert next(iter(counted)) == "c3"
    assert (counted["c3"], counted[OTHERS], counted[MISSING]) == (2, 4, 1)
