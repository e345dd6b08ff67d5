"""Where servers can live when another user runs them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from local_stack.machine import server_folders
from local_stack.machine.folders import Folders


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    # pytest's own folders are closed to others; everything asked about here lies below this one.
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    return folder


def entering(folder: Path, top: Path) -> bool:
    """Whether others may enter the folders between the two, whatever lies above."""
    return all(path.stat().st_mode & 0o001 for path in folder.parents if path.is_relative_to(top))


def test_we_reach_everything_ourselves(tmp_path: Path) -> None:
    assert server_folders.is_reachable(tmp_path / "closed" / "data", None)


def test_another_user_cannot_pass_a_closed_folder(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    inside = closed / "checkout" / "postgres"
    inside.mkdir(parents=True)
    assert not entering(inside, open_folder)
    assert not server_folders.is_reachable(inside, "nobody")


def test_the_root_of_the_file_system_is_reachable() -> None:
    assert server_folders.is_reachable(Path("/anything"), "nobody")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands folders to another user")
def test_a_folder_below_a_closed_one_gets_a_stand_in(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(server_folders, "SHARED_FOLDER", open_folder / "shared")
    folder = server_folders.reachable_folder(closed / "postgres", "nobody")
    assert folder.is_relative_to(open_folder / "shared")
    assert folder == server_folders.reachable_folder(closed / "postgres", "nobody")
    assert folder != server_folders.reachable_folder(closed / "other" / "postgres", "nobody")
    assert folder.owner() == "nobody"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert entering(folder, open_folder)
    server_folders.delete_folder(folder)
    assert not folder.parent.exists()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    short, long = Folders(Path("/srv/stack")), Folders(tmp_path / ("deep" * 30))
    assert short.socket == Path("/srv/stack/run/supervisor.sock")
    assert len(os.fsencode(long.socket)) < 100
    assert long.socket != Folders(tmp_path / ("deeper" * 30)).socket


def test_the_home_can_be_passed_and_its_folders_not_entered(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "home")
    folders.make()
    assert folders.home.stat().st_mode & 0o777 == 0o711
    assert {path.stat().st_mode & 0o077 for path in folders.home.iterdir()} == {0}
