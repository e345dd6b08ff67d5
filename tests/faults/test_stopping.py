"""Services are told to stop while a server is silent: they end before a supervisor kills them, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from inspect import signature
from pathlib import Path

import pytest

from local_stack.processes.program import Program
from tests.faults.services import Services, connect, good_rows, settings
from tests.support.network.hosts import BROKER, CALLERS, DATABASE, TwoHosts, address_there
from tests.support.pipeline import Service, install_model, start_service
from tests.support.session.figures import show
from tests.support.waiting import eventually

SERVICES = ("inference_worker", "ingestion", "gateway_api")
ROWS = 400_000
KILLED_AFTER_SECONDS = signature(Program).parameters["stop_seconds"].default


@pytest.mark.parametrize(
    ("cable", "server"), [(DATABASE, "PostgreSQL"), (BROKER, "RabbitMQ")], ids=["database", "broker"]
)
def test_services_that_are_told_to_stop_while_a_server_is_silent_end_in_time(
    hosts: TwoHosts, tmp_path: Path, cable: int, server: str
) -> None:
    install_model(tmp_path / "models")
    with connect(tmp_path, hosts.database_url, hosts.broker_url) as services:
        with _running(hosts, services) as running:
            batch = services.drop(ROWS)
            eventually(lambda: services.rows_of(batch)[0] > 0, 60)
            hosts.other.cables[cable].cut()
            took = _stop(running)
        assert services.rows_of(batch) < good_rows(ROWS), "they were in the middle of it"
        hosts.other.return_()
        with _running(hosts, services):
            eventually(lambda: services.is_done(batch), 120)
            eventually(services.is_in_balance, 60)
        assert services.rows_of(batch) == good_rows(ROWS)
    show(f"told to stop while {server} was silent, amid {ROWS:,} rows: all services ended after {took:.1f} s")


@contextmanager
def _running(hosts: TwoHosts, services: Services) -> Iterator[Mapping[str, Service]]:
    """Run every service on the other host, taking rows in, while the block runs."""
    environment = settings(services.folder, *hosts.urls_there) | {"SMARTPREDICT_GATEWAY_HOST": address_there(CALLERS)}
    with ExitStack() as stack:
        running = {
            name: stack.enter_context(start_service(name, services.folder, environment, host=hosts.other))
            for name in SERVICES
        }
        batch = services.drop(1_000)
        eventually(lambda: services.is_done(batch), 60, lambda: running["ingestion"].log.read_text()[-2_000:])
        yield running


def _stop(running: Mapping[str, Service]) -> float:
    """Stop services, as a supervisor does, and return the seconds that it took; one that it would kill fails."""
    told = time.monotonic()
    for service in running.values():
        service.process.terminate()
    for service in running.values():
        service.process.wait(max(0.1, told + KILLED_AFTER_SECONDS - time.monotonic()))
    return time.monotonic() - told
