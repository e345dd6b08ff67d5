"""Files that somebody writes to after they were taken: told loudly, never put away as if they had been read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.batches.ingest import BatchIngestor, IngestedBatch
from ingestion.batches.plan import IncomingRows
from ingestion.files.ingest import ingest_file
from ingestion.files.outcomes import FileChangedError, FileFailedError, FileIngested, FileKnown, FileRefused
from ingestion.schedules.jobs import ingest_files
from ingestion.settings import IngestionSettings
from sql.ledger.batches import BatchState
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import GOOD_LINE, csv_file, numbered_csv


@pytest.fixture
def after_reading(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Path], object]], None]:
    """Have something done to the file that is being read, once its last row has been."""

    def then(do: Callable[[Path], object]) -> None:
        ingest = BatchIngestor.ingest

        async def with_harm(batches: BatchIngestor, incoming: IncomingRows) -> IngestedBatch:
            done = await ingest(batches, incoming)
            (path,) = doors.files.folders.processing.glob("*/*/*.csv")
            do(path)
            return done

        monkeypatch.setattr(BatchIngestor, "ingest", with_harm)

    return then


def append(path: Path) -> None:
    with path.open("a") as file:
        file.write(GOOD_LINE * 5)


async def test_a_file_that_grew_is_refused_and_its_rows_stay_accounted_for(
    doors: Doors, after_reading: Callable[[Callable[[Path], object]], None]
) -> None:
    after_reading(append)
    outcome = await doors.take_in(numbered_csv(5), "grew.csv")
    assert isinstance(outcome, FileRefused)
    await doors.record_all()
    ledger = doors.ledger(outcome)
    assert (ledger.state, ledger.rows_in, ledger.predicted) == (BatchState.REFUSED, 5, 5)
    assert "the file changed after it was taken" in (ledger.problem or "")
    assert doors.names("good_data") == set()
    assert doors.names("bad_data") == {"equipment_failure/grew.csv", "equipment_failure/grew.csv.why.txt"}
    why = (doors.data / "bad_data/equipment_failure/grew.csv.why.txt").read_text()
    assert f"{len(numbered_csv(5)):,} bytes" in why
    counted = doors.ingestion.metrics.files.labels("FileChanged")
    assert counted._value.get() == 1  # there is no other way to read it


async def test_other_bytes_of_the_same_number_and_time_are_seen(
    doors: Doors, after_reading: Callable[[Callable[[Path], object]], None]
) -> None:
    def exchange(path: Path) -> None:
        before = path.stat()
        path.write_bytes(path.read_bytes().replace(b"M-3", b"M-9"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    after_reading(exchange)
    assert isinstance(await doors.take_in(numbered_csv(5), "exchanged.csv"), FileRefused)


async def test_a_file_that_was_only_touched_is_good(
    doors: Doors, after_reading: Callable[[Callable[[Path], object]], None]
) -> None:
    after_reading(os.utime)
    assert isinstance(await doors.take_in(csv_file(5), "touched.csv"), FileIngested)


async def test_what_a_known_file_becomes_is_taken_for_itself(
    doors: Doors, after_reading: Callable[[Callable[[Path], object]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(await doors.take_in(numbered_csv(6), "again.csv"), FileIngested)
    after_reading(append)
    with pytest.raises(FileFailedError) as failed:
        await doors.take_in(numbered_csv(6), "again.csv")
    assert isinstance(failed.value.__cause__, FileChangedError)
    monkeypatch.undo()
    outcome = await ingest_file(doors.files, failed.value.path)
    assert isinstance(outcome, FileIngested)
    assert outcome.batch.rows_in == 11
    assert isinstance(await doors.take_in(numbered_csv(6), "again.csv"), FileKnown)


async def test_a_schedule_leaves_a_file_that_is_open_to_the_next_run(doors: Doors, settings: IngestionSettings) -> None:
    path = doors.arrive(csv_file(3), "open.csv")
    with path.open("a") as file:
        summary = await asyncio.to_thread(ingest_files, settings)
        assert (summary["files"], path.exists()) == (0, True)
        file.write(GOOD_LINE)
    assert (await asyncio.to_thread(ingest_files, settings))["rows"] == 4
