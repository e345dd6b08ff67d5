"""Everything is far away: each byte to or from a server is under way for 200 ms, and all goes through, only later."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from gateway_api.wire.trouble import PROBE_SECONDS
from local_stack.machine.ports import LOOPBACK, throwaway_port
from tests.faults.services import Services, connect, gateway_client, good_rows, predict, settings
from tests.support.network.line import line_to
from tests.support.pipeline import install_model, prepare, start_service
from tests.support.session.figures import show
from tests.support.waiting import eventually

DELAY_SECONDS = 0.2
ROWS, MESSAGES, CALLERS, REQUESTS = 200_000, 20, 4, 5
FALSE_ALARMS = ("is away", "cannot be reached", "trying again", "given up", "Traceback", "stuck", "cannot be looked at")
"""What services log about servers that are not there; these are."""


def test_200_milliseconds_on_every_line_are_no_trouble(database_url: str, broker_url: str, tmp_path: Path) -> None:
    port = throwaway_port()
    install_model(tmp_path / "models")
    with (
        line_to(database_url) as database_line,
        line_to(broker_url) as broker_line,
        connect(tmp_path, database_url, broker_url) as services,
    ):
        prepare(database_url, broker_url)
        database_line.delay = broker_line.delay = DELAY_SECONDS
        far = settings(tmp_path, database_line.url, broker_line.url) | {"SMARTPREDICT_GATEWAY_PORT": str(port)}
        with (
            start_service("inference_worker", tmp_path, far) as worker,
            start_service("ingestion", tmp_path, far) as ingestion,
            start_service("gateway_api", tmp_path, far) as gateway,
            gateway_client(LOOPBACK, port) as client,
        ):
            logs = [worker.log, ingestion.log, gateway.log]
            eventually(lambda: _is_ready(client), 90, lambda: gateway.log.read_text()[-2_000:])
            for _ in range(3):
                time.sleep(2 * PROBE_SECONDS)  # no late answer to an earlier look passes for one to this
                _end_sessions_of_workers(services)
                answer = client.get("/health/ready")
                assert answer.status_code == 200, answer.text
            begun = [log.stat().st_size for log in logs]
            with _watched(client) as unready:
                _all_goes_through(services, client, broker_line.url)
            assert unready == [], "readiness doubted servers that only are far away"
            for log, before in zip(logs, begun, strict=True):
                since = log.read_bytes()[before:].decode()
                assert not [line for line in since.splitlines() if any(alarm in line for alarm in FALSE_ALARMS)]


def _all_goes_through(services: Services, client: httpx.Client, far_broker: str) -> None:
    began = time.monotonic()
    batch = services.drop(ROWS)
    keys = [str(uuid4()) for _ in range(CALLERS * REQUESTS)]
    with ThreadPoolExecutor(CALLERS + 1) as callers:
        sent = callers.submit(services.send, MESSAGES, far_broker)
        answers = list(callers.map(lambda key: predict(client, key), keys))
        messages = sent.result()
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers][:3]
    eventually(lambda: services.is_done(batch), 120)
    file_seconds = time.monotonic() - began
    good = MESSAGES - MESSAGES // 2
    eventually(lambda: services.rows_of_messages(messages) == (good, good), 60)
    eventually(services.is_in_balance, 60)
    assert services.rows_of(batch) == good_rows(ROWS)
    assert {services.rows_of(UUID(answer.json()["request_id"])) for answer in answers} == {(1, 1)}
    took = sorted(answer.elapsed.total_seconds() for answer in answers)
    show(
        f"each line {1000 * DELAY_SECONDS:.0f} ms long in either direction: {ROWS:,} rows of a file predicted in "
        f"{file_seconds:.1f} s, requests with a key answered in {statistics.median(took):.1f} s, at most {took[-1]:.1f} s"
    )


def _end_sessions_of_workers(services: Services) -> None:
    """Have the worker connect anew, as it does whenever more is under way at once than before: that takes far more round trips."""
    ended = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'smartpredict worker%'"
    with services.engine.connect() as connection:
        assert connection.scalar(text(ended)) > 0


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200 and predict(client, str(uuid4())).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def _watched(client: httpx.Client) -> Iterator[list[str]]:
    """Ask for readiness all the while the block runs; give back what was said where it was not ready."""
    unready: list[str] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.5):
            answer = client.get("/health/ready")
            if answer.status_code != 200:
                unready.append(answer.text)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield unready
    finally:
        is_over.set()
        watching.join(60)
