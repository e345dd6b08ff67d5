"""Versions for tests, registered as a training or a notebook registers them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from registry.artefact import file_digest
from registry.golden import golden_batch, rows_as_json
from registry.names import DIGEST_TAG, GOLDEN_FILE, SCHEMA_HASH_TAG
from tests.support.pipeline import EQUIPMENT, equipment_rows
from training.registering import quiet_mlflow
from usecases.contract.spec import UseCase
from usecases.models.scoring import matrix
from usecases.models.xgboost_matrices import XGBOOST_TYPES
from usecases.models.xgboost_runtime import XGBOOST

mlflow = quiet_mlflow()


def small_booster(seed: int, use_case: UseCase = EQUIPMENT, **parameters: Any) -> xgboost.Booster:
    """Fit a small model of the default use case on made-up rows; each seed gives other scores."""
    encoded = matrix(EQUIPMENT, equipment_rows(500, seed=seed))
    data = xgboost.DMatrix(
        encoded[:, : len(use_case.features)],
        (encoded[:, 4] * encoded[:, 5] > 8_000).astype(int),
        feature_names=[feature.name for feature in use_case.features],
        feature_types=[XGBOOST_TYPES[feature.type] for feature in use_case.features],
        enable_categorical=True,
    )
    chosen = {"objective": "binary:logistic", "max_depth": 3, "seed": seed, "subsample": 0.7, **parameters}
    return xgboost.train(chosen, data, 10)


def register_version(
    url: str,
    seed: int = 1,
    *,
    use_case: UseCase = EQUIPMENT,
    metrics: Mapping[str, float] = {"roc_auc": 0.9},  # never changed
    tags: Mapping[str, str] | None = None,
    shift: float = 0.0,
) -> int:
    """Register a small model with all that a training stores; gives its version.

    ``tags`` replace those of a training; ``shift`` is added to the scores of its golden batch.
    """
    booster = small_booster(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / XGBOOST.model_file
        booster.save_model(path)
        golden = golden_batch(use_case, XGBOOST.load(path), equipment_rows(50, seed=seed))
        golden["scores"] = (np.array(golden["scores"]) + shift).tolist()
        (Path(folder) / GOLDEN_FILE).write_text(json.dumps(golden))
        written = {DIGEST_TAG: file_digest(path), SCHEMA_HASH_TAG: use_case.schema_hash} if tags is None else tags
        with _run(url, use_case, metrics) as run:
            logged = mlflow.xgboost.log_model(
                booster,
                name="model",
                model_format="ubj",
                pip_requirements=["xgboost"],
                extra_files=[str(Path(folder) / GOLDEN_FILE)],
            )
    return _register(url, use_case, logged, run, written)


def forget_aliases(url: str, use_case: UseCase = EQUIPMENT) -> None:
    """Have no version of a use case be champion or challenger, whatever tests before made of a registry they share."""
    client = mlflow.MlflowClient(url, url)
    for known in client.search_registered_models(f"name = '{use_case.name}'"):
        for alias in known.aliases:
            client.delete_registered_model_alias(use_case.name, alias)


def same_again(url: str, version: int, use_case: UseCase = EQUIPMENT) -> int:
    """Register the files of a version as a further one; takes milliseconds, not seconds."""
    client = mlflow.MlflowClient(url, url)
    known = client.get_model_version(use_case.name, str(version))
    created = client.create_model_version(
        use_case.name,
        source=known.source,
        run_id=known.run_id,
        tags=known.tags,
        model_id=known.source.removeprefix("models:/"),
    )
    return int(created.version)


def register_from_notebook(
    url: str,
    *,
    use_case: UseCase = EQUIPMENT,
    metrics: Mapping[str, float] | None = None,
    is_proven: bool = True,
    model: xgboost.Booster | None = None,
    **parameters: Any,
) -> int:
    """Register a model as somebody does who knows MLflow and the page about models: no tags, a golden batch of their own.

    Without `is_proven` it is somebody who knows nothing of this product; `model` is one of the test's own.
    """
    booster = model or small_booster(99, **parameters)
    with tempfile.TemporaryDirectory() as folder, _run(url, use_case, metrics or {}) as run:
        golden = Path(folder) / GOLDEN_FILE
        golden.write_text(json.dumps(notebook_golden(booster)))
        logged = mlflow.xgboost.log_model(
            booster,
            name="model",
            model_format="json",
            pip_requirements=["xgboost"],
            extra_files=[str(golden)] if is_proven else None,
        )
    return _register(url, use_case, logged, run, {})


def linear_model() -> xgboost.Booster:
    """Fit what XGBoost can fit and this product does not serve."""
    encoded = matrix(EQUIPMENT, equipment_rows(100))
    names = [feature.name for feature in EQUIPMENT.features]
    table = xgboost.DMatrix(encoded, encoded[:, 4] > 40, feature_names=names)
    return xgboost.train({"booster": "gblinear", "objective": "binary:logistic"}, table, 2)


def notebook_golden(booster: xgboost.Booster) -> dict[str, Any]:
    """Make the golden batch of a model of the default use case as a notebook does, of its own predictions."""
    rows = equipment_rows(100, seed=3)
    table = xgboost.DMatrix(
        matrix(EQUIPMENT, rows),
        feature_names=booster.feature_names,
        feature_types=booster.feature_types,
        enable_categorical=True,
    )
    return {"rows": rows_as_json(rows), "scores": {"failure": booster.predict(table).tolist()}}


def register_sklearn(url: str, use_case: UseCase = EQUIPMENT) -> int:
    """Register a model in a flavour that is loaded by running its code."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # a second that other tests need not spend

    model = LogisticRegression().fit(np.arange(20.0).reshape(10, 2), [0, 1] * 5)
    with _run(url, use_case, {"roc_auc": 0.99}) as run:
        logged = mlflow.sklearn.log_model(
            model, name="model", serialization_format="cloudpickle", pip_requirements=["scikit-learn"]
        )
    return _register(url, use_case, logged, run, {})


def damage(url: str, version: int, folder: Path, use_case: UseCase = EQUIPMENT) -> None:
    """Replace the model file of a version in the registry's storage, as a careless or evil hand would."""
    source = mlflow.MlflowClient(url).get_model_version_download_uri(use_case.name, str(version))
    other = folder / XGBOOST.model_file
    small_booster(1_000 + version).save_model(other)
    mlflow.set_tracking_uri(url)
    mlflow.artifacts.get_artifact_repository(source).log_artifact(str(other))


def _run(url: str, use_case: UseCase, metrics: Mapping[str, float]) -> Any:
    mlflow.set_tracking_uri(url)
    mlflow.set_registry_uri(url)
    mlflow.set_experiment(use_case.name)
    run = mlflow.start_run()
    mlflow.log_metrics(dict(metrics))
    return run


def _register(url: str, use_case: UseCase, logged: Any, run: Any, tags: Mapping[str, str]) -> int:
    client = mlflow.MlflowClient(url)
    try:
        client.create_registered_model(use_case.name)
    except mlflow.MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    created = client.create_model_version(
        use_case.name, source=logged.model_uri, run_id=run.info.run_id, tags=dict(tags), model_id=logged.model_id
    )
    return int(created.version)
