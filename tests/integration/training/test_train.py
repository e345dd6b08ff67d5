"""A training ends in MLflow with a version that can be promoted."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from monitoring.profiles.reference import ReferenceProfile
from registry.artefact import file_digest
from registry.client import Registry
from registry.inspection import inspect
from tests.support.command import smartpredict
from tests.support.usecases.series import transformer
from training.datasets import BUNDLED
from training.errors import RegistryUnavailableError
from training.registering import quiet_mlflow
from training.train import Step, TrainingResult, train
from usecases.checking.row_model import row_model, rows_to_arrow
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase
from usecases.models.lightgbm_runtime import LIGHTGBM
from usecases.models.runtime import Runtime
from usecases.models.scoring import raw_scores
from usecases.models.sklearn_runtime import SKLEARN
from usecases.models.xgboost_runtime import XGBOOST

CATALOG = load_catalog()

mlflow = quiet_mlflow()


@pytest.fixture(scope="module", params=["equipment_failure", "iris"])
def use_case(request: pytest.FixtureRequest) -> UseCase:
    return CATALOG[request.param]


@pytest.fixture(scope="module")
def result(use_case: UseCase, mlflow_url: str) -> TrainingResult:
    return train(use_case, CATALOG.folder(use_case.name), mlflow_url)


@pytest.fixture(scope="module")
def files(use_case: UseCase, result: TrainingResult, mlflow_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the version, as MLflow's own client fetches them."""
    folder = tmp_path_factory.mktemp(use_case.name)
    uri = f"models:/{use_case.name}/{result.version}"
    return Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(folder), tracking_uri=mlflow_url))


def test_the_new_version_knows_what_it_is_and_is_not_served_by_itself(
    use_case: UseCase, result: TrainingResult, mlflow_url: str
) -> None:
    with contextlib.closing(Registry(mlflow_url)) as registry:
        found = registry.version(use_case.name, result.version)
    assert found.aliases == ()
    assert found.tags == {
        "digest": result.digest,
        "schema_hash": use_case.schema_hash,
        "rows": str(result.rows),
        "split": "random",
    }


def test_parameters_metrics_and_calibration_are_recorded(result: TrainingResult, mlflow_url: str) -> None:
    client = mlflow.MlflowClient(mlflow_url)
    run = client.get_run(result.run_url.rsplit("/", 1)[1])
    assert run.info.status == "FINISHED"
    assert run.data.metrics == pytest.approx(result.evaluation.metrics)
    assert run.data.params["rounds"] == str(result.rounds)
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["calibration.json", "report"]


def test_the_model_file_is_the_one_that_was_registered_and_holds_no_code(files: Path, result: TrainingResult) -> None:
    assert file_digest(files / "model.ubj") == result.digest
    assert not [path for path in files.rglob("*") if path.suffix in {".pkl", ".py", ".bin"}]


def test_the_golden_batch_scores_to_the_bit(use_case: UseCase, files: Path) -> None:
    golden: dict[str, Any] = json.loads((files / "extra_files" / "golden.json").read_text())
    model = XGBOOST.load(files / "model.ubj")
    model.require_fit(use_case)
    rows = [row_model(use_case).model_validate_json(json.dumps(row)) for row in golden["rows"]]
    assert len(rows) == 50
    assert np.array_equal(raw_scores(use_case, model, rows_to_arrow(use_case, rows)), np.array(golden["scores"]))


def test_profile_and_contract_lie_beside_the_model(use_case: UseCase, files: Path, result: TrainingResult) -> None:
    reference = ReferenceProfile.model_validate_json((files / "extra_files" / "profile.json").read_text())
    assert reference.profile.rows == result.rows
    assert reference.bins.schema_hash == use_case.schema_hash
    declared = yaml.safe_load((files / "extra_files" / "usecase.yaml").read_text())
    assert UseCase.model_validate_json(json.dumps(declared)) == use_case


def test_training_again_gives_the_same_model_as_a_new_version(
    use_case: UseCase, result: TrainingResult, mlflow_url: str
) -> None:
    heard: list[tuple[Step, float]] = []
    again = train(use_case, CATALOG.folder(use_case.name), mlflow_url, lambda step, share: heard.append((step, share)))
    assert again.digest == result.digest
    assert again.version == result.version + 1
    assert list(dict.fromkeys(step for step, _ in heard)) == list(Step)
    assert heard[-1] == (Step.REGISTERING, 1.0)


def test_what_a_random_split_would_have_said_is_recorded_beside_the_honest_figure(
    mlflow_url: str, tmp_path: Path
) -> None:
    transformer().to_csv(tmp_path / "hours.csv", index=False)
    declared = {
        "name": "transformer",
        "title": "Transformer",
        "task": "regression",
        "target": "oil_c",
        "features": [
            {"name": "date", "type": "timestamp"},
            *({"name": f"{load}_load", "type": "float"} for load in ("high", "middle", "low")),
        ],
        "training": {"data": "hours.csv"},
    }
    hours = UseCase.model_validate(declared)
    found = train(hours, tmp_path, mlflow_url)
    assert found.holdout.split.explained == "the last 400 rows by date (holds the time of a row)"
    assert found.evaluation.metrics["r2"] < 0
    assert found.holdout.metrics_at_random["r2"] > 0.9
    client = mlflow.MlflowClient(mlflow_url)
    run_id = found.run_url.rsplit("/", 1)[1]
    run = client.get_run(run_id)
    assert run.data.metrics["r2"] == pytest.approx(found.evaluation.metrics["r2"])
    assert run.data.metrics["random_split_r2"] == pytest.approx(found.holdout.metrics_at_random["r2"])
    assert (run.data.params["split"], run.data.params["holdout"]) == ("time", "the last 400 rows by date")
    with contextlib.closing(Registry(mlflow_url)) as registry:
        assert registry.version("transformer", found.version).split == "time"
        registry.set_alias("transformer", "champion", found.version)
    assert train(hours, tmp_path, mlflow_url).baseline is not None
    # A champion that was judged by random rows has learned from most of these: it is no measure.
    client.set_model_version_tag("transformer", str(found.version), "split", "random")
    assert train(hours, tmp_path, mlflow_url).baseline is None
    page = mlflow.artifacts.load_text(f"runs:/{run_id}/report/report.html")
    assert "the last 400 rows by date (holds the time of a row)" in page
    assert "what a random split would have said" in page


def test_a_folder_of_parquet_is_learned_from_block_by_block(mlflow_url: str, tmp_path: Path) -> None:
    use_case = CATALOG["equipment_failure"]
    frame = BUNDLED[use_case.name]()
    (tmp_path / "machines").mkdir()
    for number, rows in enumerate(np.array_split(np.arange(len(frame)), 3)):
        frame.iloc[rows].to_parquet(tmp_path / "machines" / f"{number}.parquet", index=False)
    training = use_case.training.model_copy(update={"data": "machines"})
    machines = use_case.model_copy(update={"name": "machines", "training": training})
    heard: list[Step] = []
    told: list[str] = []
    found = train(machines, tmp_path, mlflow_url, lambda step, _: heard.append(step), told=told.append)
    assert list(dict.fromkeys(heard)) == list(Step)
    assert "read block by block, about" in told[0]
    assert (found.rows, found.bad_rows) == (len(frame), 0)
    assert found.holdout.split.training + found.holdout.split.validation + found.holdout.split.holdout == found.rows
    assert found.evaluation.metrics["roc_auc"] > 0.85
    with contextlib.closing(Registry(mlflow_url)) as registry:
        assert registry.version("machines", found.version).tags["rows"] == str(found.rows)
        registry.set_alias("machines", "champion", found.version)
    again = train(machines, tmp_path, mlflow_url)
    assert again.digest == found.digest
    assert again.baseline is not None
    assert again.baseline.evaluation.metrics == found.evaluation.metrics


def test_rows_of_classes_that_init_left_out_stay_out_and_are_told(mlflow_url: str, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    ripe = np.repeat([1.0, 2.0, 3.0, 4.0], [7, 90, 80, 70])
    lines = [f"{grams:.1f},{ripeness}" for grams, ripeness in zip(random.normal(100 * ripe, 9), ripe, strict=True)]
    source = tmp_path / "plums.csv"
    source.write_text("\n".join(["weight_g,ripeness", *lines, "310,?", "250,", "250,overripe"]) + "\n")
    made = smartpredict("init", str(source), "--target", "ripeness", "--yes", home=tmp_path)
    assert made.returncode == 0, made.stderr
    settings = {"SMARTPREDICT_MLFLOW_URL": mlflow_url, "SMARTPREDICT_BROKER_URL": "amqp://127.0.0.1:9"}
    usecases = load_catalog(tmp_path / "usecases")
    use_case = usecases["plums"]
    assert (use_case.classes, use_case.left_out_classes, use_case.target_missing_values) == (
        ("2", "3", "4"), ("1", "overripe"), ("?",),
    )  # fmt: skip
    result = train(use_case, usecases.folder("plums"), mlflow_url)
    assert (result.rows, result.bad_rows) == (240, 10)
    told = "8 of classes that plums leaves out: '1.0' (7), 'overripe' (1)"
    assert result.left_out == (told, "2 without ripeness")
    report = mlflow.artifacts.download_artifacts(
        run_id=result.run_url.rsplit("/", 1)[1], artifact_path="report", dst_path=str(tmp_path), tracking_uri=mlflow_url
    )
    assert json.loads((Path(report) / "report.json").read_text())["left_out"] == list(result.left_out)
    assert "8 of classes that plums leaves out" in (Path(report) / "report.html").read_text()
    shown = smartpredict("train", "plums", "--no-promote", home=tmp_path, settings=settings)
    assert "240, 10 left out" in shown.stdout, shown.stderr
    assert f"Left out: {told}" in shown.stdout


@pytest.mark.parametrize("runtime", [LIGHTGBM, SKLEARN], ids=lambda runtime: runtime.name)
def test_a_model_of_another_library_passes_the_gates(runtime: Runtime, mlflow_url: str) -> None:
    iris = CATALOG["iris"]
    result = train(iris, CATALOG.folder("iris"), mlflow_url, runtime=runtime)
    with contextlib.closing(Registry(mlflow_url)) as registry:
        found = inspect(registry, iris, registry.version("iris", result.version), None)
    assert [(one.gate, one.detail) for one in found.refusals] == []
    assert found.digest == result.digest


def test_without_mlflow_nothing_is_registered_and_the_message_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    use_case = CATALOG["iris"]
    with pytest.raises(RegistryUnavailableError, match="MLflow did not take the model of iris"):
        train(use_case, CATALOG.folder("iris"), "http://127.0.0.1:9")


def test_the_command_shows_metrics_and_the_page_of_the_run(mlflow_url: str) -> None:
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import typer, cli.models.training as c; a = typer.Typer(); c.add_commands(a); a()",
            *("iris", "--no-promote"),
        ],
        env={"PATH": "", "SMARTPREDICT_MLFLOW_URL": mlflow_url, "SMARTPREDICT_BROKER_URL": "amqp://127.0.0.1:9"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "accuracy on the holdout" in shown.stdout
    assert f"Run in MLflow: {mlflow_url}/#/experiments/" in shown.stdout
    assert "Not promoted. To serve it: smartpredict models promote iris" in shown.stdout
