"""Parts of the pipeline are killed while 200,000 rows flow: nothing is lost, nothing is twice, all comes back."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import TABLE, RunningStack, audit
from tests.support.waiting import eventually
from training.datasets.sample_files import write_inference_csv
from usecases.checking.row_model import example_row

ROWS = 200_000
names = (f"fault-{number}.csv" for number in itertools.count())


def flow_through(stack: RunningStack, tmp_path: Path, do_harm: Callable[[], None]) -> None:
    """Drop a file, do harm while its rows flow, and prove that every row ended in exactly one place."""
    name = next(names)
    file = tmp_path / name
    write_inference_csv(file, ROWS, seed=hash(name) % 1000, bad_share=0.01)
    batch = stack.drop(file.read_bytes(), name)
    eventually(lambda: stack.predicted(batch) > 0)
    do_harm()
    ledger = stack.wait_done(batch)
    stack.wait_whole(30)
    assert (ledger.rows_in, ledger.dead_lettered) == (ROWS, 0)
    assert ledger.quarantined == ROWS // 100
    assert stack.stored_rows(batch) == (ledger.predicted, ledger.predicted)
    assert ledger.predicted + ledger.quarantined == ROWS
    assert audit(stack)["balanced"] is True


@pytest.mark.parametrize("victim", ["worker-1", "ingestion", "gateway", "rabbitmq", "postgres"])
def test_a_killed_process_costs_no_row(stack: RunningStack, tmp_path: Path, victim: str) -> None:
    flow_through(stack, tmp_path, lambda: stack.kill(victim))


def test_everything_killed_one_after_another_costs_no_row(stack: RunningStack, tmp_path: Path) -> None:
    def harm() -> None:
        for victim in ("ingestion", "worker-1", "rabbitmq", "gateway", "postgres"):
            stack.kill(victim)
            time.sleep(0.3)

    flow_through(stack, tmp_path, harm)


def test_callers_who_repeat_their_request_are_answered_once_and_stored_once(stack: RunningStack) -> None:
    answered: dict[str, str] = {}
    stop = threading.Event()

    def call(caller: int) -> None:
        with stack.api() as api:
            for number in itertools.count():
                if stop.is_set():
                    return
                key = f"caller-{caller}-{number}"
                answered[key] = _until_answered(api, key)

    callers = [threading.Thread(target=call, args=(number,), daemon=True) for number in range(4)]
    for caller in callers:
        caller.start()
    for victim in ("worker-1", "gateway", "rabbitmq", "postgres"):
        time.sleep(0.5)
        stack.kill(victim)
        stack.wait_whole(30)
    stop.set()
    for caller in callers:
        caller.join(60)
    assert len(set(answered.values())) == len(answered) > 0
    with stack.engine.connect() as connection:
        found = connection.scalars(select(TABLE.c.id).where(TABLE.c.id.in_(answered.values()))).all()
    assert len(found) == len(answered)
    assert audit(stack)["balanced"] is True


def _until_answered(api: httpx.Client, key: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            response = api.post("/predict", json=example_row(EQUIPMENT), headers={"Idempotency-Key": key})
        except httpx.TransportError:
            time.sleep(0.2)
            continue
        if response.status_code == 200:
            prediction_id: str = response.json()["predictions"][0]["id"]
            return prediction_id
        assert response.status_code in {429, 503, 504}, response.text
        time.sleep(0.2)
    raise AssertionError(f"{key} was not answered within a minute")
