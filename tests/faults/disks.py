"""Small disks that can be filled: file systems in memory, mounted over a folder."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SmallDisk", "small_disk"]


@dataclass(frozen=True)
class SmallDisk:
    """A disk of its own below a folder."""

    folder: Path

    def fill(self) -> None:
        """Leave no byte free; filled again, what was given free meanwhile goes too."""
        with self._ballast.open("ab") as file, contextlib.suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, file.tell() + shutil.disk_usage(self.folder).free)
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def empty(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@contextlib.contextmanager
def small_disk(folder: Path, free_megabytes: int) -> Iterator[SmallDisk]:
    """Have a folder lie on a small disk while the block runs, with what is in it; nobody may use it at either end.

    Parameters
    ----------
    folder
        Where it is mounted.
    free_megabytes
        What it has room for beside what is in the folder.
    """
    assert os.geteuid() == 0, "mounting a disk takes root: run the tests of full disks as root"
    aside = folder.with_name(f"{folder.name}-aside")
    used = int(subprocess.run(["du", "-sm", folder], check=True, capture_output=True, text=True).stdout.split()[0])
    _copy(folder, aside)
    _run("mount", "-t", "tmpfs", "-o", f"size={used + free_megabytes}m", "tmpfs", folder)
    try:
        _copy(aside, folder)
        shutil.rmtree(aside)
        disk = SmallDisk(folder)
        try:
            yield disk
        finally:
            disk.empty()
            _copy(folder, aside)
    finally:
        _run("umount", folder)
    if aside.exists():
        for child in folder.iterdir():
            shutil.rmtree(child) if child.is_dir() else child.unlink()
        _copy(aside, folder)
        shutil.rmtree(aside)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder with owners and rights, those of the folder itself too."""
    target.mkdir(exist_ok=True)
    _run("cp", "-a", f"{source}/.", target)


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stderr}"
