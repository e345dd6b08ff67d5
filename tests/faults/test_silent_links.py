"""A link to the database or to the broker falls silent while rows flow: callers are told, and nothing is lost or twice."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from local_stack.machine.ports import throwaway_port
from sql.ledger.batch_ledger import find_batch
from tests.faults.services import Services, connect, gateway_client, good_rows, predict, settings
from tests.support.network.hosts import BROKER, CALLERS, DATABASE, Host, TwoHosts, address_there
from tests.support.pipeline import install_model, start_service
from tests.support.session.figures import show
from tests.support.waiting import eventually

SILENT_SECONDS = float(os.environ.get("FAULT_SILENT_SECONDS", "35"))
"""How long a link is silent; past what makes connections be given up, see docs/operations.md."""

TOLD_WITHIN_SECONDS = 20
"""What a loaded machine may take; an answer is given up after 10 s."""

WHOLE_WITHIN_SECONDS = 30
ROWS = 200_000


@dataclass(frozen=True)
class FarServices(Services):
    """Worker, ingestion and gateway on another host, each with one cable to the database and one to the broker."""

    host: Host
    client: httpx.Client
    logs: Sequence[Path]

    def explain(self, batch: UUID) -> str:
        """Return what is known of a batch."""
        return f"{find_batch(self.engine, batch)!r}\n" + "\n".join(log.read_text()[-3_000:] for log in self.logs)

    def is_ready(self) -> bool:
        """Return whether the gateway says that rows can be predicted."""
        return self.client.get("/health/ready").status_code == 200

    def ask(self, key: str) -> httpx.Response:
        """Ask for one prediction, as the caller that a key stands for."""
        return predict(self.client, key)


@pytest.fixture(scope="module")
def far(connected: TwoHosts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarServices]:
    folder, port = tmp_path_factory.mktemp("far"), throwaway_port()
    install_model(folder / "models")
    urls, other = (connected.database_url, connected.broker_url), connected.other
    environment = settings(folder, *connected.urls_there) | {
        "SMARTPREDICT_GATEWAY_HOST": address_there(CALLERS),
        "SMARTPREDICT_GATEWAY_PORT": str(port),
    }
    with (
        start_service("inference_worker", folder, environment, host=other) as worker,
        start_service("ingestion", folder, environment, host=other) as ingestion,
        start_service("gateway_api", folder, environment, host=other) as gateway,
        gateway_client(address_there(CALLERS), port) as client,
        connect(folder, *urls) as seen,
    ):
        services = FarServices(folder, *urls, seen.engine, other, client, [worker.log, ingestion.log])
        eventually(lambda: _answers(services), 60, lambda: gateway.log.read_text()[-2_000:])
        yield services


@pytest.mark.parametrize(
    ("cable", "cause"), [(DATABASE, "postgresql"), (BROKER, "rabbitmq")], ids=["database", "broker"]
)
def test_a_silent_link_costs_no_row_and_callers_are_told(far: FarServices, cable: int, cause: str) -> None:
    waiting, refused = str(uuid4()), str(uuid4())
    batch = far.drop(ROWS)
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
    assert far.rows_of(batch) == good_rows(ROWS)
    for answer in answers:
        assert far.rows_of(UUID(answer.json()["request_id"])) == (1, 1)
    assert far.is_in_balance()
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
