"""A worker that dies is told within five seconds; a form prediction waits for one and says so, and is answered once."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from local_stack.processes.supervisor import Supervisor
from tests.end_to_end.ui.conftest import Visit
from tests.end_to_end.ui.visitor import Visitor
from tests.support.running_stack import TABLE, RunningStack
from tests.support.session.figures import show


def test_every_service_is_listed(visit: Visit, stack: RunningStack) -> None:
    with stack.api() as api:
        services = {one["service"]: one["running"] for one in api.get("/processes").json()["services"]}
    assert services.keys() == {"gateway", "ingestion", "trainer", "worker"}
    assert services["worker"] == stack.stack.state.workers
    for name, settings in (("light", {}), ("dark", {"color_scheme": "dark"})):
        visitor = visit(**settings)
        visitor.open("Operations")
        visitor.sees("Processes")
        visitor.page.wait_for_timeout(1_500)
        assert visitor.violations() == []
        visitor.picture(f"processes-{name}")


def test_a_worker_that_dies_is_told_within_five_seconds(visitor: Visitor, stack: RunningStack) -> None:
    visitor.open("Operations")
    visitor.sees("Processes")
    stack.kill("worker-1")
    died = time.monotonic()
    visitor.page.wait_for_function("document.body.innerText.includes('A worker died')")
    took = time.monotonic() - died
    show(f"a worker that died is told after {took:.1f} s")
    visitor.picture("worker-died")
    assert took < 5
    stack.wait_whole(60)
    visitor.sees("It was begun again and works", 30)
    with stack.api() as api:
        [worker] = [one for one in api.get("/processes").json()["services"] if one["service"] == "worker"]
    assert worker["died"] >= 1
    assert worker["running"] == stack.stack.state.workers


@pytest.fixture
def without_workers(stack: RunningStack) -> Iterator[Supervisor]:
    supervisor = Supervisor(stack.folders)
    workers = [f"worker-{number}" for number in range(1, stack.stack.state.workers + 1)]
    supervisor.stop(workers)
    yield supervisor
    supervisor.start(workers)
    stack.wait_whole(60)


def test_a_form_prediction_says_what_it_waits_for_and_counts_once(
    visitor: Visitor, stack: RunningStack, without_workers: Supervisor
) -> None:
    visitor.open()
    visitor.field("Machine id").fill("mill-that-waits")
    visitor.press("Predict")
    visitor.sees("Waiting for")
    visitor.sees("no worker takes requests", 10)
    visitor.picture("predict-waiting")
    without_workers.start([f"worker-{number}" for number in range(1, stack.stack.state.workers + 1)])
    visitor.sees("Model version", 40)
    query = select(func.count()).where(TABLE.c.machine_id == "mill-that-waits")
    with stack.engine.connect() as connection:
        assert connection.scalar(query) == 1
