"""Models of notebooks in a real registry: however MLflow stores them, they are served as trained or refused with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from registry.artefact import fetch
from registry.client import Registry
from registry.gates import Gate, GateOutcome
from registry.lifecycle import Lifecycle
from registry.names import CHAMPION
from tests.support.registry.notebooks import CELLS, FAILED, RIGHT, ROWS, Cell, checked_rows, golden_of, of_classes
from tests.support.registry.promoting import refusal
from tests.support.registry.versions import mlflow, notebook_golden, register_from_notebook, small_booster
from usecases.contract.spec import UseCase
from usecases.models.scoring import raw_scores


def test_a_model_from_a_notebook_is_promoted_and_gets_its_tags(
    lifecycle: Lifecycle, registry: Registry, use_case: UseCase, mlflow_url: str
) -> None:
    version = register_from_notebook(mlflow_url, use_case=use_case, metrics={"roc_auc": 0.8})
    changed = lifecycle.promote(use_case, version, "test")
    golden = {result.gate: result for result in changed.results}[Gate.GOLDEN]
    assert (golden.outcome, golden.detail) == (
        GateOutcome.PASSED, "100 rows score as where it was trained, to the bit",
    )  # fmt: skip
    found = registry.by_alias(use_case.name, CHAMPION)
    assert found is not None
    assert (found.version, found.schema_hash, len(found.digest or "")) == (version, use_case.schema_hash, 64)


def test_a_model_from_a_notebook_without_metrics_needs_a_person(
    lifecycle: Lifecycle, use_case: UseCase, mlflow_url: str
) -> None:
    version = register_from_notebook(mlflow_url, use_case=use_case)
    assert refusal(lifecycle, use_case, version)[1].startswith("its run has no roc_auc; log it with mlflow.log_metric")
    assert lifecycle.promote(use_case, version, "test", without_metrics=True).version == version


def test_a_model_whose_scores_nobody_proved_needs_proof_or_a_person(
    lifecycle: Lifecycle, use_case: UseCase, mlflow_url: str
) -> None:
    version = register_from_notebook(mlflow_url, use_case=use_case, metrics={"roc_auc": 0.8}, is_proven=False)
    gate, detail = refusal(lifecycle, use_case, version)
    assert (gate, detail.partition(",")[0]) == (Gate.GOLDEN, "it has no golden batch")
    lifecycle.promote(use_case, version, "anna", without_golden_batch=True)
    [change] = lifecycle.history(use_case)
    vouched = {entry["gate"]: entry["detail"] for entry in change.gates}[Gate.GOLDEN]
    assert vouched.startswith("anna vouches for its scores; it has no golden batch")
    lifecycle.store_golden_batch(use_case, version, json.dumps(notebook_golden(small_booster(99))).encode())
    found = lifecycle.look_at(use_case, version).results
    assert [result.outcome for result in found if result.gate is Gate.GOLDEN] == [GateOutcome.PASSED]


def test_a_model_of_another_task_is_refused(lifecycle: Lifecycle, use_case: UseCase, mlflow_url: str) -> None:
    version = register_from_notebook(
        mlflow_url, use_case=use_case, metrics={"roc_auc": 0.8}, objective="reg:squarederror"
    )
    gate, detail = refusal(lifecycle, use_case, version)
    assert (gate, "objective is reg:squarederror" in detail) == (Gate.SCHEMA, True)


def lathe(cell: Cell, use_case: UseCase) -> UseCase:
    """Return the use case of a cell under the name of the test's own."""
    return UseCase.model_validate(cell.use_case.model_dump() | {"name": use_case.name})


def served_scores(registry: Registry, use_case: UseCase, version: int, folder: Path) -> Any:
    """Score all rows as a worker would that fetched the version."""
    model = fetch(registry, registry.version(use_case.name, version), folder).load()
    return raw_scores(use_case, model, checked_rows(use_case))


def log_model(flavor: Any, model: Any, declared: UseCase, golden: Path, mlflow_url: str, **more: Any) -> None:
    """Log a model with its golden batch as a notebook does, by the module of MLflow for its library."""
    mlflow.set_tracking_uri(mlflow_url)
    mlflow.set_experiment(declared.name)
    with mlflow.start_run():
        mlflow.log_metric("roc_auc", 0.9)
        flavor.log_model(model, name="model", registered_model_name=declared.name, extra_files=[str(golden)], **more)


@pytest.mark.parametrize("name", ["booster, stopped early, predicts with all rounds", "estimator, stopped early"])
def test_a_model_that_is_logged_with_defaults_is_served_as_trained(
    name: str, lifecycle: Lifecycle, registry: Registry, use_case: UseCase, mlflow_url: str, tmp_path: Path
) -> None:
    cell = CELLS[name]
    model, own = cell.fit()
    declared, golden = lathe(cell, use_case), tmp_path / "golden.json"
    golden.write_text(json.dumps(golden_of(cell, own)))
    log_model(mlflow.xgboost, model, declared, golden, mlflow_url, pip_requirements=["xgboost"])
    lifecycle.promote(declared, 1, "test")
    assert np.array_equal(served_scores(registry, declared, 1, tmp_path), own["failure"])


@pytest.mark.filterwarnings("ignore")  # MLflow's own, by the dozen
def test_models_of_lightgbm_are_served_and_its_pickles_are_not(
    lifecycle: Lifecycle, registry: Registry, use_case: UseCase, mlflow_url: str, tmp_path: Path
) -> None:
    declared, golden = lathe(CELLS["booster"], use_case), tmp_path / "golden.json"
    estimator = lightgbm.LGBMClassifier(n_estimators=4, n_jobs=1, verbose=-1).fit(RIGHT, FAILED)
    own = of_classes(estimator.predict_proba(RIGHT))
    golden.write_text(json.dumps(golden_of(CELLS["booster"], own)))
    for model in (estimator.booster_, estimator):
        more = {} if model is estimator.booster_ else {"serialization_format": "cloudpickle"}
        log_model(mlflow.lightgbm, model, declared, golden, mlflow_url, pip_requirements=["lightgbm"], **more)
    lifecycle.promote(declared, 1, "test")
    assert np.array_equal(served_scores(registry, declared, 1, tmp_path), own["failure"])
    gate, detail = refusal(lifecycle, declared, 2)
    assert (gate, "it is not LightGBM's text; log the Booster itself" in detail) == (Gate.FORMAT, True)


@pytest.mark.filterwarnings("ignore")  # MLflow's own, by the dozen
def test_models_of_scikit_learn_are_served_as_mlflow_logs_them_and_its_pickles_are_not(
    lifecycle: Lifecycle, registry: Registry, use_case: UseCase, mlflow_url: str, tmp_path: Path
) -> None:
    declared, golden = lathe(CELLS["booster"], use_case), tmp_path / "golden.json"
    arriving = RIGHT.assign(quality=ROWS.quality)
    prepared = make_column_transformer((OneHotEncoder(), ["quality"]), remainder="passthrough")
    model = make_pipeline(prepared, HistGradientBoostingClassifier(max_iter=5)).fit(arriving, FAILED)
    own = of_classes(model.predict_proba(arriving))
    golden.write_text(json.dumps(golden_of(CELLS["booster"], own)))
    trusted = ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]
    for more in ({"skops_trusted_types": trusted}, {"serialization_format": "cloudpickle"}):
        log_model(mlflow.sklearn, model, declared, golden, mlflow_url, pip_requirements=["scikit-learn"], **more)
    lifecycle.promote(declared, 1, "test")
    assert np.array_equal(served_scores(registry, declared, 1, tmp_path), own["failure"])
    gate, detail = refusal(lifecycle, declared, 2)
    assert (gate, "which may hold code (pickle)" in detail) == (Gate.FORMAT, True)


@pytest.mark.filterwarnings("ignore")  # MLflow's own, by the dozen
def test_a_model_that_mlflow_logged_by_itself_is_proven_afterwards(
    lifecycle: Lifecycle,
    registry: Registry,
    use_case: UseCase,
    mlflow_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(
        "MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT", "1"
    )  # else it loads the model anew, to see what it imports
    cell = CELLS["estimator"]
    declared = lathe(cell, use_case)
    mlflow.set_tracking_uri(mlflow_url)
    mlflow.set_experiment(declared.name)
    mlflow.xgboost.autolog(registered_model_name=declared.name, log_model_signatures=False, silent=True)
    try:
        with mlflow.start_run():
            model = xgboost.XGBClassifier(n_estimators=4, enable_categorical=True, n_jobs=1).fit(RIGHT, FAILED)
            mlflow.log_metric("roc_auc", 0.9)
    finally:
        mlflow.xgboost.autolog(disable=True)
    assert refusal(lifecycle, declared, 1)[0] is Gate.GOLDEN
    own = of_classes(model.predict_proba(RIGHT))
    lifecycle.store_golden_batch(declared, 1, json.dumps(golden_of(cell, own)).encode())
    lifecycle.promote(declared, 1, "test")
    assert np.array_equal(served_scores(registry, declared, 1, tmp_path), own["failure"])
