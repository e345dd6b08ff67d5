"""Fitting stops in time, and evaluation says what it is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from monitoring.profiles.building import reference_profile
from registry.golden import golden_batch
from tests.support import doctests
from training.data import TrainingData, check_training_data, load_training_data
from training.evaluate import evaluate
from training.fit import fit
from training.splits import split
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase
from usecases.metrics.probabilities import calibration_table, expected_calibration_error
from usecases.models.runtime import Model
from usecases.models.scoring import raw_scores, score
from usecases.models.xgboost_runtime import XGBOOST

CATALOG = load_catalog()


def regression_use_case() -> UseCase:
    return UseCase.model_validate(
        {
            "name": "kiln",
            "title": "Kiln",
            "task": "regression",
            "target": "shrinkage",
            "features": [{"name": "heat_k", "type": "float"}, {"name": "turns", "type": "integer"}],
            "training": {"data": "tiles.csv", "rounds": 200, "max_depth": 3},
        }
    )


def regression_data(use_case: UseCase) -> TrainingData:
    random = np.random.default_rng(0)
    heat, turns = random.uniform(0, 10, 800), random.integers(0, 5, 800)
    table = {"heat_k": heat, "turns": turns, "shrinkage": 3 * heat - turns + random.normal(0, 0.1, 800)}
    return check_training_data(use_case, pa.record_batch(table))


def trained(use_case: UseCase, data: TrainingData, folder: Path) -> tuple[Model, dict[str, float]]:
    parts = split(use_case, data)
    path = folder / "model.ubj"
    fit(use_case, data, parts).model.save(path)
    model = XGBOOST.load(path)
    model.require_fit(use_case)
    holdout = raw_scores(use_case, model, data.rows.take(pa.array(parts.holdout)))
    return model, evaluate(use_case, data.targets[parts.holdout], holdout).metrics


def test_every_row_has_one_purpose_and_each_class_its_share() -> None:
    use_case = CATALOG["equipment_failure"]
    data = load_training_data(use_case, CATALOG.folder(use_case.name))
    parts = split(use_case, data)
    together = np.concatenate([parts.training, parts.validation, parts.holdout])
    assert sorted(together.tolist()) == list(range(10_000))
    assert (len(parts.training), len(parts.validation), len(parts.holdout)) == (6_400, 1_600, 2_000)
    shares = [data.targets[part].mean() for part in (parts.training, parts.validation, parts.holdout)]
    assert shares == pytest.approx([data.targets.mean()] * 3, abs=0.001)
    again = split(use_case, data)
    assert again.holdout.tolist() == parts.holdout.tolist()


def test_equipment_failure_is_learned_and_calibrated(tmp_path: Path) -> None:
    use_case = CATALOG["equipment_failure"]
    model, metrics = trained(use_case, load_training_data(use_case, CATALOG.folder(use_case.name)), tmp_path)
    assert metrics["roc_auc"] > 0.95
    assert metrics["pr_auc"] > 0.7
    assert metrics["accuracy"] > 0.975
    assert metrics["log_loss"] < 0.07
    assert metrics["calibration_error"] < 0.02
    # Scoring time is linear in rounds and depth; more of either needs a reason in the yaml.
    assert model.rounds <= 60


def test_iris_is_learned(tmp_path: Path) -> None:
    use_case = CATALOG["iris"]
    data = load_training_data(use_case, CATALOG.folder(use_case.name))
    _, metrics = trained(use_case, data, tmp_path)
    assert metrics["accuracy"] >= 0.9
    assert metrics["roc_auc"] > 0.95
    assert set(metrics) == {"roc_auc", "pr_auc", "log_loss", "accuracy", "brier", "calibration_error"}


def test_a_regression_is_learned(tmp_path: Path) -> None:
    use_case = regression_use_case()
    data = regression_data(use_case)
    model, metrics = trained(use_case, data, tmp_path)
    assert metrics["r2"] > 0.98
    assert metrics["mae"] <= metrics["rmse"] < 1
    golden = golden_batch(use_case, model, data.rows)
    assert (len(golden["rows"]), len(golden["scores"])) == (50, 50)
    reference = reference_profile(use_case, data.rows, score(use_case, model, data.rows))
    assert reference.profile.classes is None
    assert reference.profile.score.present == 800


def test_rounds_after_the_best_are_cut_off_and_progress_is_told(tmp_path: Path) -> None:
    use_case = CATALOG["iris"]
    data = load_training_data(use_case, CATALOG.folder(use_case.name))
    heard: list[tuple[int, int]] = []
    fitted = fit(use_case, data, split(use_case, data), lambda done, most: heard.append((done, most)))
    rounds = fitted.model.rounds
    assert rounds == fitted.parameters["rounds"] < len(heard) < 200
    assert heard[0] == (1, 200)
    fitted.model.save(tmp_path / "model.ubj")
    assert XGBOOST.load(tmp_path / "model.ubj").rounds == rounds


def test_a_perfectly_calibrated_model_has_no_calibration_error() -> None:
    probabilities = np.repeat([0.0, 0.25, 0.75, 1.0], 4)
    came_true = np.array([0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1], dtype=float)
    table = calibration_table(probabilities, came_true)
    assert expected_calibration_error(table) == 0
    assert [found.rows for found in table] == [4, 4, 4, 4]
    assert (table[-1].lower, table[-1].upper) == (0.9, 1.0)


def test_metrics_of_known_answers() -> None:
    use_case = CATALOG["equipment_failure"]
    found = evaluate(use_case, np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.6, 0.4, 0.9])).metrics
    assert found["roc_auc"] == 0.75
    assert found["accuracy"] == 0.5
    assert found["brier"] == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)
    assert found["log_loss"] == pytest.approx(-(2 * np.log(0.9) + 2 * np.log(0.4)) / 4)


@pytest.mark.parametrize("module", doctests.modules_with_examples("training"))
def test_the_examples_in_docstrings_are_true(module: Any) -> None:
    assert doctests.failures(module) == 0
