"""Every container that is to last is killed; it comes back, and no row is lost or stored twice."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from tests.containers.composed import AIRFLOW, PROMETHEUS, UI, Composed
from tests.containers.podman import Container
from tests.support.orchestration.dropped_files import large_file
from tests.support.pipeline import equipment_rows
from tests.support.session.figures import show
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(900)

ROWS = 500_000
ON_THE_WAY = ("postgres", "rabbitmq", "ingestion", "worker", "gateway")
"""Whose container a row passes on its way from a file to its prediction, or is asked after it."""

ANSWERS = {
    "ui": f"{UI}/_stcore/health",
    "airflow": f"{AIRFLOW}/api/v2/monitor/health",
    "prometheus": f"{PROMETHEUS}/-/ready",
}
"""What a service says of itself, beside what compose.yaml asks it."""


@pytest.mark.parametrize("name", ON_THE_WAY)
def test_a_kill_amid_a_file_loses_nothing(composed: Composed, name: str) -> None:
    victim = composed.container(name).process()
    batch = composed.drop(f"amid-{name}.csv", large_file(ROWS, seed=200 + ON_THE_WAY.index(name)))
    before = eventually(lambda: composed.predicted(batch), 120, composed.container("ingestion").log)
    Container.kill(victim)
    began = time.monotonic()
    comes_back(composed, name, victim)
    eventually(lambda: composed.predicted(batch) == ROWS, 300, lambda: str(composed.predicted(batch)))
    eventually(composed.is_ready, 120)
    with composed.api() as api:
        answer = api.post("/predict", json=equipment_rows(1, seed=201).to_pylist())
    assert answer.status_code == 200, answer.text
    took = time.monotonic() - began
    show(f"{name} killed, {before:,} of {ROWS:,} rows predicted: all of them, and callers answered, {took:.0f} s later")
    assert before < ROWS, "it was over before the kill"
    assert composed.stored(batch) == (ROWS, ROWS)


def test_every_other_container_comes_back(composed: Composed) -> None:
    others = [name for name in composed.lasting if name not in ON_THE_WAY]
    assert {"mlflow", "trainer", "ui", "airflow", "airflow-scheduler", "prometheus"} <= set(others)
    for name in others:
        began = time.monotonic()
        victim = composed.container(name).process()
        Container.kill(victim)
        comes_back(composed, name, victim)
        eventually(answering(ANSWERS.get(name)), 120, composed.container(name).log)
        show(f"{name} killed: back {time.monotonic() - began:.0f} s later")


def test_after_all_of_it_the_ledger_balances(composed: Composed) -> None:
    eventually(composed.is_ready, 120)
    assert composed.audit()["balanced"] is True


def comes_back(composed: Composed, name: str, killed: int) -> None:
    """Wait until a service that was killed runs again, and is healthy where compose.yaml says what that is."""

    def back() -> bool:
        return composed.container(name).state()["Pid"] not in {0, killed} and composed.is_up(name)

    eventually(back, 180, composed.container(name).log)


def answering(address: str | None) -> Callable[[], bool]:
    """Return a look at whether an address answers; one that there is none of does."""

    def looks() -> bool:
        try:
            return address is None or httpx.get(address, timeout=5).is_success
        except httpx.TransportError:
            return False

    return looks
