"""A model library of one file and one line: trained with, registered, gated, loaded by a worker, scored and explained."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from broker.messages import Lane, PartAnswer, PartScored
from broker.topology import ONLINE, PREDICT
from broker.transport.publisher import Outgoing
from gateway_api.wire.broker_link import RequestClient
from registry.artefact import WrongFormatError, model_file
from registry.client import Registry
from registry.gates import Gate, GateOutcome
from registry.lifecycle import Lifecycle
from sql.predictions.tables import prediction_table
from tests.support.pipeline import EQUIPMENT, Service, bulk_part, equipment_rows, prepare, start_service
from tests.support.registry.versions import forget_aliases
from tests.support.usecases.toy_runtime import LINE
from training.train import TrainingResult, train
from usecases.contract.catalog import load_catalog
from usecases.models.explaining import explain
from usecases.models.runtimes import DEFAULT_RUNTIME, RUNTIMES
from usecases.models.scoring import raw_scores


@dataclass
class Served:
    """A worker that serves a version of the further library."""

    worker: Service
    result: TrainingResult
    models: Path
    gates: dict[str, str]


@pytest.fixture(scope="module")
def served(
    database_url: str, broker_url: str, mlflow_url: str, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    prepare(database_url, broker_url)
    folder = tmp_path_factory.mktemp("line")
    environment = {
        "SMARTPREDICT_DATABASE_URL": database_url,
        "SMARTPREDICT_BROKER_URL": broker_url,
        "SMARTPREDICT_MODELS": str(folder / "models"),
        "SMARTPREDICT_MLFLOW_URL": mlflow_url,
    }
    forget_aliases(mlflow_url)
    RUNTIMES.append(LINE)
    try:
        with contextlib.closing(Registry(mlflow_url)) as registry:
            result = train(EQUIPMENT, load_catalog().folder(EQUIPMENT.name), mlflow_url, runtime=LINE)
            lifecycle = Lifecycle(registry, engine, broker_url)
            gates = {one.gate.value: one.outcome.value for one in lifecycle.look_at(EQUIPMENT, result.version).results}
            lifecycle.promote(EQUIPMENT, result.version, "test")
        with start_service("tests.support.usecases.toy_runtime", folder, environment) as worker:
            worker.wait_ready()
            yield Served(worker, result, folder / "models", gates)
    finally:
        RUNTIMES.remove(LINE)


def test_every_gate_looks_at_it(served: Served) -> None:
    assert set(served.gates) == {gate.value for gate in Gate}
    assert GateOutcome.REFUSED.value not in served.gates.values()


async def test_a_worker_scores_records_and_explains(served: Served, engine: Engine, broker_url: str) -> None:
    copy = served.models / EQUIPMENT.name / f"{served.result.digest}.line"
    model = LINE.load(copy)
    rows, batch = equipment_rows(5), uuid4()
    part = bulk_part(rows, batch)
    headers = {**part.headers, "lane": Lane.ONLINE.value, "explain": "true"}
    message = Outgoing(PREDICT, ONLINE, part.body, part.message_id, part.content_type, headers, persistent=False)
    async with RequestClient(broker_url, "test") as client:
        answer = PartAnswer.validate_json(await client.request(message, 20))
    assert isinstance(answer, PartScored)
    assert answer.scores == pytest.approx(raw_scores(EQUIPMENT, model, rows).tolist())
    assert answer.contributions == explain(EQUIPMENT, model, rows).tolist()
    table = prediction_table(EQUIPMENT)
    with engine.connect() as connection:
        stored = connection.execute(
            select(table.c.score, table.c.model_version).where(table.c.batch_id == batch).order_by(table.c.row_number)
        ).all()
    assert [tuple(row) for row in stored] == [(score, served.result.version) for score in answer.scores]


def test_without_its_line_it_is_refused_and_the_refusal_names_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.models.runtimes.RUNTIMES", [DEFAULT_RUNTIME])
    with pytest.raises(WrongFormatError, match=r"its flavours are line, .* register it with mlflow\.xgboost"):
        model_file(json.dumps({"flavors": {"line": {"data": "model.line"}}}))
