"""A disk fills up, that of the database or that of the data folder: callers are told, and all goes on once there is room."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from broker.ids import batch_id_of_file
from local_stack.processes.supervisor import Supervisor
from tests.faults.disks import SmallDisk, small_disk
from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import RunningStack, audit
from tests.support.session.figures import show
from tests.support.waiting import eventually
from training.datasets.sample_files import write_inference_csv
from usecases.checking.row_model import example_row

ROWS, REQUEST_ROWS = 50_000, 1_000
WHOLE_WITHIN_SECONDS = 30
SERVICES = ("worker-1", "ingestion", "gateway", "trainer", "ui")
"""Whoever works in the data folder."""


@contextmanager
def on_a_small_disk(stack: RunningStack, folder: Path, names: Sequence[str], megabytes: int) -> Iterator[SmallDisk]:
    """Have the folder that some processes work in lie on a small disk while the block runs."""
    supervisor = Supervisor(stack.folders)
    supervisor.stop(names)
    try:
        with small_disk(folder, megabytes) as disk:
            supervisor.start(names)
            try:
                stack.wait_whole(60)
                yield disk
            finally:
                disk.empty()
                supervisor.stop(names)
    finally:
        supervisor.start(names)
        stack.wait_whole(60)


def test_a_full_disk_of_the_database_is_told_and_costs_no_row(stack: RunningStack, tmp_path: Path) -> None:
    """Its write-ahead log lies on the same disk: the server itself may go down, and comes back once there is room."""
    postgres = stack.stack.postgres
    assert postgres is not None
    content, name, key = _file(tmp_path), f"{uuid4()}.csv", str(uuid4())
    with on_a_small_disk(stack, postgres.data, ["postgres"], 160) as disk, stack.api() as api:
        disk.fill()
        batch = stack.drop(content, name)
        began = time.monotonic()
        refused = eventually(lambda: _refused(api, disk, str(uuid4())), 60)
        told = time.monotonic() - began
        assert refused is not None
        assert "PostgreSQL" in refused.json()["detail"], refused.text
        # It is known from then on; the server was asked for more than it has.
        began = time.monotonic()
        readiness = eventually(lambda: _says_what(api, disk, "PostgreSQL"), 30, lambda: api.get("/health/ready").text)
        ready = time.monotonic() - began
        disk.empty()
        ended = time.monotonic()
        stack.wait_whole(WHOLE_WITHIN_SECONDS)
        eventually(lambda: _ask(api, key).status_code == 200, ended + WHOLE_WITHIN_SECONDS - time.monotonic())
        whole = time.monotonic() - ended
        _is_all_there(stack, batch)
    show(
        f"the disk of the database was full: a caller was told after {told:.1f} s, readiness said `{readiness}` "
        f"{ready:.1f} s later, whole {whole:.1f} s after its end"
    )


def test_a_full_disk_of_the_data_folder_is_told_and_costs_no_row(stack: RunningStack, tmp_path: Path) -> None:
    content, name, uploaded = _file(tmp_path), f"{uuid4()}.csv", f"{uuid4()}.csv"
    data = Path(stack.settings["SMARTPREDICT_DATA"])
    running = [info.name for info in Supervisor(stack.folders).processes() if info.pid and info.name in SERVICES]
    with on_a_small_disk(stack, data, running, 64) as disk, stack.api() as api:
        incoming = data / "incoming" / EQUIPMENT.name
        # Its bad rows are written beside it once it was read, for which there is no room then.
        (incoming / f"{name}.tmp").write_bytes(content)
        disk.fill()
        batch = batch_id_of_file(EQUIPMENT.name, hashlib.sha256(content).hexdigest(), name)
        (incoming / f"{name}.tmp").rename(incoming / name)
        began = time.monotonic()
        refused = api.post("/batches", params={"name": uploaded}, content=content)
        told = time.monotonic() - began
        assert refused.status_code == 507, refused.text
        assert "make room" in refused.json()["detail"], refused.text
        assert _ask(api, str(uuid4())).status_code == 200, "a request needs no disk"
        eventually(lambda: not (incoming / name).exists() and not (data / "good_data" / EQUIPMENT.name / name).exists())
        disk.empty()
        ended = time.monotonic()
        eventually((data / "good_data" / EQUIPMENT.name / name).exists, WHOLE_WITHIN_SECONDS)
        whole = time.monotonic() - ended
        repeated = api.post("/batches", params={"name": uploaded}, content=content)
        assert repeated.status_code == 202, repeated.text
        _is_all_there(stack, batch)
        _is_all_there(stack, UUID(repeated.json()["batch_id"]))
    show(
        f"the disk of the data folder was full: who handed a file in was told after {told:.1f} s, a file that had "
        f"arrived was put away {whole:.1f} s after its end"
    )


def _file(folder: Path) -> bytes:
    write_inference_csv(folder / "rows.csv", ROWS, seed=11, bad_share=0.01)
    return (folder / "rows.csv").read_bytes()


def _ask(api: httpx.Client, key: str) -> httpx.Response:
    return api.post("/predict", json=[example_row(EQUIPMENT)] * REQUEST_ROWS, headers={"Idempotency-Key": key})


def _refused(api: httpx.Client, disk: SmallDisk, key: str) -> httpx.Response | None:
    """Return the answer to rows that there is no room for; a few may find some."""
    disk.fill()
    answer = _ask(api, key)
    return answer if answer.status_code == 503 else None


def _says_what(api: httpx.Client, disk: SmallDisk, cause: str) -> str:
    """Return why nothing can be predicted, if that is what readiness says; a server that went down left room behind it."""
    disk.fill()
    answer = api.get("/health/ready")
    detail: str = answer.json()["detail"] if answer.status_code == 503 else ""
    return detail if cause in detail else ""


def _is_all_there(stack: RunningStack, batch: UUID) -> None:
    ledger = stack.wait_done(batch, 120)
    assert stack.stored_rows(batch) == (ledger.predicted, ledger.predicted)
    assert ledger.predicted + ledger.quarantined == ledger.rows_in == ROWS
    assert audit(stack)["balanced"] is True
