"""The host of ingestion or of the gateway vanishes in the middle of its work and never returns: another one takes over."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from local_stack.machine.ports import LOOPBACK, throwaway_port
from sql.base.tables import quarantine
from sql.ledger.batch_ledger import find_batch
from tests.faults.services import TABLE, Services, connect, gateway_client, good_rows, predict, settings
from tests.support.network.hosts import CALLERS, TwoHosts, address_there
from tests.support.pipeline import install_model, start_service
from tests.support.session.figures import show
from tests.support.waiting import eventually
from training.datasets.sample_files import write_inference_csv

ROWS, MESSAGES, REQUESTS = 50_000, 100, 8
BACK_WITHIN_SECONDS = 30
"""After the cut."""


@pytest.fixture
def services(hosts: TwoHosts, tmp_path: Path) -> Iterator[Services]:
    """A worker that stays, on this machine; the others come and go."""
    urls = (hosts.database_url, hosts.broker_url)
    install_model(tmp_path / "models")
    with (
        start_service("inference_worker", tmp_path, settings(tmp_path, *urls)) as worker,
        connect(tmp_path, *urls) as services,
    ):
        worker.wait_ready(60)
        yield services


def test_what_a_vanished_ingestion_had_in_hand_is_taken_over_by_another(
    hosts: TwoHosts, services: Services, tmp_path: Path
) -> None:
    port = throwaway_port()
    here = settings(tmp_path, hosts.database_url, hosts.broker_url) | {"SMARTPREDICT_GATEWAY_PORT": str(port)}
    there = settings(tmp_path, *hosts.urls_there)
    with (
        start_service("gateway_api", tmp_path, here) as gateway,
        start_service("ingestion", tmp_path, there, host=hosts.other) as first,
        gateway_client(LOOPBACK, port) as client,
    ):
        before = services.drop(1_000)
        eventually(lambda: services.is_done(before), 60, lambda: first.log.read_text()[-2_000:])
        eventually(lambda: _status(client, str(uuid4())) == 200, 60, lambda: gateway.log.read_text()[-2_000:])
        with services.engine.connect() as holder:
            # Bad rows wait for this lock: the host vanishes with a file and messages in hand, each in a transaction.
            holder.execute(text(f"lock table {quarantine.fullname} in share mode"))
            batch, messages = services.drop(ROWS), services.send(MESSAGES)
            eventually(lambda: services.sessions_that_wait("ingestion") > 1, 60, lambda: first.log.read_text()[-2_000:])
            hosts.other.vanish()
            vanished = time.monotonic()
            first.kill()
        assert _status(client, str(uuid4())) == 200, "callers need no ingestion"
        with start_service("ingestion", tmp_path, here) as second:
            good = MESSAGES - MESSAGES // 2
            eventually(
                lambda: services.is_done(batch) and services.rows_of_messages(messages)[0] >= good,
                vanished + BACK_WITHIN_SECONDS - time.monotonic(),
                lambda: f"{find_batch(services.engine, batch)} {second.log.read_text()[-2_000:]}",
            )
            back = time.monotonic() - vanished
            eventually(services.is_in_balance, 60)
    assert services.rows_of(batch) == good_rows(ROWS)
    assert services.rows_of_messages(messages) == (good, good)
    show(f"ingestion's host vanished amid a file and messages: another one had all predicted {back:.0f} s later")


def test_callers_of_a_vanished_gateway_are_answered_by_another_and_stored_once(
    hosts: TwoHosts, services: Services, tmp_path: Path
) -> None:
    port = throwaway_port()
    here = settings(tmp_path, hosts.database_url, hosts.broker_url) | {"SMARTPREDICT_GATEWAY_PORT": str(port)}
    there = settings(tmp_path, *hosts.urls_there) | {
        "SMARTPREDICT_GATEWAY_HOST": address_there(CALLERS),
        "SMARTPREDICT_GATEWAY_PORT": str(port),
    }
    keys = [str(uuid4()) for _ in range(REQUESTS)]
    file = tmp_path / "upload.csv"
    write_inference_csv(file, ROWS, seed=5, bad_share=0.01)
    content, is_over = file.read_bytes(), threading.Event()

    def half_of_it() -> Iterator[bytes]:
        yield content[: len(content) // 2]
        is_over.wait(60)

    with (
        start_service("ingestion", tmp_path, here),
        start_service("gateway_api", tmp_path, there, host=hosts.other) as first,
        # A caller gives up before it is known that a host has vanished.
        gateway_client(address_there(CALLERS), port, timeout=12) as client,
        ThreadPoolExecutor(REQUESTS + 1) as callers,
    ):
        eventually(lambda: _status(client, str(uuid4())) == 200, 60, lambda: first.log.read_text()[-2_000:])
        with services.engine.connect() as holder:
            upload = callers.submit(client.post, "/batches", params={"name": file.name}, content=half_of_it())
            eventually(lambda: any((tmp_path / "data").rglob("*.part")), 30)
            # Requests wait for this lock: the host vanishes with them, and half of a file, in hand.
            holder.execute(text(f"lock table {TABLE.fullname} in share mode"))
            asked = [callers.submit(_status, client, key) for key in keys]
            eventually(lambda: services.sessions_that_wait("worker online"), 30)
            hosts.other.vanish()
            vanished = time.monotonic()
            first.kill()
        with start_service("gateway_api", tmp_path, here) as second, gateway_client(LOOPBACK, port) as another:
            told = {future.result() for future in asked}
            assert told <= {None, 503}, "nobody was told that a row is stored which is not"
            eventually(
                lambda: all(_status(another, key) == 200 for key in keys),
                vanished + BACK_WITHIN_SECONDS - time.monotonic(),
                lambda: second.log.read_text()[-2_000:],
            )
            back = time.monotonic() - vanished
            is_over.set()
            assert isinstance(upload.exception(), httpx.TransportError), "nobody was told that half a file is one"
            handed_in = another.post("/batches", params={"name": file.name}, content=content)
            assert handed_in.status_code == 202, handed_in.text
            batch = UUID(handed_in.json()["batch_id"])
            eventually(lambda: services.is_done(batch), 60)
            answers = [predict(another, key) for key in keys]
            eventually(services.is_in_balance, 60)
    assert services.rows_of(batch) == good_rows(ROWS)
    assert [services.rows_of(UUID(answer.json()["request_id"])) for answer in answers] == [(1, 1)] * REQUESTS
    show(
        f"the gateway's host vanished amid {REQUESTS} requests: answered by another one {back:.0f} s later, stored once"
    )


def _status(client: httpx.Client, key: str) -> int | None:
    """Ask for a prediction and return the status of the answer; None where nobody answers."""
    try:
        return predict(client, key).status_code
    except httpx.TransportError:
        return None
