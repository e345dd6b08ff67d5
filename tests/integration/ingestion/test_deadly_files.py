"""Files that end the process that reads them: refused the third time, whatever restarts, and no other with them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.files.arrivals import arrived_files
from ingestion.files.ingest import ingest_file
from ingestion.files.orphans import orphans
from ingestion.files.outcomes import FileIngested, FileRefused
from ingestion.schedules.jobs import ingest_files
from ingestion.settings import IngestionSettings
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import numbered_csv

DEADLY = """
import os, sys
import ingestion.files.ingest as files
import ingestion.batches.ingest as batches
from ingestion.schedules import ingest_files
look, record = files.look_at, batches.record_chunk

def die_looking(claimed):
    if claimed.name.startswith("deadly"):
        os._exit(9)
    return look(claimed)

def die_recording(engine, batch, chunk):
    if batch.name.startswith("late") and chunk.rows_before >= int(sys.argv[1]):
        os._exit(9)
    return record(engine, batch, chunk)

async def die_sending(window, message):
    if message.headers["part_number"] == sys.argv[2]:
        os._exit(9)
    await send(window, message)

send = batches.ConfirmWindow.publish
files.look_at, batches.record_chunk, batches.ConfirmWindow.publish = die_looking, die_recording, die_sending
ingest_files()
"""
"""A run of a schedule that a file ends, as one does that takes more memory than there is."""


def die(settings: IngestionSettings, row: int = 0, part: int | None = None) -> None:
    """Have a process ingest what there is, that ends when it reads a row or sends a part."""
    environment = {
        "SMARTPREDICT_DATABASE_URL": settings.database_url.get_secret_value(),
        "SMARTPREDICT_BROKER_URL": settings.broker_url.get_secret_value(),
        "SMARTPREDICT_DATA": str(settings.data),
        "SMARTPREDICT_PART_ROWS": str(settings.part_rows),
        "SMARTPREDICT_FILES_AT_ONCE": "2",
        "SMARTPREDICT_SETTLE_SECONDS": "PT0.1S",
    }
    done = subprocess.run(
        [sys.executable, "-c", DEADLY, str(row), str(part)],
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 9, done.stdout + done.stderr


async def test_what_ends_ingestion_twice_is_refused_the_third_time_and_nothing_else_is(
    doors: Doors, settings: IngestionSettings
) -> None:
    doors.arrive(numbered_csv(30), "deadly.csv")
    doors.arrive(numbered_csv(40), "innocent.csv")
    for _ in range(2):
        await asyncio.to_thread(die, settings)
    summary = await asyncio.to_thread(ingest_files, settings)
    assert [refused["name"] for refused in summary["refused"]] == ["deadly.csv"]
    assert "ended 2 times while it read this file" in summary["refused"][0]["problem"]
    names = doors.names("good_data") | doors.names("bad_data")
    assert {Path(name).name for name in names} == {"innocent.csv", "deadly.csv", "deadly.csv.why.txt"}
    assert doors.names("processing") == set()


async def test_a_file_that_is_read_further_is_tried_again_and_the_rows_before_the_deadly_one_count(
    doors: Doors, settings: IngestionSettings
) -> None:
    doors.arrive(numbered_csv(800), "late.csv")
    for row in (100, 200, 200):
        await asyncio.to_thread(die, settings, row)
    (left,) = orphans(doors.files.folders)
    outcome = await ingest_file(doors.files, left)
    assert isinstance(outcome, FileRefused)
    assert "ended 2 times while it read this file, the last time behind row 200" in (outcome.batch.problem or "")
    await doors.record_all()
    assert doors.ledger(outcome).predicted == 200


async def test_parts_of_it_that_were_planned_and_not_sent_are_sent(doors: Doors, settings: IngestionSettings) -> None:
    doors.arrive(numbered_csv(800), "unsent.csv")
    for _ in range(2):
        await asyncio.to_thread(die, settings, 800, 7)
    (left,) = orphans(doors.files.folders)
    outcome = await ingest_file(doors.files, left)
    assert isinstance(outcome, FileRefused)
    await doors.record_all()
    assert (doors.ledger(outcome).predicted, doors.ledger(outcome).pending) == (100, 0)


async def test_what_ends_ingestion_when_the_rest_is_sent_is_refused_all_the_same(
    doors: Doors, settings: IngestionSettings
) -> None:
    doors.arrive(numbered_csv(800), "never-sent.csv")
    for _ in range(3):
        await asyncio.to_thread(die, settings, 800, 7)
    (left,) = orphans(doors.files.folders)
    outcome = await ingest_file(doors.files, left)
    assert isinstance(outcome, FileRefused)
    await doors.record_all()
    assert doors.ledger(outcome).is_balanced
    assert doors.ledger(outcome).pending, "what was not sent is pending, and the audit tells of it"


async def test_a_restart_is_no_try(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    async def told_to_end(*_: object) -> None:
        raise asyncio.CancelledError

    path = doors.arrive(numbered_csv(20), "restarted.csv")
    with monkeypatch.context() as patched:
        patched.setattr("ingestion.batches.ingest.BatchIngestor.ingest", told_to_end)
        for _ in range(5):
            with pytest.raises(asyncio.CancelledError):
                await ingest_file(doors.files, path)
            (path,) = orphans(doors.files.folders)
    assert isinstance(await ingest_file(doors.files, path), FileIngested)
    assert list(arrived_files(doors.files.folders)) == []
