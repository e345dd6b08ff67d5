"""A data set is scored from files to files: every row once, whoever is killed, as every other door scores it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, func, select, text

from sql.base.tables import parts, quarantine
from sql.jobs.orders import JobError, JobState, cancel_job, find_job, list_jobs, pause_job, resume_job
from sql.ledger.audit import read_books
from sql.profiles.tables import part_profiles, profiles
from tests.integration.worker.job_orders import Order, ended, tell
from tests.support.pipeline import EQUIPMENT, Service, equipment_rows, start_service
from tests.support.waiting import eventually
from usecases.models.scoring import score
from usecases.models.xgboost_runtime import XGBOOST

ROWS, FILES, BAD = 300, 4, 3
"""Rows of a file, files, and bad rows of each."""


@pytest.fixture(scope="module")
def data_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files, one of them of a day of its own, beside what is no data."""
    folder = tmp_path_factory.mktemp("data-set")
    for number in range(FILES):
        write_rows(folder / ("day=2" if number else "day=1") / f"{number}.parquet", number)
    (folder / "_SUCCESS").touch()
    return folder


def write_rows(path: Path, number: int) -> pa.Table:
    rows = pa.Table.from_batches([equipment_rows(ROWS, seed=number + 1)])
    place = rows.schema.get_field_index("air_temperature_k")
    spoilt = pa.array([-1.0] * BAD + rows.column(place).to_pylist()[BAD:])
    path.parent.mkdir(exist_ok=True)
    pq.write_table(rows.set_column(place, "air_temperature_k", spoilt), path, row_group_size=70)
    return rows.slice(BAD)


def test_every_row_is_answered_once_as_any_door_answers_it(
    engine: Engine, worker: Service, models: Path, data_set: Path, order: Order, tmp_path: Path
) -> None:
    done = ended(engine, order(data_set).id)
    assert done.job.state is JobState.DONE, done
    rows = ROWS * FILES
    assert (done.ledger.rows_in, done.ledger.predicted, done.ledger.quarantined) == (
        rows,
        rows - FILES * BAD,
        FILES * BAD,
    )

    written = pa.concat_tables(
        [pq.read_table(tmp_path / "answers" / f"part-{number:05d}.parquet") for number in range(FILES)]
    )
    model = XGBOOST.load(next((models / EQUIPMENT.name).glob("*.ubj")))
    expected = [score(EQUIPMENT, model, equipment_rows(ROWS, seed=number + 1).slice(BAD)) for number in range(FILES)]
    assert written.column("score").to_pylist() == [one for part in expected for one in part.score.to_pylist()]
    assert written.column("prediction").to_pylist() == [one for part in expected for one in part.prediction.to_pylist()]
    good = [number for number in range(1, rows + 1) if (number - 1) % ROWS >= BAD]
    assert written.column("row_number").to_pylist() == good
    assert written.column("machine_id")[0].as_py() == f"M-1-{BAD}"

    manifest = json.loads((tmp_path / "answers" / "_manifest.json").read_text())
    assert (manifest["rows_in"], manifest["model_version"]) == (rows, 1)
    for file in manifest["files"]:
        content = (tmp_path / "answers" / file["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    assert [file["source"] for file in manifest["files"]] == [
        "day=1/0.parquet",
        *(f"day=2/{n}.parquet" for n in (1, 2, 3)),
    ]


def test_drift_quality_and_audit_know_the_rows_of_a_job(
    engine: Engine, worker: Service, data_set: Path, order: Order
) -> None:
    job = order(data_set)
    ended(engine, job.id)
    with engine.connect() as connection:
        kept = (
            connection.execute(select(quarantine.c.row_number).where(quarantine.c.batch_id == job.id)).scalars().all()
        )
        profiled = sum(
            connection.scalar(select(func.coalesce(func.sum(table.c.rows), 0)).where(table.c.source == "job")) or 0
            for table in (profiles, part_profiles)
        )
        predicted = connection.scalar(
            select(func.sum(parts.c.rows)).where(parts.c.lane == "jobs", parts.c.recorded_at.is_not(None))
        )
    assert sorted(kept) == [number * ROWS + bad for number in range(FILES) for bad in range(1, BAD + 1)]
    assert profiled == predicted
    books = read_books(engine)
    assert list(books.problems()) == []
    with engine.begin() as connection:
        connection.execute(
            text("update smartpredict.job_claims set rows_written = 7 where job_id = :job"), {"job": job.id}
        )
    assert any("the files of the job hold 28" in problem for problem in read_books(engine).problems())
    with engine.begin() as connection:
        connection.execute(
            text(
                "update smartpredict.job_claims c set rows_written = p.rows from smartpredict.parts p where p.part_id = c.part_id"
            )
        )


@pytest.fixture
def other_worker(worker_environment: dict[str, str], tmp_path: Path) -> Iterator[Service]:
    with start_service("inference_worker", tmp_path, worker_environment) as service:
        service.wait_ready()
        yield service


def test_a_worker_that_is_killed_between_file_and_commit_costs_no_row_and_answers_none_twice(
    engine: Engine, worker: Service, other_worker: Service, data_set: Path, order: Order, tmp_path: Path
) -> None:
    answers = tmp_path / "answers"
    with engine.begin() as connection:
        # Whoever records a claim waits here, with its file in place: both workers do, each with one.
        connection.execute(text("lock table smartpredict.part_profiles in share mode"))
        job = order(data_set)
        eventually(lambda: len(list(answers.glob("part-*.parquet"))) == 2)
        other_worker.kill()
    done = ended(engine, job.id)
    assert done.job.state is JobState.DONE
    numbers = [
        row for path in sorted(answers.glob("part-*")) for row in pq.read_table(path).column("row_number").to_pylist()
    ]
    assert len(numbers) == len(set(numbers)) == done.ledger.predicted == FILES * (ROWS - BAD)
    assert list(answers.glob(".*")) == []


def test_a_paused_job_begins_no_claim_and_a_resumed_one_does_the_rest(
    engine: Engine, worker: Service, broker_url: str, data_set: Path, order: Order
) -> None:
    with engine.begin() as connection:
        connection.execute(text("lock table smartpredict.part_profiles in share mode"))
        job = order(data_set)
        eventually(lambda: list(Path(job.output).glob("part-*.parquet")))
        pause_job(engine, job.id)
    eventually(lambda: find_job(engine, job.id).ledger.predicted > 0)
    assert find_job(engine, job.id).job.state is JobState.PAUSED
    assert [part for part in read_books(engine).pending if part.batch_id == job.id] == []
    tell(broker_url, resume_job(engine, job.id))
    assert ended(engine, job.id).job.state is JobState.DONE


def test_a_cancelled_job_leaves_nothing_pending(
    engine: Engine, worker: Service, broker_url: str, data_set: Path, order: Order
) -> None:
    with engine.begin() as connection:
        connection.execute(text("lock table smartpredict.part_profiles in share mode"))
        job = order(data_set)
        eventually(lambda: find_job(engine, job.id).job.is_planned)
        tell(broker_url, cancel_job(engine, job.id, "somebody"))
    eventually(lambda: find_job(engine, job.id).ledger.pending == 0)
    left = find_job(engine, job.id)
    assert (left.job.state, left.job.problem) == (JobState.CANCELLED, "cancelled by somebody")
    assert left.ledger.is_balanced
    with pytest.raises(JobError, match="is cancelled already"):
        resume_job(engine, job.id)
    assert list(read_books(engine).problems()) == []


def test_a_job_with_too_many_bad_rows_pauses_and_says_so(
    engine: Engine, worker: Service, broker_url: str, data_set: Path, order: Order
) -> None:
    stopped = ended(engine, order(data_set, max_bad_share=0.001).id)
    assert stopped.job.state is JobState.PAUSED
    assert "rows are bad, more than allowed" in str(stopped.job.problem)
    tell(broker_url, resume_job(engine, stopped.job.id))
    assert ended(engine, stopped.job.id).job.state is JobState.DONE


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (Path.exists, "there is nothing at"),
        (lambda folder: (folder / "given").mkdir(), "there is nothing at"),
        (lambda folder: (folder / "given").write_bytes(b"PAR1"), "holds no rows"),
        (lambda folder: pq.write_table(pa.table({"a": [1]}), _in(folder, "a.parquet")), "a.parquet: .*missing"),
        (
            lambda folder: _in(folder, "a.parquet").write_bytes(b"PAR1 and no more"),
            "a.parquet: the Parquet file is damaged",
        ),
        (lambda folder: _in(folder / "answers", "x").write_text(""), "answers/given holds x already"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_words(
    engine: Engine,
    worker: Service,
    order: Order,
    tmp_path: Path,
    make: Callable[[Path], object],
    told: str,
) -> None:
    make(tmp_path)
    refused = ended(engine, order(tmp_path / "given", tmp_path / "answers" / "given").id)
    assert refused.job.state is JobState.REFUSED
    assert re.search(told, str(refused.job.problem))
    assert refused.ledger.is_done


@contextmanager
def fault(engine: Engine, at: str) -> Iterator[None]:
    """Have something fail in the database that nobody foresaw, while the block runs."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "create function smartpredict.fail_for_a_test() returns trigger language plpgsql as "
                "$$ begin raise exception 'nobody foresaw this'; end $$"
            )
        )
        connection.execute(text(f"create trigger fault before {at} execute function smartpredict.fail_for_a_test()"))
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(text("drop function smartpredict.fail_for_a_test cascade"))


def test_a_job_that_fails_in_its_planning_has_failed_and_says_why(
    engine: Engine, worker: Service, broker_url: str, data_set: Path, order: Order
) -> None:
    with fault(engine, "insert on smartpredict.job_claims for each row"):
        failed = ended(engine, order(data_set).id)
    assert failed.job.state is JobState.FAILED
    assert "it cannot be planned: " in str(failed.job.problem)
    assert "nobody foresaw this" in str(failed.job.problem)
    assert failed.ledger.is_done
    with pytest.raises(JobError, match="is failed already; order it again"):
        resume_job(engine, failed.job.id)
    assert ended(engine, order(data_set).id).job.state is JobState.DONE


def test_a_job_that_lacks_its_manifest_pauses_and_writes_it_when_it_is_resumed(
    engine: Engine, worker: Service, broker_url: str, data_set: Path, order: Order
) -> None:
    with fault(engine, "update on smartpredict.jobs for each row when (new.state = 'done')"):
        paused = ended(engine, order(data_set).id)
    assert paused.job.state is JobState.PAUSED
    assert "all is scored, but the manifest cannot be written" in str(paused.job.problem)
    assert f"smartpredict jobs resume {paused.job.id}" in str(paused.job.problem)
    tell(broker_url, resume_job(engine, paused.job.id))
    assert ended(engine, paused.job.id).job.state is JobState.DONE


def _in(folder: Path, name: str) -> Path:
    (folder / "given").mkdir(parents=True, exist_ok=True)
    return folder / "given" / name


def test_two_jobs_do_not_write_into_one_folder(engine: Engine, worker: Service, data_set: Path, order: Order) -> None:
    with engine.begin() as connection:
        connection.execute(text("lock table smartpredict.part_profiles in share mode"))
        job = order(data_set)
        with pytest.raises(JobError, match=f"job {job.id} writes to .*smartpredict jobs cancel"):
            order(data_set)
    assert ended(engine, job.id).job.state is JobState.DONE
    assert list_jobs(engine)[0].job.id == job.id
    again = ended(engine, order(data_set).id)
    assert "holds _manifest.json already" in str(again.job.problem)


def test_pages_hold_jobs_that_were_ordered_at_the_same_moment(
    engine: Engine, worker: Service, order: Order, tmp_path: Path
) -> None:
    made = [order(tmp_path / "nothing", tmp_path / str(number)).id for number in range(3)]
    with engine.begin() as connection:
        connection.execute(
            text("update smartpredict.jobs set created_at = '2020-01-01 00:00Z' where id = any(:made)"), {"made": made}
        )
    seen = []
    page = list_jobs(engine, limit=1)
    while page:
        seen.append(page[0].job.id)
        page = list_jobs(engine, after=seen[-1], limit=1)
    assert len(seen) == len(set(seen))
    assert seen[-3:] == sorted(made, reverse=True)
