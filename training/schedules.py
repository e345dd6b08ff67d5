"""What the schedule of a retraining calls, one function a task; each takes its settings from the environment.

Every function gives a summary that can be written as JSON and may be called again: at worst a version more is registered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import Engine

from registry.changes import PromotionRefusedError
from registry.client import Registry
from registry.lifecycle import Lifecycle
from sql.base.engine import connect_engine
from sql.registry.live_catalog import registered_catalog
from training.data import load_training_data
from training.out_of_core.checking import check_and_store
from training.out_of_core.memory import rows_past_memory
from training.train import train
from usecases.contract.catalog import use_case_folder
from usecases.contract.spec import UseCase

ACTOR = "schedule"
"""Who promotes, in the history."""


class TrainingSettings(BaseSettings):
    """Settings of scheduled trainings, from the environment."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    database_url: SecretStr = Field(description="PostgreSQL, where the history of promotions is.")
    broker_url: SecretStr = Field(description="RabbitMQ, where workers hear of a promotion.")
    mlflow_url: str = Field(description="Address of MLflow.")
    usecases: Path | None = Field(default=None, description="Folder of further use cases, where their data is.")

    def in_force(self, name: str) -> UseCase:
        """Return a use case as it is registered: what its file says at this moment may be half an edit."""
        with self.engine() as engine:
            return registered_catalog(engine)[name]

    def folder(self, name: str) -> Path:
        """Return the folder that holds the training data of a use case."""
        return use_case_folder(name, self.usecases)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Open the database while the block runs."""
        engine = connect_engine(self.database_url.get_secret_value(), "retraining", pool_size=1)
        try:
            yield engine
        finally:
            engine.dispose()


def check_data(use_case: str, settings: TrainingSettings | None = None) -> dict[str, Any]:
    """Read the training data of a use case, as it is in force, and count its good and bad rows.

    Raises
    ------
    training.errors.TrainingError
        If it is not good enough to train on.
    """
    settings = settings or TrainingSettings()
    in_force, folder = settings.in_force(use_case), settings.folder(use_case)
    if (found := rows_past_memory(in_force, folder)) is not None:
        with TemporaryDirectory(prefix="smartpredict-training-") as store:
            stored = check_and_store(in_force, found.rows, Path(store))
        rows, data = stored.rows, stored.sample
    else:
        with settings.engine() as engine:
            data = load_training_data(in_force, folder, engine)
        rows = data.rows.num_rows
    return {"use_case": use_case, "rows": rows, "bad_rows": data.bad_rows, "left_out": list(data.left_out)}


def fit_and_register(use_case: str, settings: TrainingSettings | None = None) -> dict[str, Any]:
    """Fit a model, evaluate it on rows it has not seen, and register it as a new version.

    Raises
    ------
    training.errors.TrainingError
        If the data is not good enough, or MLflow does not take the model.
    """
    settings = settings or TrainingSettings()
    with settings.engine() as engine:
        in_force = settings.in_force(use_case)
        result = train(in_force, settings.folder(use_case), settings.mlflow_url, engine=engine)
    return {
        "use_case": use_case,
        "version": result.version,
        "rows": result.rows,
        "metrics": dict(result.evaluation.metrics),
        "holdout": result.holdout.split.words,
        "metrics_at_random": result.holdout.metrics_at_random,
        "report": result.report_url,
    }


def promote_if_good(use_case: str, version: int, settings: TrainingSettings | None = None) -> dict[str, Any]:
    """Promote a version if every gate lets it pass; returns what the gates found, and whether workers know.

    That one is refused is an outcome, no failure: what is served stays as it is. Nor is it one that workers could not be
    told of a promotion (``not_announced`` says why): they find out at their next look.

    Raises
    ------
    registry.client.RegistryError
        If the registry is away or has no such version.
    """
    settings = settings or TrainingSettings()
    try:
        with settings.engine() as engine, closing(Registry(settings.mlflow_url)) as registry:
            lifecycle = Lifecycle(registry, engine, settings.broker_url.get_secret_value())
            changed = lifecycle.promote(settings.in_force(use_case), version, ACTOR)
            results, problem, not_announced = changed.results, "", changed.problem
    except PromotionRefusedError as refused:
        results, problem, not_announced = refused.results, str(refused), ""
    return {
        "use_case": use_case,
        "version": version,
        "promoted": not problem,
        "problem": problem,
        "not_announced": not_announced,
        "gates": {result.gate.value: result.detail for result in results},
    }
