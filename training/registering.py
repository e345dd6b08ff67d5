"""Storing a trained model in MLflow, as any notebook could."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from monitoring.profiles.reference import ReferenceProfile
from registry.artefact import file_digest
from registry.names import (
    DIGEST_TAG,
    GOLDEN_FILE,
    PROFILE_FILE,
    REPORT_FILE,
    ROWS_TAG,
    SCHEMA_HASH_TAG,
    SPLIT_TAG,
    USE_CASE_FILE,
)
from registry.report import ModelReport
from training.errors import RegistryUnavailableError
from training.evaluate import Evaluation
from training.holdout import RANDOM_PREFIX, Holdout
from usecases.contract.spec import UseCase
from usecases.models.runtime import Fitted, Runtime


@dataclass(frozen=True, slots=True)
class Registration:
    """All that is stored with a version."""

    fitted: Fitted
    runtime: Runtime
    evaluation: Evaluation
    holdout: Holdout
    profile: ReferenceProfile
    golden: Mapping[str, Any]
    report: ModelReport
    rows: int


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version that the registry took; it is served once it is promoted."""

    version: int
    digest: str
    run_id: str
    run_url: str


def register(use_case: UseCase, model: Registration, tracking_uri: str) -> RegisteredVersion:
    """Store a model with all that is known about it, as a new version.

    Raises
    ------
    RegistryUnavailableError
        If MLflow is away or refuses.
    """
    mlflow = quiet_mlflow()
    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_registry_uri(tracking_uri)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _store(mlflow, use_case, model, _files(use_case, model, Path(folder)))
    except (mlflow.MlflowException, OSError) as error:
        raise RegistryUnavailableError(f"MLflow did not take the model of {use_case.name}: {error}") from error


def quiet_mlflow() -> Any:
    """Import MLflow, let it give up within a minute, and keep the terminal ours; what the caller has set stays."""
    calm = {
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "GIT_PYTHON_REFRESH": "quiet",
    }
    for name, value in calm.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own code
        import mlflow  # noqa: PLC0415  # two seconds that the command line's help need not spend
        import mlflow.pyfunc  # noqa: PLC0415  # would otherwise come, and warn, in the middle of logging
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    return mlflow


def _files(use_case: UseCase, model: Registration, folder: Path) -> Path:
    (folder / PROFILE_FILE).write_text(model.profile.model_dump_json(indent=1), encoding="utf-8")
    (folder / GOLDEN_FILE).write_text(json.dumps(model.golden, indent=1), encoding="utf-8")
    (folder / REPORT_FILE).write_text(model.report.model_dump_json(), encoding="utf-8")
    declared = yaml.safe_dump(
        use_case.model_dump(mode="json", exclude_defaults=True), sort_keys=False, allow_unicode=True
    )
    (folder / USE_CASE_FILE).write_text(declared, encoding="utf-8")
    model.fitted.model.save(folder / model.runtime.model_file)
    return folder


def _store(mlflow: Any, use_case: UseCase, model: Registration, folder: Path) -> RegisteredVersion:
    digest = file_digest(folder / model.runtime.model_file)
    mlflow.set_experiment(use_case.name)
    with mlflow.start_run() as run:
        mlflow.log_params(model.fitted.parameters | _noted(use_case, model))
        mlflow.log_metrics(model.evaluation.metrics)
        mlflow.log_metrics({RANDOM_PREFIX + name: value for name, value in model.holdout.metrics_at_random.items()})
        mlflow.log_dict({"bins": [asdict(found) for found in model.evaluation.calibration]}, "calibration.json")
        logged = model.runtime.log(
            model.fitted.model,
            name="model",
            extra_files=[str(folder / name) for name in (PROFILE_FILE, USE_CASE_FILE, GOLDEN_FILE, REPORT_FILE)],
        )
    client = mlflow.MlflowClient()
    try:
        client.create_registered_model(use_case.name, description=use_case.description)
    except mlflow.MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    tags = {
        DIGEST_TAG: digest,
        SCHEMA_HASH_TAG: use_case.schema_hash,
        ROWS_TAG: str(model.rows),
        SPLIT_TAG: model.holdout.split.kind.value,
    }
    created = client.create_model_version(
        use_case.name, source=logged.model_uri, run_id=run.info.run_id, tags=tags, model_id=logged.model_id
    )
    run_url = _run_url(mlflow.get_tracking_uri(), run.info.experiment_id, run.info.run_id)
    return RegisteredVersion(int(created.version), digest, run.info.run_id, run_url)


def _noted(use_case: UseCase, model: Registration) -> dict[str, Any]:
    """Return what is noted with a run beside the parameters of its model."""
    return {
        "rows": model.rows,
        "schema_hash": use_case.schema_hash,
        "split": model.holdout.split.kind.value,
        "holdout": model.holdout.split.words,
        "holdout_duplicates": model.holdout.duplicates,
    }


def _run_url(server: str, experiment_id: str, run_id: str) -> str:
    return f"{server.rstrip('/')}/#/experiments/{experiment_id}/runs/{run_id}" if server.startswith("http") else ""
