"""A disk that is full is told, in the log and to whoever looks after health, and work goes on once there is room."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from ingestion.batches import ingest as retry
from ingestion.batches.ingest import DISK
from ingestion.files.ingest import ingest_file
from ingestion.files.outcomes import FileIngested
from ingestion.files.putting_away import put_away
from ingestion.schedules.jobs import ingest_files
from ingestion.schedules.run import ServersAwayError
from ingestion.settings import IngestionSettings
from sql.base.engine import is_database_away, is_disk_full
from tests.integration.ingestion.conftest import Doors
from tests.integration.ingestion.test_watching import eventually
from tests.support.ingestion.readings import csv_file

_NO_ROOM = """
create function smartpredict.no_room() returns trigger language plpgsql as $$
begin
    raise exception 'could not extend file "base/1/2": No space left on device' using errcode = '53100';
end $$
"""


@contextmanager
def full(engine: Engine) -> Iterator[None]:
    """Have the server answer as it does where it cannot make a file larger."""
    with engine.begin() as connection:
        connection.execute(text(_NO_ROOM))
        connection.execute(
            text("create trigger no_room before insert on smartpredict.batches execute function smartpredict.no_room()")
        )
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(text("drop function smartpredict.no_room cascade"))


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "DISK_PAUSE_SECONDS", 0.2)


def test_the_two_are_never_both(engine: Engine) -> None:
    with full(engine), pytest.raises(DBAPIError) as caught, engine.begin() as connection:
        connection.execute(text("insert into smartpredict.batches default values"))
    assert is_disk_full(caught.value)
    assert not is_database_away(caught.value)


async def test_rows_wait_for_room_on_the_disk_of_the_database(
    doors: Doors, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with full(engine):
        taking = asyncio.create_task(doors.take_in(csv_file(5), "waits.csv"))
        await eventually(lambda: DISK.is_full)
        assert not taking.done()
    assert isinstance(await taking, FileIngested)
    assert not DISK.is_full
    told = capsys.readouterr().out
    assert "A disk is full, make room" in told
    assert "Database is away" not in told


async def test_a_schedule_says_what_it_waited_for(doors: Doors, settings: IngestionSettings, engine: Engine) -> None:
    doors.arrive(csv_file(5), "scheduled.csv")
    impatient = settings.model_copy(update={"server_seconds": timedelta(seconds=1)})
    with full(engine), pytest.raises(ServersAwayError, match=r"A disk, .* has been full for 1 s. Nothing is lost"):
        await asyncio.to_thread(ingest_files, impatient)
    assert (await asyncio.to_thread(ingest_files, settings))["rows"] == 5


async def test_a_file_is_put_away_once_there_is_room_for_what_belongs_beside_it(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def fail_at_first(*given: object) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        put_away(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("ingestion.files.ingest.put_away", fail_at_first)
    path: Path = doors.arrive(csv_file(5, bad=1), "beside.csv")
    assert isinstance(await ingest_file(doors.files, path), FileIngested)
    assert doors.names("good_data") == {"equipment_failure/beside.csv"}
