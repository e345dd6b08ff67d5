"""Training on what was served: stored rows with their labels, held against the champion on the same holdout."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
from sqlalchemy import Engine

from registry.client import Registry
from registry.names import CHAMPION
from sql.base.engine import connect_engine
from sql.labels.beside import csv_of_predictions
from sql.labels.tables import labels
from sql.labels.training_history import labelled_rows
from sql.predictions.past import Wanted
from sql.provision import prepare_database
from tests.support.command import smartpredict
from tests.support.history import store_predictions
from tests.support.pipeline import equipment_rows
from tests.support.registry.versions import register_version
from training.data import TrainingData
from training.errors import TrainingDataError
from training.history import load_history
from training.registering import quiet_mlflow
from training.train import TrainingResult, train
from usecases.columns.casting import cast
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase
from usecases.models.scoring import matrix
from usecases.tasks.targets import read_numbers

CATALOG = load_catalog()
MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = MAY + timedelta(days=31)
ROWS = 3_000

mlflow = quiet_mlflow()


@pytest.fixture(scope="module")
def use_case() -> UseCase:
    """The default use case under a name of its own: other tests promote versions of the default."""
    content = CATALOG["equipment_failure"].model_dump() | {"name": "history_of_machines"}
    return UseCase.model_validate(content)


@pytest.fixture(scope="module")
def engine(database_url: str, use_case: UseCase) -> Iterator[Engine]:
    prepare_database(database_url, [*CATALOG.values(), use_case])
    engine = connect_engine(database_url, "test")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def features() -> pa.RecordBatch:
    return equipment_rows(ROWS, seed=77)


def failed(use_case: UseCase, rows: pa.RecordBatch) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """A rule of nature the champion has never seen: high torque at long tool wear."""
    encoded = matrix(use_case, rows)
    return np.asarray(encoded[:, 4] * encoded[:, 5] > 7_000)


@pytest.fixture(scope="module")
def history(engine: Engine, use_case: UseCase, features: pa.RecordBatch) -> TrainingData:
    """Labelled rows of May, and some around it that are none of it."""
    outcome = np.where(failed(use_case, features), "failure", "ok").tolist()
    for moment, chosen in ((MAY + timedelta(days=3), ROWS), (MAY - timedelta(seconds=1), 30), (JUNE, 30)):
        part = features.slice(0, chosen)
        ids = store_predictions(
            engine, use_case, moment, np.full(chosen, 0.2), keys=part.column("machine_id").to_pylist(), features=part
        )
        label(engine, use_case, dict(zip(ids, outcome, strict=False)))
    store_predictions(engine, use_case, MAY + timedelta(days=4), np.full(20, 0.2))
    return load_history(engine, use_case, MAY, JUNE)


def label(engine: Engine, use_case: UseCase, outcome: dict[Any, str]) -> None:
    rows = [
        {"prediction_id": one, "use_case": use_case.name, "label": name, "labelled_at": JUNE, "source": "file"}
        for one, name in outcome.items()
    ]
    with engine.begin() as connection:
        connection.execute(labels.insert(), rows)


@pytest.fixture(scope="module")
def result(history: TrainingData, use_case: UseCase, mlflow_url: str) -> TrainingResult:
    champion = register_version(mlflow_url, 3, use_case=use_case)
    with contextlib.closing(Registry(mlflow_url)) as registry:
        registry.set_alias(use_case.name, CHAMPION, champion)
    return train(use_case, Path(), mlflow_url, data=history, origin="of May", trials=3)


def test_the_history_is_what_was_stored(history: TrainingData, use_case: UseCase, features: pa.RecordBatch) -> None:
    assert (history.rows.num_rows, history.bad_rows) == (ROWS, 0)
    assert history.rows.to_pylist() == features.to_pylist()
    assert (history.targets == failed(use_case, features)).all()


def test_every_kind_of_value_survives_the_way_through_the_database(engine: Engine, use_case: UseCase) -> None:
    rows = labelled_rows(engine, use_case, MAY, JUNE)
    assert rows.column_names == [*use_case.columns, use_case.target]
    assert set(rows.column(use_case.target).to_pylist()) == {"ok", "failure"}


def test_decimals_are_read_as_the_database_writes_them_whatever_files_have(database_url: str) -> None:
    """`12.345` is ambiguous in a file that writes decimals with a comma, and is twelve and a bit in the database."""
    rents = UseCase.model_validate(
        {
            "name": "rents",
            "title": "Rents",
            "task": "regression",
            "target": "rent",
            "target_decimal_comma": True,
            "features": [{"name": "size", "type": "float", "decimal_comma": True, "example": 1.5}],
            "training": {"data": "rents.csv"},
        }
    )
    prepare_database(database_url, [rents])
    engine = connect_engine(database_url, "test")
    sizes = np.arange(60, dtype=np.float64) + 10.125
    rows = pa.RecordBatch.from_pydict({"size": sizes})
    ids = store_predictions(engine, rents, MAY, sizes, features=rows)
    with engine.begin() as connection:
        connection.execute(
            labels.insert(),
            [
                {
                    "prediction_id": one,
                    "use_case": "rents",
                    "number": float(size * 3),
                    "labelled_at": JUNE,
                    "source": "file",
                }
                for one, size in zip(ids, sizes, strict=True)
            ],
        )
    found = load_history(engine, rents, MAY, JUNE)
    download = b"".join(csv_of_predictions(engine, rents, Wanted()))
    engine.dispose()
    assert (found.rows.column("size").to_pylist(), found.targets.tolist()) == (sizes.tolist(), (sizes * 3).tolist())
    # A download is read back by whoever corrects it and hands it in again: as rows, and as what came true.
    as_texts = pacsv.ConvertOptions(column_types={"size": pa.string(), "rent": pa.string()})
    table = pacsv.read_csv(io.BytesIO(download), convert_options=as_texts).combine_chunks()
    size, bad = cast(rents.features[0], table.column("size").chunk(0))
    assert (sorted(size.to_pylist()), bool(bad.any())) == (sizes.tolist(), False)
    rent = read_numbers(rents.target_spelling, table.column("rent").chunk(0)).numbers
    assert sorted(rent) == (sizes * 3).tolist()


def test_what_was_learned_beats_the_champion_on_the_same_rows(result: TrainingResult) -> None:
    assert result.baseline is not None
    assert result.baseline.evaluation.metrics["roc_auc"] < result.evaluation.metrics["roc_auc"]
    assert result.is_better
    assert len(result.trials) == 3
    assert result.rows == ROWS


def test_the_report_stands_beside_the_run(result: TrainingResult, mlflow_url: str, tmp_path: Path) -> None:
    run_id = result.run_url.rsplit("/", 1)[1]
    folder = Path(
        mlflow.artifacts.download_artifacts(
            run_id=run_id, artifact_path="report", dst_path=str(tmp_path), tracking_uri=mlflow_url
        )
    )
    names = {path.name for path in folder.iterdir()}
    assert names == {"data.html", "report.html", "report.json", "calibration.png", "confusion.png", "importance.png"}
    figures = json.loads((folder / "report.json").read_text())
    assert figures["metrics"] == pytest.approx(result.evaluation.metrics)
    assert result.baseline is not None
    assert figures["champion"]["version"] == result.baseline.version
    assert len(figures["trials"]) == 3
    assert sum(figures["importance"].values()) == pytest.approx(1)
    page = (folder / "report.html").read_text()
    assert f"{ROWS:,} rows of May" in page
    assert page.count("data:image/png;base64,") == 3
    assert "<script" not in page
    assert "http" not in page
    assert "torque_nm" in (folder / "data.html").read_text()
    assert (folder / "calibration.png").read_bytes().startswith(b"\x89PNG")
    assert result.report_url == f"{result.run_url}/artifacts/report/report.html"
    assert httpx.get(mlflow_url).status_code == 200


@pytest.mark.parametrize(
    ("count", "outcome", "words"),
    [(0, "ok", "no labelled rows between 2026-01-01 00:00"), (20, "ok", "20 good rows are too few"), (80, "ok", "class 'failure' has 0")],
)  # fmt: skip
def test_too_little_history_says_what_is_missing(
    count: int, outcome: str, words: str, engine: Engine, use_case: UseCase
) -> None:
    month = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=0 if count == 0 else count)
    if count:
        ids = store_predictions(engine, use_case, month, np.full(count, 0.1))
        label(engine, use_case, dict.fromkeys(ids, outcome))
    with pytest.raises(TrainingDataError, match=words):
        load_history(engine, use_case, month, month + timedelta(hours=1))


def test_the_command_trains_on_history_and_refuses_half_a_search(
    engine: Engine, database_url: str, mlflow_url: str, tmp_path: Path
) -> None:
    equipment = CATALOG["equipment_failure"]
    rows = equipment_rows(400, seed=5)
    ids = store_predictions(
        engine, equipment, MAY, np.full(400, 0.2), keys=rows.column("machine_id").to_pylist(), features=rows
    )
    label(engine, equipment, dict(zip(ids, np.where(failed(equipment, rows), "failure", "ok").tolist(), strict=True)))
    settings = {
        "SMARTPREDICT_DATABASE_URL": database_url,
        "SMARTPREDICT_MLFLOW_URL": mlflow_url,
        "SMARTPREDICT_BROKER_URL": "amqp://127.0.0.1:9",
    }
    span = ("--since", "2026-05-01", "--until", "2026-06-01", "--trials", "2", "--no-promote")
    done = smartpredict("train", "equipment_failure", *span, home=tmp_path, settings=settings)
    assert done.returncode == 0, done.stderr
    assert "400" in done.stdout
    assert "Report:" in done.stdout
    nothing = smartpredict("train", "--since", "2020-01-01", "--until", "2020-02-01", home=tmp_path, settings=settings)
    assert (nothing.returncode, "smartpredict labels FILE" in nothing.stderr) == (1, True)
    backwards = smartpredict(
        "train", "--since", "2026-02-01", "--until", "2026-01-01", home=tmp_path, settings=settings
    )
    assert (backwards.returncode, "has to lie before" in backwards.stderr) == (1, True)
