"""What schedules call takes in what is there, ends, and bears to be called twice, killed, and without servers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, select, text

from ingestion.schedules.committing import NotCommittedError
from ingestion.schedules.jobs import find_new_data, ingest_files, predict_new_data
from ingestion.schedules.run import ServersAwayError
from ingestion.settings import IngestionSettings
from sql.base.tables import batches
from sql.registry.registration import register
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import HEADER, csv_file, numbered_csv
from tests.support.ingestion.recording_worker import record_waiting_parts
from tests.support.network.line import line_to
from tests.support.pipeline import EQUIPMENT
from tests.support.waiting import eventually
from usecases.contract.catalog import BUNDLED
from usecases.contract.spec import Mode


@pytest.fixture
def scheduled(settings: IngestionSettings, engine: Engine) -> Iterator[IngestionSettings]:
    """Settings while the default use case is predicted when a schedule says so."""
    with engine.begin() as connection:
        register(connection, EQUIPMENT.model_copy(update={"mode": Mode.SCHEDULED}))
    yield settings
    with engine.begin() as connection:
        register(connection, EQUIPMENT)


@pytest.fixture
def edited(settings: IngestionSettings, tmp_path: Path) -> IngestionSettings:
    """Settings with files that somebody is editing: one is another contract already, one half a file."""
    content = yaml.safe_load((BUNDLED / "equipment_failure/usecase.yaml").read_text())
    folder = tmp_path / "usecases"
    for name, half in {
        "equipment_failure": yaml.safe_dump({**content, "mode": "scheduled", "features": content["features"][:2]}),
        "iris": "name: [",
    }.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "usecase.yaml").write_text(half)
    return settings.model_copy(update={"usecases": folder})


@contextmanager
def worker(doors: Doors) -> Iterator[None]:
    """Record parts as they come while the block runs."""
    ended = threading.Event()

    async def work() -> None:
        while not ended.is_set():
            await record_waiting_parts(doors.ingestion.engine, doors.broker_url)
            await asyncio.sleep(0.05)

    thread = threading.Thread(target=asyncio.run, args=(work(),))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def stored(engine: Engine, name: str) -> tuple[str, int, int]:
    """Return the door of a file, its predictions, and how many different rows they are of."""
    query = text(
        "select b.source, count(p.id), count(distinct p.row_number) from smartpredict.batches b "
        "left join predictions.equipment_failure p on p.batch_id = b.id where b.name = :name group by b.source"
    )
    with engine.connect() as connection:
        source, rows, different = connection.execute(query, {"name": name}).one()
    return source, rows, different


async def test_files_that_wait_are_taken_in_and_bad_ones_keep_no_other_waiting(
    doors: Doors, settings: IngestionSettings
) -> None:
    doors.arrive(numbered_csv(40, bad_every=10), "run-some-bad.csv")
    doors.arrive(csv_file(good=20), "run-good.csv")
    doors.arrive(b"no columns of ours\n1\n", "run-broken.csv")
    doors.arrive(b"", "run-empty.csv")
    doors.arrive(csv_file(good=20), "run-being-written.csv.part")
    summary = await asyncio.to_thread(ingest_files, settings)
    assert json.loads(json.dumps(summary)) == summary
    assert (summary["files"], summary["rows"], summary["bad_rows"], summary["left"]) == (4, 60, 4, 0)
    assert {refused["name"] for refused in summary["refused"]} == {"run-broken.csv", "run-empty.csv"}
    problems = {problem["name"]: problem for problem in summary["quality_problems"]}
    assert set(problems) == {"run-some-bad.csv", "run-broken.csv", "run-empty.csv"}
    assert [(rule["column"], rule["rows"]) for rule in problems["run-some-bad.csv"]["rules"]] == [
        ("product_quality", 4)
    ]
    await doors.record_all()
    assert stored(doors.ingestion.engine, "run-good.csv") == ("file", 20, 20)
    assert doors.names("incoming") == {"equipment_failure/run-being-written.csv.part"}
    again = await asyncio.to_thread(ingest_files, settings)
    assert (again["files"], again["rows"], again["refused"], again["quality_problems"]) == (0, 0, [], [])


async def test_a_run_takes_its_share_and_use_cases_take_turns(doors: Doors, settings: IngestionSettings) -> None:
    for number in range(6):
        doors.arrive(numbered_csv(number + 1), f"share-{number}.csv")
    doors.arrive(b"sepal\n1\n", "share.csv", "iris")
    small = settings.model_copy(update={"files_per_run": 3})
    first = await asyncio.to_thread(ingest_files, small)
    assert (first["files"], first["left"]) == (3, 4)
    assert [refused["use_case"] for refused in first["refused"]] == ["iris"], "iris came last and yet had its turn"
    summaries = [await asyncio.to_thread(ingest_files, small) for _ in range(2)]
    assert [summary["left"] for summary in summaries] == [1, 0]


async def test_runs_that_overlap_take_each_file_once(doors: Doors, settings: IngestionSettings) -> None:
    for number in range(40):
        doors.arrive(numbered_csv(25, bad_every=6), f"overlap-{number}.csv")
    runs = await asyncio.gather(*(asyncio.to_thread(ingest_files, settings) for _ in range(3)))
    assert sum(run["files"] for run in runs) == 40
    assert sum(run["rows"] for run in runs) == 1_000
    await doors.record_all()
    with doors.ingestion.engine.connect() as connection:
        names = connection.scalars(select(batches.c.name).where(batches.c.name.like("overlap-%"))).all()
    assert len(names) == 40
    assert stored(doors.ingestion.engine, "overlap-0.csv") == ("file", 21, 21)


async def test_what_somebody_edits_changes_nothing_before_it_is_registered(
    doors: Doors, edited: IngestionSettings
) -> None:
    doors.arrive(numbered_csv(30, bad_every=10), "while-edited.csv")
    assert await asyncio.to_thread(find_new_data, edited) == {}
    summary = await asyncio.to_thread(ingest_files, edited)
    assert (summary["files"], summary["bad_rows"], summary["refused"]) == (1, 3, [])
    await doors.record_all()
    assert stored(doors.ingestion.engine, "while-edited.csv") == ("file", 27, 27)


async def test_files_for_a_schedule_are_predicted_by_it(doors: Doors, scheduled: IngestionSettings) -> None:
    assert await asyncio.to_thread(find_new_data, scheduled) == {}
    doors.arrive(numbered_csv(30, bad_every=10), "later.csv")
    doors.arrive(b"no columns of ours\n1\n", "never.csv")
    assert await asyncio.to_thread(find_new_data, scheduled) == {"equipment_failure": 1}
    summary = await asyncio.to_thread(ingest_files, scheduled)
    assert [refused["name"] for refused in summary["refused"]] == ["never.csv"], "what no schedule can predict"
    assert doors.names("incoming") == {"equipment_failure/later.csv"}
    with worker(doors):
        predicted = await asyncio.to_thread(predict_new_data, scheduled)
        (file,) = predicted["predictions"]
        assert (file["name"], file["rows"], file["predicted"], file["bad"]) == ("later.csv", 30, 27, 3)
        assert stored(doors.ingestion.engine, "later.csv") == ("scheduled", 27, 27), "stored when it says so"
        again = await asyncio.to_thread(predict_new_data, scheduled)
    assert (again["files"], again["predictions"]) == (0, [])
    assert await asyncio.to_thread(find_new_data, scheduled) == {}


async def test_a_run_that_waits_in_vain_says_so_and_the_next_waits_for_the_same_rows(
    doors: Doors, scheduled: IngestionSettings
) -> None:
    doors.arrive(numbered_csv(20), "slow.csv")
    impatient = scheduled.model_copy(update={"commit_seconds": scheduled.commit_seconds / 300})
    with pytest.raises(NotCommittedError, match=r"20 rows of slow.csv are not stored.*call again"):
        await asyncio.to_thread(predict_new_data, impatient)
    run = asyncio.create_task(asyncio.to_thread(predict_new_data, scheduled))
    await asyncio.sleep(1)
    assert not run.done(), "it waits for what the first run sent"
    with worker(doors):
        summary = await run
    assert summary["files"] == 0
    assert [(file["name"], file["predicted"]) for file in summary["predictions"]] == [("slow.csv", 20)]


@pytest.mark.parametrize("function", ["ingest_files", "predict_new_data"])
async def test_a_killed_run_is_finished_by_the_next(
    doors: Doors, settings: IngestionSettings, function: str, request: pytest.FixtureRequest
) -> None:
    used = settings if function == "ingest_files" else request.getfixturevalue("scheduled")
    name = f"killed-{function}.csv"
    doors.arrive(numbered_csv(6_000, bad_every=100), name)
    process = start(function, used)
    begun = text(
        "select count(*) from smartpredict.parts join smartpredict.batches b on b.id = batch_id where b.name = :name"
    )

    def parts() -> Any:
        with doors.ingestion.engine.connect() as connection:
            return connection.scalar(begun, {"name": name})

    try:
        await asyncio.to_thread(eventually, lambda: parts() > 20)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert parts() < 600, "killed in the middle"
    assert doors.names("incoming") == set()
    if function == "predict_new_data":
        assert await asyncio.to_thread(find_new_data, used) == {"equipment_failure": 1}
    with worker(doors):
        summary = await asyncio.to_thread(ingest_files if function == "ingest_files" else predict_new_data, used)
        assert (summary["files"], summary["rows"], summary["bad_rows"]) == (1, 6_000, 60)
    await doors.record_all()
    source = "file" if function == "ingest_files" else "scheduled"
    assert stored(doors.ingestion.engine, name) == (source, 5_940, 5_940)


def start(function: str, settings: IngestionSettings) -> subprocess.Popen[bytes]:
    """Run one function as a plain script does, with its settings in the environment."""
    environment = {
        "SMARTPREDICT_DATABASE_URL": settings.database_url.get_secret_value(),
        "SMARTPREDICT_BROKER_URL": settings.broker_url.get_secret_value(),
        "SMARTPREDICT_DATA": str(settings.data),
        "SMARTPREDICT_PART_ROWS": str(settings.part_rows),
    }
    script = f"from ingestion.schedules.jobs import {function}; {function}()"
    return subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )


@pytest.mark.parametrize("server", ["broker", "database"])
async def test_a_server_that_stays_away_ends_the_run_and_the_next_goes_on(
    doors: Doors, settings: IngestionSettings, server: str
) -> None:
    name = f"away-{server}.csv"
    path = doors.arrive(numbered_csv(6_000), name)
    setting = f"{server}_url"
    with line_to(getattr(settings, setting).get_secret_value()) as line:
        cut = IngestionSettings(**{**dict(settings), setting: line.url, "server_seconds": 2})
        line.cut()
        with pytest.raises(ServersAwayError, match=f"The {server} .* Nothing is lost"):
            await asyncio.to_thread(ingest_files, cut)
        assert path.exists()
        line.restore()
        run = asyncio.create_task(asyncio.to_thread(ingest_files, cut))
        await asyncio.to_thread(eventually, lambda: not path.exists())
        await asyncio.sleep(0.3)
        line.cut()
        with pytest.raises(ServersAwayError, match=f"The {server} .* Nothing is lost"):
            await run
    summary = await asyncio.to_thread(ingest_files, settings)
    assert (summary["files"], summary["rows"]) == (1, 6_000)
    await doors.record_all()
    assert stored(doors.ingestion.engine, name) == ("file", 6_000, 6_000)


async def test_a_full_queue_ends_the_run_and_the_next_goes_on(doors: Doors, settings: IngestionSettings) -> None:
    doors.arrive(numbered_csv(12_000), "full.csv")
    impatient = settings.model_copy(update={"commit_seconds": settings.commit_seconds / 150})
    with pytest.raises(ServersAwayError, match="The queue of the workers is full"):
        await asyncio.to_thread(ingest_files, impatient)
    with worker(doors):
        summary = await asyncio.to_thread(ingest_files, settings)
    assert (summary["files"], summary["rows"]) == (1, 12_000)


async def test_a_file_that_fails_again_and_again_is_refused(
    doors: Doors, settings: IngestionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ArithmeticError("nobody foresaw this")

    monkeypatch.setattr("ingestion.batches.ingest.BatchIngestor.send_rows", fail)
    monkeypatch.setattr("ingestion.schedules.run._LOOK_SECONDS", 0.01)
    doors.arrive((HEADER + "M-1,L,1,2,3,4,5\n").encode(), "cursed-run.csv")
    summary = await asyncio.to_thread(ingest_files, settings)
    assert [refused["name"] for refused in summary["refused"]] == ["cursed-run.csv"]
    assert "ArithmeticError: nobody foresaw this" in summary["refused"][0]["problem"]
    assert "equipment_failure/cursed-run.csv" in doors.names("bad_data")
