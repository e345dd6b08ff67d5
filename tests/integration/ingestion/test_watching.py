"""Files are noticed however they arrive, and never while somebody still writes them."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ingestion.batches.ingest import BatchIngestor, IngestedBatch
from ingestion.files.claims import Folders, claim
from ingestion.files.ingest import MAX_FAILURES, FileIngestor
from ingestion.files.watcher import Watcher
from ingestion.settings import IngestionSettings, Watch
from sql.base.tables import batches
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import csv_file, numbered_csv
from usecases.contract.catalog import Catalog
from usecases.contract.spec import Mode

GOOD = "good_data"
IRIS = b"sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm\n5.1,3.5,1.4,0.2\n"


@pytest.fixture(params=[Watch.INOTIFY, Watch.POLLING], ids=["inotify", "polling"])
async def watched(doors: Doors, settings: IngestionSettings, request: pytest.FixtureRequest) -> AsyncIterator[Doors]:
    """Doors whose folders are being watched; a rescan would hide what events miss, so there is only the first."""
    slow = settings.model_copy(update={"watch": request.param, "rescan_seconds": settings.rescan_seconds * 1000})
    async with watching(doors.files, slow):
        yield doors


class watching:  # noqa: N801  # reads as a verb
    """Watch while the block runs."""

    def __init__(self, door: FileIngestor, settings: IngestionSettings) -> None:
        self._watcher = Watcher(door, settings)

    async def __aenter__(self) -> Watcher:
        self._task = asyncio.create_task(self._watcher.run())
        await eventually(lambda: self._watcher.is_alive)
        return self._watcher

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def rows_in(doors: Doors, name: str) -> object:
    with doors.ingestion.engine.connect() as connection:
        return connection.execute(select(batches.c.rows_in).where(batches.c.name == name)).scalar_one()


async def eventually(look: object, seconds: float = 10) -> None:
    assert callable(look)
    deadline = asyncio.get_running_loop().time() + seconds
    while not look():
        assert asyncio.get_running_loop().time() < deadline, "did not happen"
        await asyncio.sleep(0.02)


async def test_a_file_written_and_closed_is_taken(watched: Doors) -> None:
    watched.arrive(csv_file(5), "written.csv")
    await eventually(lambda: watched.names(GOOD) == {"equipment_failure/written.csv"})


async def test_a_file_renamed_when_complete_is_taken(watched: Doors) -> None:
    partial = watched.arrive(csv_file(5), "renamed.csv.part")
    partial.rename(partial.with_suffix(""))
    await eventually(lambda: watched.names(GOOD) == {"equipment_failure/renamed.csv"})


async def test_a_file_moved_in_from_outside_is_taken(watched: Doors, tmp_path: Path) -> None:
    outside = tmp_path / "moved.csv"
    outside.write_bytes(csv_file(5))
    outside.rename(watched.files.folders.incoming / "moved.csv")
    await eventually(lambda: watched.names(GOOD) == {"equipment_failure/moved.csv"})


async def test_a_folder_made_with_its_file_is_looked_into(watched: Doors, tmp_path: Path) -> None:
    shutil.rmtree(watched.files.folders.incoming / "iris")
    made = tmp_path / "iris"
    made.mkdir()
    (made / "flowers.csv").write_bytes(csv_file(1))
    made.rename(watched.files.folders.incoming / "iris")
    (watched.files.folders.incoming / "iris" / "more.csv").write_bytes(csv_file(1))
    await eventually(lambda: "iris/more.csv" in watched.names("bad_data"))


async def test_a_file_is_left_alone_while_it_is_written(doors: Doors, settings: IngestionSettings) -> None:
    content = numbered_csv(200)
    path = doors.files.folders.incoming / "slow.csv"
    async with watching(doors.files, settings.model_copy(update={"watch": Watch.POLLING})):
        with path.open("wb") as file:
            for start in range(0, len(content), 1_000):
                file.write(content[start : start + 1_000])
                file.flush()
                await asyncio.sleep(0.06)
                assert path.exists()
        await eventually(lambda: doors.names(GOOD) == {"equipment_failure/slow.csv"})
    assert rows_in(doors, "slow.csv") == 200


async def test_a_writer_that_pauses_is_waited_for(watched: Doors) -> None:
    head, rows = numbered_csv(10).split(b"\n", 1)
    path = watched.files.folders.incoming / "pausing.csv"
    half = rows.index(b"\n", len(rows) // 2) + 1
    with path.open("wb") as file:
        for piece in (head + b"\n" + rows[:half], rows[half:]):
            file.write(piece)
            file.flush()
            await asyncio.sleep(0.8)  # many times what a file without a writer has to be still for
            assert path.exists()
    await eventually(lambda: watched.names(GOOD) == {"equipment_failure/pausing.csv"})
    assert rows_in(watched, "pausing.csv") == 10


async def test_a_file_moved_in_while_it_is_written_is_waited_for(watched: Doors, tmp_path: Path) -> None:
    outside, inside = tmp_path / "early.csv", watched.files.folders.incoming / "early.csv"
    content = numbered_csv(10)
    with outside.open("wb") as file:
        file.write(content[: content.index(b"\n", 300) + 1])
        file.flush()
        outside.rename(inside)
        await asyncio.sleep(0.8)
        assert inside.exists()
        file.write(content[content.index(b"\n", 300) + 1 :])
    await eventually(lambda: watched.names(GOOD) == {"equipment_failure/early.csv"})
    assert rows_in(watched, "early.csv") == 10


async def test_a_file_open_at_the_start_is_waited_for(doors: Doors, settings: IngestionSettings) -> None:
    path = doors.arrive(csv_file(5), "open.csv")
    with path.open("ab"):
        async with watching(doors.files, settings):
            await asyncio.sleep(1)  # several scans
            assert path.exists()


async def test_what_arrived_before_the_start_is_taken(doors: Doors, settings: IngestionSettings) -> None:
    doors.arrive(csv_file(5), "early.csv")
    (doors.files.folders.incoming / "at the top.csv").write_bytes(csv_file(6))
    async with watching(doors.files, settings):
        await eventually(lambda: len(doors.names(GOOD)) == 2)


async def test_what_a_dead_process_left_is_resumed(doors: Doors, settings: IngestionSettings) -> None:
    left = claim(doors.files.folders, doors.arrive(csv_file(5), "left.csv"), "equipment_failure")
    assert left is not None
    async with watching(doors.files, settings):
        await asyncio.sleep(0.5)
        assert doors.names(GOOD) == set(), "its process lives"
        with left:
            pass
        await eventually(lambda: doors.names(GOOD) == {"equipment_failure/left.csv"})
    assert doors.names("processing") == set()


async def test_a_file_that_fails_again_and_again_is_refused(
    doors: Doors, settings: IngestionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = 0

    async def fail(*_: object, **__: object) -> None:
        nonlocal attempts
        attempts += 1
        raise ArithmeticError("nobody foresaw this")

    monkeypatch.setattr("ingestion.batches.ingest.BatchIngestor.send_rows", fail)
    async with watching(doors.files, settings):
        doors.arrive(csv_file(5), "cursed.csv")
        await eventually(lambda: "equipment_failure/cursed.csv" in doors.names("bad_data"))
    assert attempts == MAX_FAILURES
    why = doors.data / "bad_data/equipment_failure/cursed.csv.why.txt"
    assert "ArithmeticError: nobody foresaw this" in why.read_text()


async def test_files_of_one_name_are_given_up_each_for_itself(
    doors: Doors, settings: IngestionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: Counter[str] = Counter()
    send_rows = BatchIngestor.send_rows

    async def fail_at_first(*given: Any, **named: Any) -> IngestedBatch:
        use_case = given[1].name
        if failures[use_case] < MAX_FAILURES - 1:
            failures[use_case] += 1
            raise ArithmeticError("nobody foresaw this")
        return await send_rows(*given, **named)

    monkeypatch.setattr("ingestion.batches.ingest.BatchIngestor.send_rows", fail_at_first)
    async with watching(doors.files, settings):
        doors.arrive(csv_file(5), "namesake.csv")
        doors.arrive(IRIS, "namesake.csv", "iris")
        await eventually(lambda: doors.names(GOOD) == {"equipment_failure/namesake.csv", "iris/namesake.csv"})
    assert set(failures.values()) == {MAX_FAILURES - 1}


async def test_files_of_a_scheduled_use_case_wait(doors: Doors, settings: IngestionSettings) -> None:
    scheduled = doors.catalog["equipment_failure"].model_copy(update={"mode": Mode.SCHEDULED})
    catalog = Catalog({"equipment_failure": scheduled, "iris": doors.catalog["iris"]}, {})
    async with watching(replace(doors.files, batches=replace(doors.files.batches, catalog=catalog)), settings):
        path = doors.arrive(csv_file(5), "waits.csv")
        await asyncio.sleep(0.8)
        assert path.exists()


def test_folders_are_made(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "new")
    folders.make(["iris"])
    folders.make(["iris"])
    assert (folders.incoming / "iris").is_dir()
