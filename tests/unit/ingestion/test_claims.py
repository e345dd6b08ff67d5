"""A file is taken by one, resumed by one, and ends where people find it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingestion.files.claims import (
    Folders,
    NotAFileError,
    Tries,
    claim,
    claim_copy,
    claim_orphan,
    display_name,
)
from ingestion.files.orphans import orphans, resume
from ingestion.files.putting_away import resting_place, set_aside
from tests.support.ingestion.arriving import USE_CASE, arrive


def test_a_claimed_file_lies_in_processing_and_is_nobody_elses(folders: Folders) -> None:
    path = arrive(folders)
    taken = claim(folders, path, USE_CASE)
    assert taken is not None
    with taken:
        assert not path.exists()
        assert taken.path.read_text() == "rows"
        assert claim(folders, path, USE_CASE) is None
        (orphan,) = orphans(folders)
        assert claim_orphan(folders, orphan) is None


def test_a_file_whose_process_has_gone_is_taken_over_under_its_name(folders: Folders) -> None:
    taken = claim(folders, arrive(folders), USE_CASE)
    assert taken is not None
    with taken:
        pass
    (orphan,) = orphans(folders)
    resumed = claim_orphan(folders, orphan)
    assert resumed is not None
    with resumed:
        assert (resumed.name, resumed.use_case) == ("rows.csv", USE_CASE)


def test_files_of_one_name_end_beside_each_other(folders: Folders) -> None:
    for content in ("first", "second", "second"):
        taken = claim(folders, arrive(folders, "rows.csv.gz", content), USE_CASE)
        assert taken is not None
        with taken:
            taken.move_to(resting_place(taken, folders.good, content))
    ended = {path.name: path.read_text() for path in (folders.good / USE_CASE).iterdir()}
    assert ended == {"rows.csv.gz": "first", "rows.second.csv.gz": "second"}
    assert list(folders.processing.iterdir()) == []


def test_a_link_is_not_followed(folders: Folders, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    link = folders.incoming / USE_CASE / "rows.csv"
    link.symlink_to(secret)
    with pytest.raises(NotAFileError, match="link"):
        claim(folders, link, USE_CASE)
    moved = set_aside(folders, link, USE_CASE)
    assert moved.is_symlink()
    assert secret.read_text() == "secret"


def test_pipes_and_folders_are_no_files(folders: Folders) -> None:
    pipe = folders.incoming / USE_CASE / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(NotAFileError):
        claim(folders, pipe, USE_CASE)
    folder = folders.incoming / USE_CASE / "folder.csv"
    folder.mkdir()
    with pytest.raises(NotAFileError):
        claim(folders, folder, USE_CASE)


def test_a_copy_leaves_the_original(folders: Folders, tmp_path: Path) -> None:
    original = tmp_path / "mine.csv"
    original.write_text("rows")
    with claim_copy(folders, original, USE_CASE) as taken:
        assert taken.path.read_text() == "rows"
        assert taken.name == "mine.csv"
    assert original.exists()


def test_names_of_any_bytes_can_be_shown(folders: Folders) -> None:
    name = os.fsdecode(b"r\xffws.csv")
    taken = claim(folders, arrive(folders, name), USE_CASE)
    assert taken is not None
    with taken:
        assert taken.name == display_name(name) == "r\ufffdws.csv"


def test_the_folder_tells_the_use_case(folders: Folders) -> None:
    assert folders.use_case_of(folders.incoming / "iris" / "a.csv") == "iris"
    assert folders.use_case_of(folders.incoming / "a.csv") == "equipment_failure"
    assert folders.use_case_of(folders.incoming / "iris" / "deep" / "a.csv") is None
    assert folders.use_case_of(folders.good / "a.csv") is None


def test_tries_are_counted_where_the_next_process_finds_them(folders: Folders) -> None:
    taken = claim(folders, arrive(folders), USE_CASE)
    assert taken is not None
    with taken:
        assert taken.tries == Tries()
        taken.note_tries(Tries(unended=1, failed=2, rows=300))
    (orphan,) = orphans(folders)
    resumed = claim_orphan(folders, orphan)
    assert resumed is not None
    with resumed:
        assert resumed.tries == Tries(1, 2, 300)
        resumed.move_to(folders.good / USE_CASE / "rows.csv")
    assert list(folders.processing.iterdir()) == []


def test_a_count_that_was_cut_off_is_none(folders: Folders) -> None:
    taken = claim(folders, arrive(folders), USE_CASE)
    assert taken is not None
    with taken:
        for half in ("", "1 2", "many"):
            (taken.path.parent.parent / "tries").write_text(half)
            assert taken.tries in {Tries(), Tries(1, 2)}


def test_the_folder_of_a_claim_whose_file_has_gone_is_removed(folders: Folders) -> None:
    taken = claim(folders, arrive(folders), USE_CASE)
    assert taken is not None
    with taken:
        taken.note_tries(Tries(1))
        taken.path.unlink()
    left = taken.path.parent.parent
    os.utime(left, (0, 0))
    assert list(orphans(folders)) == []
    assert not left.exists()


def test_files_that_share_a_folder_leave_it_one_by_one(folders: Folders) -> None:
    shared = folders.new_claim()
    taken = [claim(folders, arrive(folders, name), USE_CASE, shared) for name in ("a.csv", "b.csv")]
    first, second = (one for one in taken if one is not None)
    with first, second:
        assert first.folder == second.folder == shared
        first.note_tries(Tries(1))
        first.move_to(folders.good / USE_CASE / "a.csv")
        assert second.tries == Tries(1)
        second.move_to(folders.good / USE_CASE / "b.csv")
    assert list(folders.processing.iterdir()) == []


def test_a_file_of_the_same_name_has_a_folder_of_its_own(folders: Folders) -> None:
    shared = folders.new_claim()
    first = claim(folders, arrive(folders, "a.csv", "1"), USE_CASE, shared)
    second = claim(folders, arrive(folders, "a.csv", "2"), USE_CASE, shared)
    assert first is not None
    assert second is not None
    with first, second:
        assert first.folder == shared != second.folder
        assert (first.path.read_text(), second.path.read_text()) == ("1", "2")


def test_files_that_were_read_together_are_tried_again_one_by_one(folders: Folders) -> None:
    shared = folders.new_claim()
    for name in ("a.csv", "b.csv", "c.csv"):
        taken = claim(folders, arrive(folders, name), USE_CASE, shared)
        assert taken is not None
        with taken:
            taken.note_tries(Tries(unended=1))
    resumed = [resume(folders, path) for path in orphans(folders)]
    claims = [one for one in resumed if one is not None]
    assert len({one.folder for one in claims}) == 3
    claims[0].note_tries(Tries(unended=2))
    assert [one.tries.unended for one in claims] == [2, 1, 1]
    for one in claims:
        with one:
            one.move_to(folders.good / USE_CASE / one.path.name)
    assert list(folders.processing.iterdir()) == []
