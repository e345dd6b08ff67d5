"""A forecast is trained from observations, registered with its baselines beside it, and kept out if it does not beat them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest

from registry.artefact import fetch
from registry.client import Registry
from registry.gates import Gate, GateOutcome
from registry.inspection import inspect
from tests.support import servers
from tests.support.usecases.forecast import TIDE, forecast_use_case, versions
from tests.support.usecases.stored import registered, store
from training.errors import TrainingDataError
from training.registering import quiet_mlflow
from training.train import TrainingResult, train
from usecases.contract.spec import UseCase
from usecases.models.runtime import ModelError
from usecases.models.xgboost_runtime import XGBoostModel

mlflow = quiet_mlflow()

USE_CASE = UseCase.model_validate(TIDE | {"name": "tide_in_training"})


@pytest.fixture(scope="module")
def result(mlflow_url: str, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    folder = tmp_path_factory.mktemp("tide")
    versions(1_200, noise=0.5).to_csv(folder / "tide.csv", index=False)
    return train(USE_CASE, folder, mlflow_url)


def test_the_report_has_the_baselines_beside_the_model(result: TrainingResult, mlflow_url: str, tmp_path: Path) -> None:
    measured = result.evaluation.metrics
    assert {"mae", "relative_mae", "mae_last_value", "mae_season_4", "mae_season_12", "coverage_90"} < measured.keys()
    assert result.holdout.split.column == "origin"
    assert result.holdout.at_random is None
    assert "readings that are missing (forecast.missing: leave)" in " ".join(result.left_out)
    folder = mlflow.artifacts.download_artifacts(
        run_id=result.run_url.rsplit("/", 1)[1], artifact_path="report", dst_path=str(tmp_path), tracking_uri=mlflow_url
    )
    figures = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
    assert [len(values) for values in figures["by_horizon"].values()] == [6] * 6
    page = (Path(folder) / "report.html").read_text(encoding="utf-8")
    assert "by horizon" in page
    assert "season_12" in page


def test_the_version_passes_every_gate_with_its_intervals_in_the_model_file(
    result: TrainingResult, mlflow_url: str, tmp_path: Path
) -> None:
    with contextlib.closing(Registry(mlflow_url)) as registry:
        version = registry.version(USE_CASE.name, result.version)
        found = inspect(registry, USE_CASE, version, None)
        assert {one.gate: one.outcome for one in found.results} == dict.fromkeys(Gate, GateOutcome.PASSED)
        model = fetch(registry, version, tmp_path).load()
    assert isinstance(model, XGBoostModel)
    assert model.offsets is not None
    assert model.offsets.widths.shape == (6, 2)
    with pytest.raises(ModelError, match="the model knows 5 quantiles, tide has 3"):
        model.require_fit(forecast_use_case(intervals=[90]))


def test_what_is_stored_teaches_the_same_as_a_file_of_it(
    result: TrainingResult, mlflow_url: str, postgres_server: servers.Database, tmp_path: Path
) -> None:
    content = USE_CASE.model_dump(mode="json")
    use_case = UseCase.model_validate(content | {"training": content["training"] | {"data": None}})
    with pytest.raises(TrainingDataError, match="SMARTPREDICT_DATABASE_URL"):
        train(use_case, tmp_path, mlflow_url)
    with registered(postgres_server, use_case) as engine:
        with pytest.raises(TrainingDataError, match="no observations yet: drop a file"):
            train(use_case, tmp_path, mlflow_url, engine=engine)
        store(engine, use_case, versions(1_200, noise=0.5))
        of_store = train(use_case, tmp_path, mlflow_url, engine=engine)
    assert of_store.digest == result.digest
    assert of_store.left_out == result.left_out


def test_a_version_that_does_not_beat_the_baselines_is_kept_out(mlflow_url: str, tmp_path: Path) -> None:
    # Without noise, gaps or corrections the reading of a season before is right, and nothing can beat it.
    frame = versions(1_200, noise=0.0).sort_values("published").drop_duplicates(["hour", "harbour"])
    hours = (frame["hour"] - frame["hour"].min()).dt.total_seconds() / 3_600
    frame["level"] = (5 + 2 * np.sin(2 * np.pi * hours / 12)).round(3)
    frame["published"] = frame["hour"]
    frame.to_csv(tmp_path / "tide.csv", index=False)
    use_case = UseCase.model_validate(TIDE | {"name": "tide_without_noise"})
    hard = use_case.model_copy(update={"training": use_case.training.model_copy(update={"rounds": 2})})
    made = train(hard, tmp_path, mlflow_url)
    assert made.evaluation.metrics["relative_mae"] > 1
    with contextlib.closing(Registry(mlflow_url)) as registry:
        found = inspect(registry, hard, registry.version(hard.name, made.version), None)
    refused = {one.gate: one.detail for one in found.results if one.outcome is GateOutcome.REFUSED}
    assert refused.keys() == {Gate.METRICS}
    assert "relative_mae" in refused[Gate.METRICS]
