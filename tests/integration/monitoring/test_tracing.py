"""A row's way as one trace: from HTTP, a file or a message through the broker to the commit, on real servers."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from broker.topology import BULK, INBOX, ONLINE
from broker.transport.publisher import Outgoing, Publisher
from local_stack.machine.ports import throwaway_port
from tests.support.monitoring.trace_receiver import ReceivedSpan, TraceReceiver, trace_receiver
from tests.support.pipeline import EQUIPMENT, Service, equipment_rows, install_model, prepare, start_service
from tests.support.waiting import eventually
from usecases.checking.row_model import example_row

KEY = "secret-of-the-test"


@pytest.fixture(scope="module")
def receiver() -> Iterator[TraceReceiver]:
    with trace_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def environment(
    database_url: str, broker_url: str, receiver: TraceReceiver, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    prepare(database_url, broker_url)
    return {
        "SMARTPREDICT_DATABASE_URL": database_url,
        "SMARTPREDICT_BROKER_URL": broker_url,
        "SMARTPREDICT_DATA": str(tmp_path_factory.mktemp("data")),
        **receiver.environment,
    }


@pytest.fixture(scope="module")
def worker(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("worker")
    install_model(folder)
    own = {"SMARTPREDICT_MODELS": str(folder), "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9"}
    with start_service("inference_worker", folder, environment | own) as service:
        service.wait_ready()
        yield service


@pytest.fixture(scope="module")
def client(
    environment: dict[str, str], worker: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    port = throwaway_port()
    own = {"SMARTPREDICT_GATEWAY_PORT": str(port), "SMARTPREDICT_API_KEYS": f"api:api:{KEY}"}
    with (
        start_service("gateway_api", tmp_path_factory.mktemp("gateway"), environment | own),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"X-API-Key": KEY}, timeout=30) as client,
    ):
        eventually(lambda: _predicts(client), 20)
        yield client


@pytest.fixture(scope="module")
def ingestion(
    environment: dict[str, str], worker: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    with start_service("ingestion", tmp_path_factory.mktemp("ingestion"), environment) as service:
        service.wait_ready()
        yield service


def _predicts(client: httpx.Client) -> bool:
    try:
        return client.post("/predict", json=example_row(EQUIPMENT)).status_code == 200
    except httpx.TransportError:
        return False


def whole(receiver: TraceReceiver, trace_id: str, spans: int) -> list[ReceivedSpan]:
    """Wait until all of a trace has arrived."""
    return eventually(lambda: found if len(found := receiver.trace(trace_id)) >= spans else [], 20)


def chain(spans: list[ReceivedSpan], last: str) -> list[str]:
    """Follow parents from the span of that name up: service and name of each, the first one first."""
    by_id = {span.span_id: span for span in spans}
    [span] = [span for span in spans if span.name == last]
    found = [span]
    while found[0].parent_id in by_id:
        found.insert(0, by_id[found[0].parent_id])
    return [f"{span.service.removeprefix('smartpredict-')}: {span.name}" for span in found]


def test_a_request_is_one_trace_that_continues_its_callers(client: httpx.Client, receiver: TraceReceiver) -> None:
    trace_id, caller = secrets.token_hex(16), secrets.token_hex(8)
    headers = {"traceparent": f"00-{trace_id}-{caller}-01"}
    assert client.post("/predict", json=example_row(EQUIPMENT), headers=headers).status_code == 200
    spans = whole(receiver, trace_id, 5)
    assert chain(spans, "commit") == [
        "gateway: POST /predict",
        f"gateway: request {ONLINE}",
        f"worker: process {ONLINE}",
        "worker: commit",
    ]
    assert chain(spans, "score")[-2:] == [f"worker: process {ONLINE}", "worker: score"]
    [door] = [span for span in spans if span.name == "POST /predict"]
    assert door.parent_id == caller
    assert door.attributes["http.response.status_code"] == "200"


def test_requests_that_share_a_message_are_linked_to_it(client: httpx.Client, receiver: TraceReceiver) -> None:
    traces = [secrets.token_hex(16) for _ in range(40)]

    def ask(trace_id: str) -> int:
        headers = {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
        return client.post("/predict", json=example_row(EQUIPMENT), headers=headers).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(ask, traces)) == {200}

    def doors() -> list[ReceivedSpan]:
        found = [span for span in receiver.spans if span.trace_id in traces and span.name == "POST /predict"]
        return found if len(found) == len(traces) else []

    requests = eventually(doors, 20)
    own = {span.trace_id for span in receiver.spans if span.name == f"request {ONLINE}"}
    linked = {span.trace_id for span in requests if span.trace_id not in own}
    assert linked, "no two requests shared a message"
    for span in (span for span in requests if span.trace_id in linked):
        assert set(span.links) <= own, "a request is linked to the message that carried it"
        assert span.links
    carried = [span for span in receiver.spans if span.name == f"request {ONLINE}" and span.links]
    assert linked <= {trace for span in carried for trace in span.links}


def test_a_file_is_one_trace(ingestion: Service, environment: dict[str, str], receiver: TraceReceiver) -> None:
    name = f"{uuid4()}.jsonl"
    target = Path(environment["SMARTPREDICT_DATA"]) / "incoming" / EQUIPMENT.name / name
    rows = "".join(json.dumps(row) + "\n" for row in equipment_rows(10, seed=3).to_pylist())
    (partial := target.with_suffix(".tmp")).write_text(rows)
    partial.rename(target)

    def of_file() -> list[ReceivedSpan]:
        return [span for span in receiver.spans if span.attributes.get("file.name") == name]

    [root] = eventually(of_file, 20)
    spans = whole(receiver, root.trace_id, 5)
    assert chain(spans, "commit") == [
        "ingestion: ingest file",
        f"ingestion: send {BULK}",
        f"worker: process {BULK}",
        "worker: commit",
    ]
    [process] = [span for span in spans if span.name == f"process {BULK}"]
    assert process.attributes["smartpredict.rows"] == "10"


def test_a_message_continues_the_trace_of_its_sender(
    ingestion: Service, broker_url: str, receiver: TraceReceiver
) -> None:
    trace_id = secrets.token_hex(16)
    headers = {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
    body = json.dumps(example_row(EQUIPMENT)).encode()

    async def send() -> None:
        async with Publisher(broker_url, "test") as publisher:
            await publisher.publish(Outgoing(INBOX, EQUIPMENT.name, body, f"traced-{uuid4()}", headers=headers))

    asyncio.run(send())
    assert chain(whole(receiver, trace_id, 5), "commit")[0] == f"ingestion: process {INBOX}"


def test_without_an_address_opentelemetry_is_not_even_imported() -> None:
    look = (
        "import sys; from broker.service.tracing import NO_TRACING, start_tracing; import gateway_api.app, inference_worker.app,"
        " ingestion.app; assert start_tracing('x') is NO_TRACING; "
        "print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])"
    )
    done = subprocess.run([sys.executable, "-c", look], env={}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
