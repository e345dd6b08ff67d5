"""Something keeps rows from being predicted: readiness and callers are told what it is, and nothing is lost or stored twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select, text

from broker.topology import ONLINE
from local_stack.processes.supervisor import Supervisor
from sql.base.engine import connect_engine
from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import TABLE, RunningStack, audit
from tests.support.session.figures import show
from tests.support.waiting import eventually
from training.datasets.sample_files import write_inference_csv
from usecases.checking.row_model import example_row

Harm = Callable[[RunningStack], AbstractContextManager[None]]

ROWS = 20_000
RABBITMQCTL = "/usr/lib/rabbitmq/bin/rabbitmqctl"

CALLERS_ARE_TOLD = {"is locked": "locked, so nothing was stored", "does not exist": "no worker takes requests"}
"""Where readiness names more than callers need to know."""

TOLD_WITHIN_SECONDS = 8
"""What a loaded machine may take; below the 10 s after which a caller is given up."""


def rabbitmqctl(stack: RunningStack, *arguments: str) -> None:
    rabbitmq = stack.stack.rabbitmq
    assert rabbitmq is not None
    environment = {**os.environ, **rabbitmq.environment()}
    subprocess.run([RABBITMQCTL, "-q", *arguments], env=environment, check=True, capture_output=True)


@contextmanager
def memory_alarm(stack: RunningStack) -> Iterator[None]:
    rabbitmqctl(stack, "set_vm_memory_high_watermark", "0.000001")
    try:
        yield
    finally:
        rabbitmqctl(stack, "set_vm_memory_high_watermark", "0.4")


@contextmanager
def disk_alarm(stack: RunningStack) -> Iterator[None]:
    rabbitmqctl(stack, "set_disk_free_limit", "900000000000000")
    try:
        yield
    finally:
        rabbitmqctl(stack, "set_disk_free_limit", "200000000")


@contextmanager
def locked_table(stack: RunningStack) -> Iterator[None]:
    with stack.engine.connect() as connection:
        connection.execute(text(f"lock table {TABLE.fullname} in share mode"))
        yield


@contextmanager
def no_worker(stack: RunningStack) -> Iterator[None]:
    supervisor = Supervisor(stack.folders)
    supervisor.stop(["worker-1"])
    try:
        yield
    finally:
        supervisor.start(["worker-1"])


@contextmanager
def hanging_worker(stack: RunningStack) -> Iterator[None]:
    """A worker that takes messages and is cut off in both directions looks like this, until a heartbeat is missed."""
    worker = stack.process("worker-1")
    worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGCONT)


@contextmanager
def deleted_queue(stack: RunningStack) -> Iterator[None]:
    """Somebody deletes a queue by hand; `smartpredict up` makes it again."""
    rabbitmqctl(stack, "delete_queue", ONLINE)
    try:
        yield
    finally:
        stack.command("up")


@contextmanager
def no_free_connection(stack: RunningStack) -> Iterator[None]:
    assert stack.stack.postgres is not None
    superuser = connect_engine(stack.stack.postgres.url(), "test")
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("alter role smartpredict_worker connection limit 0"))
        try:
            connection.execute(
                text("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'smartpredict_worker'")
            )
            yield
        finally:
            connection.execute(text("alter role smartpredict_worker connection limit -1"))
    superuser.dispose()


LASTS_SECONDS: Mapping[Harm, float] = {locked_table: 60.0}
"""How long it goes on after callers were told, where that could change what becomes of rows."""


@pytest.fixture(scope="module", autouse=True)
def _ledger_balances(stack: RunningStack) -> Iterator[None]:
    yield
    assert audit(stack)["balanced"] is True


@pytest.mark.parametrize(
    ("harm", "cause"),
    [
        (memory_alarm, "low on memory"),
        (disk_alarm, "low on disk"),
        (locked_table, "is locked"),
        (no_worker, "no worker takes requests"),
        (hanging_worker, "no worker answers"),
        (deleted_queue, "does not exist"),
        (no_free_connection, "no free connection"),
    ],
)
def test_callers_are_told_what_keeps_rows_from_being_predicted(
    stack: RunningStack,
    tmp_path: Path,
    harm: Harm,
    cause: str,
) -> None:
    name, key = f"{uuid4()}.csv", str(uuid4())
    file = tmp_path / name
    write_inference_csv(file, ROWS, seed=len(cause), bad_share=0.01)
    with stack.api() as api:
        eventually(lambda: api.get("/health/ready").status_code == 200, 60)
        with harm(stack):
            began = time.monotonic()
            batch = stack.drop(file.read_bytes(), name)
            eventually(lambda: _is_told(api.get("/health/ready"), cause), 20)
            ready = time.monotonic() - began
            began = time.monotonic()
            refused = api.post("/predict", json=example_row(EQUIPMENT), headers={"Idempotency-Key": key})
            told = time.monotonic() - began
            assert refused.status_code == 503, refused.text
            assert CALLERS_ARE_TOLD.get(cause, cause) in refused.json()["detail"].lower()
            assert told < TOLD_WITHIN_SECONDS
            time.sleep(LASTS_SECONDS.get(harm, 0.0))
        ended = time.monotonic()
        stack.wait_whole(60)
        whole = time.monotonic() - ended
        answer = api.post("/predict", json=example_row(EQUIPMENT), headers={"Idempotency-Key": key})
        assert answer.status_code == 200, answer.text
    ledger = stack.wait_done(batch)
    assert ledger.rows_in == ROWS
    assert stack.stored_rows(batch) == (ledger.predicted, ledger.predicted)
    assert ledger.predicted + ledger.quarantined == ROWS
    with stack.engine.connect() as connection:
        asked = select(func.count()).where(TABLE.c.batch_id == answer.json()["request_id"])
        assert connection.scalar(asked) == 1
    show(
        f"{cause}: readiness told it after {ready:.1f} s, a caller after {told:.1f} s, whole {whole:.1f} s after its end"
    )


def _is_told(answer: httpx.Response, cause: str) -> bool:
    return answer.status_code == 503 and cause in answer.json()["detail"]
