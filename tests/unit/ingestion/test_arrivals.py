"""What has arrived, and when it is complete: nobody writes to it any more."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from ingestion.files import arrivals
from ingestion.files.arrivals import Settling, arrived_files, folders_too_deep, is_being_written
from ingestion.files.claims import Folders
from tests.support.ingestion.arriving import USE_CASE, arrive

PATIENCE = timedelta(seconds=0.3)


def test_only_complete_files_in_their_places_have_arrived(folders: Folders) -> None:
    for name in ("rows.csv", ".hidden.csv", "rows.csv.tmp", "rows.csv.part", "rows.csv~", "rows.csv.PART"):
        arrive(folders, name)
    (folders.incoming / "default.csv").write_text("rows")
    deep = folders.incoming / USE_CASE / "deep"
    deep.mkdir()
    (deep / "rows.csv").write_text("rows")
    assert {path.name for path in arrived_files(folders)} == {"rows.csv", "default.csv"}
    assert list(folders_too_deep(folders)) == [deep]


def test_a_file_settles_once_it_stays_as_it_is(folders: Folders) -> None:
    path = arrive(folders)
    settling = Settling(PATIENCE)
    settling.add(path)
    assert settling.look() == []
    path.write_text("more rows")
    assert settling.look() == []
    assert settling.look() == [path]
    assert settling.look() == []


def test_a_file_that_goes_is_forgotten(folders: Folders) -> None:
    path = arrive(folders)
    settling = Settling(PATIENCE)
    settling.add(path)
    path.unlink()
    assert settling.look() == []


def test_a_file_that_is_open_for_writing_does_not_settle_however_still_it_is(folders: Folders) -> None:
    settling = Settling(PATIENCE)
    path = arrive(folders)
    with path.open("a"):
        settling.add(path)
        assert [settling.look() for _ in range(5)] == [[]] * 5
    assert settling.look() == [path]


def test_a_file_that_is_only_read_settles(folders: Folders) -> None:
    settling = Settling(PATIENCE)
    path = arrive(folders)
    with path.open():
        settling.add(path)
        settling.look()
        assert settling.look() == [path]


def test_who_writes_is_seen_as_long_as_they_do(folders: Folders) -> None:
    path = arrive(folders)
    with path.open("r+b"), path.open("ab"):
        assert is_being_written(path) is True
    assert is_being_written(path) is False


def test_what_cannot_be_written_is_not_waited_for(folders: Folders, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    link = tmp_path / "link.csv"
    link.symlink_to(arrive(folders))
    assert [is_being_written(path) for path in (pipe, link, tmp_path, tmp_path / "gone.csv")] == [False] * 4


def test_where_a_writer_would_not_be_seen_a_file_has_to_be_still_for_longer(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "is_being_written", lambda _: None)
    path = arrive(folders)
    settling = Settling(PATIENCE)
    settling.add(path)
    began = time.monotonic()
    while not (settled := settling.look()):
        time.sleep(0.02)
    assert settled == [path]
    assert time.monotonic() - began >= PATIENCE.total_seconds() - 0.05


def test_a_file_that_was_moved_in_long_after_its_last_change_is_not_waited_for(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "is_being_written", lambda _: None)
    path = arrive(folders)
    os.utime(path, (time.time() - 60, time.time() - 60))
    settling = Settling(timedelta(seconds=30))
    settling.add(path)
    settling.look()
    assert settling.look() == [path]
