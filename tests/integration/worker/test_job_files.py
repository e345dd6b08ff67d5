"""The files of a job hold the same bytes, whoever is killed while they are written and wherever they lie."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, func, select

from cli.rows.job_plan import show_plan
from sql.base.tables import parts
from sql.jobs.orders import Job, JobState
from tests.integration.worker.job_orders import Order, ended, order_and_tell
from tests.support.command import smartpredict
from tests.support.orchestration.job_answers import files_of
from tests.support.orchestration.object_store import BUCKET, ObjectStore, object_store
from tests.support.pipeline import EQUIPMENT, Service, start_service
from tests.support.waiting import eventually

ROWS, BAD_SHARE, CLAIM_ROWS = 300_000, 0.01, 5_000
FEW_ROWS = 4 * CLAIM_ROWS
"""Rows of a data set in a bucket."""


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as store:
        yield store


@pytest.fixture(scope="module")
def worker_environment(worker_environment: dict[str, str], store: ObjectStore) -> dict[str, str]:
    """Claims of few rows, so that workers take turns, and the credentials of a bucket."""
    return {**worker_environment, **store.settings, "SMARTPREDICT_JOB_CLAIM_ROWS": str(CLAIM_ROWS)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of many rows, one of few, and what was answered."""
    folder = tmp_path_factory.mktemp("job-files")
    for rows in (ROWS, FEW_ROWS):
        write_data_set(folder / f"{rows}.parquet", rows)
    return folder


def write_data_set(path: Path, rows: int) -> None:
    rng = np.random.default_rng(1)
    columns: dict[str, Any] = {
        "machine_id": np.char.add("M-", np.arange(rows).astype(str)),
        "product_quality": np.array(["L", "M", "H"])[rng.integers(0, 3, rows)],
        "air_temperature_k": np.where(rng.random(rows) < BAD_SHARE, -5, rng.normal(300, 2, rows).round(1)),
        "process_temperature_k": rng.normal(312, 1, rows).round(1),
        "rotational_speed_rpm": rng.integers(1200, 2000, rows),
        "torque_nm": rng.normal(40, 8, rows).clip(0, 100).round(1),
        "tool_wear_min": rng.integers(0, 250, rows),
    }
    pq.write_table(pa.table(columns), path, row_group_size=CLAIM_ROWS)


@pytest.fixture(scope="module")
def undisturbed(engine: Engine, broker_url: str, worker: Service, folder: Path) -> Path:
    """Answers that one worker wrote, whom nobody killed."""
    answers = folder / "undisturbed"
    assert (
        ended(engine, order_and_tell(engine, broker_url, folder / f"{ROWS}.parquet", answers).id).job.state
        is JobState.DONE
    )
    return answers


def test_workers_that_are_killed_at_random_leave_every_row_once_and_the_same_bytes(
    engine: Engine,
    worker_environment: dict[str, str],
    undisturbed: Path,
    folder: Path,
    order: Order,
    tmp_path: Path,
) -> None:
    with ExitStack() as running:
        victims = [running.enter_context(start_service("inference_worker", tmp_path, worker_environment)) for _ in "ab"]
        for victim in victims:
            victim.wait_ready()
        job = order(folder / f"{ROWS}.parquet")
        with engine.begin() as connection:
            # Whoever records the last claim waits for the end of this block: the job is not done before all is killed.
            last = select(parts.c.part_id).where(
                parts.c.batch_id == job.id, parts.c.part_number == ROWS // CLAIM_ROWS - 1
            )
            eventually(lambda: connection.scalar(last.with_for_update()) is not None)
            claims = 0
            for victim in victims:
                claims += random.randint(1, 25)  # noqa: S311  # any number will do
                eventually(lambda: recorded(engine, job) >= claims)  # noqa: B023  # is called here
                victim.kill()
    done = ended(engine, job.id)
    assert done.job.state is JobState.DONE
    answers = tmp_path / "answers"
    manifest = (answers / "_manifest.json").read_bytes()
    assert files_of(manifest) == files_of((undisturbed / "_manifest.json").read_bytes())
    numbers = np.concatenate([pq.read_table(path)["row_number"].to_numpy() for path in sorted(answers.glob("part-*"))])
    assert len(np.unique(numbers)) == len(numbers) == done.ledger.predicted
    assert done.ledger.predicted + done.ledger.quarantined == ROWS


def recorded(engine: Engine, job: Job) -> int:
    """Count the claims of a job that are recorded."""
    with engine.connect() as connection:
        wanted = (parts.c.batch_id == job.id, parts.c.recorded_at.is_not(None))
        return connection.scalar(select(func.count()).select_from(parts).where(*wanted)) or 0


def test_a_data_set_in_a_bucket_is_answered_in_the_bucket_with_the_bytes_of_a_folder(
    engine: Engine,
    worker: Service,
    store: ObjectStore,
    folder: Path,
    order: Order,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in store.settings.items():
        monkeypatch.setenv(name, value)
    given, answers = (f"s3://{BUCKET}/{uuid4().hex}" for _ in range(2))
    source = folder / f"{FEW_ROWS}.parquet"
    files = fsspec.filesystem("s3", skip_instance_cache=True)
    files.put_file(str(source), f"{given}/day=1/rows.parquet")
    here, there = order(source), order(given, answers)
    assert [ended(engine, job.id).job.state for job in (here, there)] == [JobState.DONE, JobState.DONE]
    manifest = files.cat_file(f"{answers}/_manifest.json")
    assert files_of(manifest) == files_of((tmp_path / "answers" / "_manifest.json").read_bytes())
    for name, _, _ in files_of(manifest):
        assert files.cat_file(f"{answers}/{name}") == (tmp_path / "answers" / name).read_bytes()
    assert len(files.ls(answers)) == FEW_ROWS // CLAIM_ROWS + 1
    again = ended(engine, order(given, answers).id)
    assert f"{answers} holds _manifest.json already" in str(again.job.problem)


def test_a_bucket_that_is_not_there_refuses_the_job_in_words(engine: Engine, worker: Service, order: Order) -> None:
    refused = ended(engine, order("s3://nowhere/rows").id)
    assert refused.job.state is JobState.REFUSED
    assert "s3://nowhere/rows" in str(refused.job.problem)


def test_a_plan_tells_rows_claims_and_the_time_that_such_jobs_took(
    engine: Engine, database_url: str, undisturbed: Path, folder: Path, tmp_path: Path
) -> None:
    given = str(folder / f"{FEW_ROWS}.parquet")
    ran = smartpredict(
        *("score", given, str(tmp_path / "answers"), "--plan", "--json"),
        home=tmp_path,
        settings={"SMARTPREDICT_DATABASE_URL": database_url},
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert (told["rows"], told["files"], told["claims"]) == (FEW_ROWS, 1, 1)
    assert told["seconds"] == pytest.approx(FEW_ROWS / told["rows_per_second"], abs=0.06)


def test_a_plan_knows_no_time_where_nothing_was_measured(
    engine: Engine, worker: Service, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = EQUIPMENT.model_copy(update={"name": "another"})
    show_plan(engine, other, str(folder / f"{FEW_ROWS}.parquet"), str(tmp_path / "answers"), as_json=False)
    assert "time: unknown, for no job of another" in capsys.readouterr().out
