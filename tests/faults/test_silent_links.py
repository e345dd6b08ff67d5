"""A link to the database or to the broker falls silent while rows flow: callers are told, and nothing is lost or twice."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, func, select

from broker.ids import batch_id_of_file
from local_stack.machine.ports import throwaway_port
from orchestration.upkeep import UpkeepSettings, audit_ledger
from sql.base.engine import connect_engine
from sql.ledger.batch_ledger import find_batch
from sql.predictions.tables import prediction_table
from tests.support import servers
from tests.support.hosts import (
    HERE,
    Host,
    OpenPostgres,
    OpenRabbit,
    address_here,
    address_there,
    other_host,
)
from tests.support.pipeline import EQUIPMENT, install_model, prepare, start_service
from tests.support.session.figures import show
from tests.support.waiting import eventually
from training.datasets.sample_files import write_inference_csv
from usecases.checking.row_model import example_row

SILENT_SECONDS = float(os.environ.get("FAULT_SILENT_SECONDS", "35"))
"""How long a link is silent; past what makes connections be given up, see docs/operations.md."""

TOLD_WITHIN_SECONDS = 20
"""What a loaded machine may take; an answer is given up after 10 s."""

WHOLE_WITHIN_SECONDS = 30
ROWS = 200_000
KEY = "secret-of-the-tests"
DATABASE, BROKER, CALLERS = range(3)
"""Cables of the other host."""

TABLE = prediction_table(EQUIPMENT)


class FarRabbit(OpenRabbit):
    """RabbitMQ at a cable of its own."""

    address = address_here(BROKER)


@dataclass
class FarServices:
    """Worker, ingestion and gateway on another host, each with one cable to the database and one to the broker."""

    host: Host
    data: Path
    engine: Engine
    client: httpx.Client
    audit: UpkeepSettings
    logs: Sequence[Path]

    def drop(self, path: Path) -> UUID:
        """Drop a file and return the id of its batch."""
        incoming = self.data / "incoming" / EQUIPMENT.name
        incoming.mkdir(parents=True, exist_ok=True)
        batch = batch_id_of_file(EQUIPMENT.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.name)
        path.rename(incoming / path.name)
        return batch

    def rows_of(self, batch: UUID) -> tuple[int, int]:
        """Count rows and different rows of a batch that are stored."""
        counts = select(func.count(), func.count(TABLE.c.row_number.distinct())).where(TABLE.c.batch_id == batch)
        with self.engine.connect() as connection:
            rows, different = connection.execute(counts).one()
        return rows, different

    def is_done(self, batch: UUID) -> bool:
        """Return whether every row of a batch has found its place."""
        found = find_batch(self.engine, batch)
        return found is not None and found.is_done

    def explain(self, batch: UUID) -> str:
        """Return what is known of a batch."""
        return f"{find_batch(self.engine, batch)!r}\n" + "\n".join(log.read_text()[-3_000:] for log in self.logs)

    def is_ready(self) -> bool:
        """Return whether the gateway says that rows can be predicted."""
        return self.client.get("/health/ready").status_code == 200

    def ask(self, key: str) -> httpx.Response:
        """Ask for one prediction, as the caller that a key stands for."""
        return self.client.post("/predict", json=example_row(EQUIPMENT), headers={"Idempotency-Key": key})


@pytest.fixture(scope="module")
def far(_nothing_survives: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarServices]:
    folder, port = tmp_path_factory.mktemp("far"), throwaway_port()
    install_model(folder / "models")
    with (
        other_host(cables=3) as host,
        servers.server_folder() as home,
        servers.running(OpenPostgres(home / "postgres")) as postgres,
        servers.running(FarRabbit(home / "rabbitmq")) as rabbit,
        servers.fresh_database(postgres) as database_url,
        servers.fresh_vhost(rabbit) as broker_url,
    ):
        prepare(database_url, broker_url)
        environment = {
            "SMARTPREDICT_DATABASE_URL": database_url.replace("127.0.0.1", HERE),
            "SMARTPREDICT_BROKER_URL": broker_url.replace("127.0.0.1", FarRabbit.address),
            "SMARTPREDICT_DATA": str(folder / "data"),
            "SMARTPREDICT_MODELS": str(folder / "models"),
            "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",
            "SMARTPREDICT_API_KEYS": f"api:api:{KEY}",
            "SMARTPREDICT_GATEWAY_HOST": address_there(CALLERS),
            "SMARTPREDICT_GATEWAY_PORT": str(port),
        }
        address = f"http://{address_there(CALLERS)}:{port}"
        with (
            start_service("inference_worker", folder, environment, host=host) as worker,
            start_service("ingestion", folder, environment, host=host) as ingestion,
            start_service("gateway_api", folder, environment, host=host) as gateway,
            httpx.Client(base_url=address, headers={"X-API-Key": KEY}, timeout=60) as client,
        ):
            engine = connect_engine(database_url, "test")
            audit = UpkeepSettings.model_validate(
                {
                    "database_url": database_url,
                    "broker_url": broker_url,
                    "data": folder / "data",
                    "audit_after_seconds": 0,
                }
            )
            services = FarServices(host, folder / "data", engine, client, audit, [worker.log, ingestion.log])
            eventually(lambda: _answers(services), 60, lambda: gateway.log.read_text()[-2_000:])
            yield services
            engine.dispose()


@pytest.mark.parametrize(
    ("cable", "cause"), [(DATABASE, "postgresql"), (BROKER, "rabbitmq")], ids=["database", "broker"]
)
def test_a_silent_link_costs_no_row_and_callers_are_told(
    far: FarServices, tmp_path: Path, cable: int, cause: str
) -> None:
    file = tmp_path / f"{uuid4()}.csv"
    write_inference_csv(file, ROWS, seed=cable, bad_share=0.01)
    waiting, refused = str(uuid4()), str(uuid4())
    batch = far.drop(file)
    eventually(lambda: far.rows_of(batch)[0] > 0, 30)
    far.host.cables[cable].cut()
    began = time.monotonic()
    first = far.ask(waiting)
    told_first = time.monotonic() - began
    assert first.status_code in {503, 504}, first.text
    eventually(
        lambda: _names(far.client.get("/health/ready"), cause),
        SILENT_SECONDS,
        lambda: far.client.get("/health/ready").text,
    )
    ready = time.monotonic() - began
    asked = time.monotonic()
    answer = far.ask(refused)
    told = time.monotonic() - asked
    assert answer.status_code == 503, answer.text
    assert cause in answer.json()["detail"].lower(), answer.text
    assert max(told_first, ready, told) < TOLD_WITHIN_SECONDS
    time.sleep(max(0.0, began + SILENT_SECONDS - time.monotonic()))
    stored = far.rows_of(batch)[0]
    far.host.cables[cable].mend()
    ended = time.monotonic()
    eventually(far.is_ready, WHOLE_WITHIN_SECONDS)
    whole = time.monotonic() - ended
    eventually(lambda: far.rows_of(batch)[0] > stored, WHOLE_WITHIN_SECONDS)
    flowing = time.monotonic() - ended
    answers = [far.ask(key) for key in (waiting, refused)]
    assert [answer.status_code for answer in answers] == [200, 200]
    eventually(lambda: far.is_done(batch), 120, lambda: far.explain(batch))
    rows, different = far.rows_of(batch)
    assert rows == different == ROWS - ROWS // 100
    for answer in answers:
        assert far.rows_of(UUID(answer.json()["request_id"])) == (1, 1)
    assert audit_ledger(far.audit)["balanced"] is True
    show(
        f"the link to {cause} was silent for {SILENT_SECONDS:.0f} s: whoever waited was told after {told_first:.1f} s, "
        f"readiness after {ready:.1f} s, a caller after {told:.1f} s; ready again {whole:.1f} s after its end, rows flow "
        f"after {flowing:.1f} s"
    )


def _answers(far: FarServices) -> bool:
    try:
        return far.ask("before").status_code == 200
    except httpx.TransportError:
        return False


def _names(answer: httpx.Response, cause: str) -> bool:
    return answer.status_code == 503 and cause in answer.json()["detail"].lower()
