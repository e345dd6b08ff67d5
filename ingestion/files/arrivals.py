"""Finding files that have arrived, and telling when one is complete: nobody writes to it any more."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from ingestion.files.claims import Fingerprint, Folders
from usecases.contract.catalog import Catalog
from usecases.contract.spec import Mode

_HALF_WRITTEN = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")


def is_half_written(name: str) -> bool:
    """Return whether a name says that somebody is still writing.

    >>> is_half_written("rows.csv.part"), is_half_written(".rows.csv"), is_half_written("rows.csv")
    (True, True, False)
    """
    return name.startswith(".") or name.lower().endswith(_HALF_WRITTEN)


def is_being_written(path: Path) -> bool | None:
    """Ask the system whether a process, whoever's and in whatever container, has a file open for writing.

    Returns
    -------
    bool or None
        None where the system does not tell: the file belongs to another account, or lies on a network mount.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # gone, a link, or not to be read: nothing to wait for, and claiming it says which
        return False
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        # A read lease is granted only while nobody has the file open for writing. Whoever opens it meanwhile waits until
        # it is given back, and we are sent a signal, which would end the process were it not one that is ignored.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return True if error.errno == errno.EAGAIN else None
    finally:
        os.close(descriptor)
    return False


def arrived_files(folders: Folders) -> Iterator[Path]:
    """Find what lies where files arrive, oldest first; what is being written by its name is left out."""
    found = [
        path
        for pattern in ("*", "*/*")
        for path in folders.incoming.glob(pattern)
        if not is_half_written(path.name) and (path.is_symlink() or not path.is_dir())
    ]
    yield from sorted(found, key=_age)


def folders_too_deep(folders: Folders) -> Iterator[Path]:
    """Find folders within those of the use cases: nothing in them is read."""
    yield from (path for path in folders.incoming.glob("*/*") if path.is_dir() and not path.is_symlink())


def waits_for_schedule(catalog: Catalog, folders: Folders, path: Path) -> bool:
    """Return whether a file is for a use case that is predicted when a schedule says so."""
    use_case = catalog.get(folders.use_case_of(path) or "")
    return use_case is not None and use_case.mode is Mode.SCHEDULED


class _Seen(NamedTuple):
    """How a file was found, and since when it is so, by the clock that nobody sets."""

    fingerprint: Fingerprint
    since: float


@dataclass(slots=True)
class Settling:
    """Files nobody said were complete: each is once it stays as it is between two looks and nobody has it open.

    Attributes
    ----------
    unseen
        How long a file has to stay as it is where the system does not tell whether somebody has it open.
    """

    unseen: timedelta
    _seen: dict[Path, _Seen | None] = field(default_factory=dict)

    def add(self, path: Path) -> None:
        """Add a file to look at from now on."""
        self._seen.setdefault(path, None)

    @property
    def holds_any(self) -> bool:
        """Whether there is a file left to look at."""
        return bool(self._seen)

    def forget(self, path: Path) -> None:
        """Remove a file that need not be looked at any more."""
        self._seen.pop(path, None)

    def look(self) -> list[Path]:
        """Return those that are complete; the others stay."""
        settled = []
        for path, before in list(self._seen.items()):
            now = fingerprint(path)
            if now is None:
                del self._seen[path]
            elif before is None or now != before.fingerprint:
                self._seen[path] = _Seen(now, time.monotonic())
            elif self._is_complete(path, before):
                del self._seen[path]
                settled.append(path)
        return settled

    def _is_complete(self, path: Path, seen: _Seen) -> bool:
        is_open = is_being_written(path)
        if is_open is not None:
            return not is_open
        # A file that was moved in keeps the time of its last change: it may have been still for long.
        still = max(time.monotonic() - seen.since, time.time() - seen.fingerprint.modified_ns / 1e9)
        return still >= self.unseen.total_seconds()


def fingerprint(path: Path) -> Fingerprint | None:
    """Return what changes where somebody writes to a file; None if there is no such file."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return Fingerprint.of(found)


def _age(path: Path) -> int:
    found = fingerprint(path)
    return 0 if found is None else found.modified_ns
