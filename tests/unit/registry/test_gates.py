"""What each gate says, without a registry."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from registry.artefact import WrongFormatError, model_file, read_golden
from registry.changes import version_before
from registry.gates import GateOutcome, GoldenComparison, digest_gate, golden_gate, metrics_gate, schema_gate
from registry.golden import TOLERANCE, GoldenBatchError, compare, golden_batch, read_batch
from registry.trying_out import try_out
from sql.registry.promotions import Kind
from tests.support.doctests import failures, modules_with_examples
from tests.support.pipeline import EQUIPMENT, IRIS, equipment_rows, install_model
from training.evaluate import evaluate
from usecases.contract.spec import UseCase
from usecases.metrics.registry import holdout_metrics
from usecases.models.scoring import raw_scores
from usecases.models.xgboost_runtime import XGBOOST
from usecases.tasks.task import Task


def limited(*limits: dict[str, object]) -> UseCase:
    return UseCase.model_validate_json(
        EQUIPMENT.model_copy(update={"promotion": {"metrics": limits}}).model_dump_json()
    )


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize(
    ("limit", "found", "champion", "words"),
    [
        ({"name": "roc_auc"}, {"roc_auc": 0.89}, {"roc_auc": 0.90}, ""),
        ({"name": "roc_auc"}, {"roc_auc": 0.88}, {"roc_auc": 0.90}, "2.2% worse than the champion's 0.9000"),
        ({"name": "roc_auc"}, {"roc_auc": 0.10}, None, ""),
        ({"name": "roc_auc", "worst": 0.8}, {"roc_auc": 0.79}, None, "the use case wants 0.8 or higher"),
        ({"name": "log_loss", "max_loss": 0.1}, {"log_loss": 0.22}, {"log_loss": 0.21}, ""),
        ({"name": "log_loss", "max_loss": 0.1}, {"log_loss": 0.24}, {"log_loss": 0.21}, "14.3% worse than"),
        ({"name": "log_loss", "worst": 0.2}, {"log_loss": 0.3}, None, "the use case wants 0.2 or lower"),
        ({"name": "log_loss"}, {"log_loss": 0.1}, {"log_loss": 0.0}, "log_loss is 0.1000, worse than"),
        ({"name": "roc_auc"}, {"roc_auc": math.nan}, {"roc_auc": 0.9}, "roc_auc is nan"),
        ({"name": "roc_auc"}, {"roc_auc": math.nan}, None, "roc_auc is no number"),
        ({"name": "roc_auc"}, {"accuracy": 1.0}, None, "its run has no roc_auc"),
        ({"name": "roc_auc"}, {"roc_auc": 0.5}, {"accuracy": 1.0}, ""),
    ],
)
def test_metrics_are_held_against_the_limits(
    limit: dict[str, object], found: dict[str, float], champion: dict[str, float] | None, words: str
) -> None:
    result = metrics_gate(limited(limit), found, champion)
    assert (result.outcome is GateOutcome.REFUSED) is bool(words)
    assert words in result.detail


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_a_champion_that_was_judged_by_another_split_is_no_measure() -> None:
    honest = metrics_gate(limited({"name": "roc_auc"}), {"roc_auc": 0.6}, {"roc_auc": 0.99}, other_split="random")
    assert honest.outcome is GateOutcome.PASSED
    assert honest.detail == (
        "roc_auc 0.6000; the champion was judged by another split (random), which is no measure for it"
    )
    bounded = limited({"name": "roc_auc", "worst": 0.7})
    assert (
        metrics_gate(bounded, {"roc_auc": 0.6}, {"roc_auc": 0.99}, other_split="random").outcome is GateOutcome.REFUSED
    )


def test_a_use_case_without_limits_has_one() -> None:
    assert [(limit.name, limit.max_loss) for limit in EQUIPMENT.metric_limits] == [("roc_auc", 0.02)]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ([{"name": "rmse"}], "rmse is no metric of a binary; choose among roc_auc"),
        ([{"name": "roc_auc"}, {"name": "roc_auc"}], "two limits are of the same metric"),
        ([{"name": "roc_auc", "max_loss": -1}], "greater than or equal to 0"),
    ],
)
def test_limits_that_cannot_be_meant_are_refused(limits: list[dict[str, object]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        UseCase.model_validate(EQUIPMENT.model_dump() | {"promotion": {"metrics": limits}})


def test_limits_do_not_change_what_a_row_is() -> None:
    changed = UseCase.model_validate(EQUIPMENT.model_dump() | {"promotion": {"metrics": [{"name": "brier"}]}})
    assert changed.schema_hash == EQUIPMENT.schema_hash


def test_the_metrics_with_limits_are_those_that_are_measured(tmp_path: Path) -> None:
    model = XGBOOST.load(install_model(tmp_path))
    rows = equipment_rows(200)
    scores = raw_scores(EQUIPMENT, model, rows)
    assert set(evaluate(EQUIPMENT, (scores > 0.3).astype(float), scores).metrics) == set(
        holdout_metrics(names_classes=True)
    )
    numbers = EQUIPMENT.model_copy(update={"task": Task.REGRESSION, "classes": ()})
    assert set(evaluate(UseCase.model_construct(**dict(numbers)), scores, scores).metrics) == set(
        holdout_metrics(names_classes=False)
    )


def test_a_digest_that_nobody_wrote_down_is_written_down() -> None:
    assert digest_gate("a" * 64, None).outcome is GateOutcome.PASSED
    assert digest_gate("a" * 64, "a" * 64).outcome is GateOutcome.PASSED
    assert digest_gate("a" * 64, "b" * 64).outcome is GateOutcome.REFUSED


def test_a_misfit_is_refused_even_where_the_hash_is_right() -> None:
    assert schema_gate(EQUIPMENT, EQUIPMENT.schema_hash, None).outcome is GateOutcome.PASSED
    assert schema_gate(EQUIPMENT, None, None).outcome is GateOutcome.PASSED
    assert schema_gate(EQUIPMENT, EQUIPMENT.schema_hash, "torque is missing").detail == "torque is missing"
    assert schema_gate(EQUIPMENT, "0" * 12, None).outcome is GateOutcome.REFUSED


def test_a_golden_batch_scores_to_the_bit_on_the_machine_that_made_it(tmp_path: Path) -> None:
    model = XGBOOST.load(install_model(tmp_path))
    golden = golden_batch(EQUIPMENT, model, equipment_rows(500))
    found = compare(EQUIPMENT, model, read_batch(EQUIPMENT, golden))
    assert (found.rows, found.differing, found.difference) == (50, 0, 0.0)
    most = int(np.argmax(golden["scores"]))
    golden["scores"][most] += 2e-6 * golden["scores"][most]
    found = compare(EQUIPMENT, model, read_batch(EQUIPMENT, golden))
    assert found.differing == 1
    assert found.difference == pytest.approx(2e-6, rel=1e-5)
    assert found.example.startswith(f"row {most + 1}: recorded was ")


@pytest.mark.parametrize("difference", [2e-6, math.nan, math.inf])
def test_a_score_that_differs_is_refused_whoever_vouches(difference: float) -> None:
    comparison = GoldenComparison(50, 1, difference, "row 8")
    assert golden_gate(comparison, TOLERANCE, excuse="anna vouches").outcome is GateOutcome.REFUSED


def test_what_is_not_proven_needs_somebody_who_vouches() -> None:
    alike = GoldenComparison(50, 0, 0.0, "")
    assert golden_gate(alike, TOLERANCE).detail == "50 rows score as where it was trained, to the bit"
    for comparison, shortfall in ((None, ""), (alike, "3 rows are too few")):
        assert golden_gate(comparison, TOLERANCE, shortfall).outcome is GateOutcome.REFUSED
        vouched = golden_gate(comparison, TOLERANCE, shortfall, excuse="anna vouches for its scores")
        assert vouched.outcome is GateOutcome.NOT_APPLICABLE
        assert vouched.detail.startswith("anna vouches for its scores; ")


@pytest.mark.parametrize(
    "golden", [{}, {"rows": [{}], "scores": [0.5]}, {"rows": 3, "scores": 3}, {"rows": [], "scores": "a"}]
)
def test_a_golden_batch_that_is_none_is_refused(golden: dict[str, object]) -> None:
    with pytest.raises(GoldenBatchError):
        read_batch(EQUIPMENT, golden)


def test_a_golden_batch_with_scores_of_another_shape_is_refused(tmp_path: Path) -> None:
    model = XGBOOST.load(install_model(tmp_path))
    golden = golden_batch(EQUIPMENT, model, equipment_rows(500))
    with pytest.raises(GoldenBatchError, match=r"scores of shape \(49,\), its rows need \(50,\)"):
        read_batch(EQUIPMENT, golden | {"scores": golden["scores"][1:]})


def test_a_model_without_a_golden_batch_is_tried_out(tmp_path: Path) -> None:
    assert try_out(EQUIPMENT, XGBOOST.load(install_model(tmp_path))) > 0
    with pytest.raises(ValueError, match="features"):
        try_out(IRIS, XGBOOST.load(install_model(tmp_path)))


@pytest.mark.parametrize(
    ("content", "expected"), [(None, None), (b"{}", {}), (b"[1]", {}), (b"\xff", {}), (b'{"rows": []}', {"rows": []})]
)
def test_a_golden_file_is_read_or_counts_as_empty(content: bytes | None, expected: object) -> None:
    assert read_golden(content) == expected


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("flavors: {sklearn: {pickled_model: model.pkl}}", "its flavours are sklearn, which may hold code"),
        ("flavors: {}", "its flavours are none"),
        ("flavors: {xgboost: {data: ../../model.ubj}}", "names no model file of its own"),
        ("flavors: {xgboost: {data: /etc/passwd}}", "names no model file of its own"),
        ("flavors: {xgboost: {data: 7}}", "names no model file of its own"),
        ("- nothing", "cannot be read"),
        ("{", "cannot be read"),
    ],
)
def test_another_flavour_is_refused(description: str, words: str) -> None:
    with pytest.raises(WrongFormatError, match=words):
        model_file(description)


def test_the_way_back_leads_past_what_was_rolled_back() -> None:
    promoted, back = Kind.PROMOTED, Kind.ROLLED_BACK
    assert version_before([]) is None
    assert version_before([(promoted, 1)]) is None
    assert version_before([(promoted, 1), (promoted, 2), (back, 1), (promoted, 3)]) == 1
    assert version_before([(promoted, 1), (promoted, 2), (back, 1)]) is None
    assert version_before([(back, 4), (promoted, 5)]) == 4


@pytest.mark.parametrize("module", modules_with_examples("registry"))
def test_examples_of_the_docstrings(module: str) -> None:
    assert failures(module) == 0
