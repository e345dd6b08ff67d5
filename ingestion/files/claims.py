"""The folders of files, and claiming a file in them so that nobody else takes it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from usecases.contract.catalog import DEFAULT_USE_CASE

_TRIES = "tries"
"""File in the folder of a claim that counts them."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where files arrive, are worked on, and end.

    Attributes
    ----------
    data
        The folder that holds all of them; one disk, so that a rename moves a file at once.
    """

    data: Path

    @property
    def incoming(self) -> Path:
        """Files arrive here, in a folder named after their use case, or directly for the default one."""
        return self.data / "incoming"

    @property
    def processing(self) -> Path:
        """Files that are being worked on: ``<claim>/<use case>/<name>``."""
        return self.data / "processing"

    def new_claim(self) -> Path:
        """Name a folder below it that nobody has."""
        return self.processing / uuid.uuid4().hex

    @property
    def good(self) -> Path:
        """Files that were read."""
        return self.data / "good_data"

    @property
    def bad(self) -> Path:
        """Files that were refused, and the bad rows of the others."""
        return self.data / "bad_data"

    def make(self, use_cases: list[str]) -> None:
        """Create what is missing."""
        for folder in (self.incoming, self.good, self.bad):
            for name in use_cases:
                (folder / name).mkdir(parents=True, exist_ok=True)
        self.processing.mkdir(parents=True, exist_ok=True)

    def use_case_of(self, path: Path) -> str | None:
        """Return what use case a file is for, from where it arrived; None if it did not arrive in a place for files."""
        try:
            place = path.relative_to(self.incoming).parts
        except ValueError:
            return None
        match place:
            case (_,):
                return DEFAULT_USE_CASE
            case (use_case, _):
                return use_case
            case _:
                return None


def display_name(name: str) -> str:
    """Make a name of any bytes printable and storable."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class Fingerprint(NamedTuple):
    """Size and times of a file: other ones mean that somebody may have written to it."""

    size: int
    modified_ns: int
    changed_ns: int
    """By the clock of the system, which no writer sets back."""

    @classmethod
    def of(cls, found: os.stat_result) -> Self:
        """Read what the system says of a file."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class Tries(NamedTuple):
    """How often a file was tried."""

    unended: int = 0
    """Tries that nobody has ended: one that runs, and those that ended with their process."""
    failed: int = 0
    """Tries that ended with an error."""
    rows: int = 0
    """Rows that were read when this was last written down."""


class NotAFileError(Exception):
    """There is something that cannot be opened as a file; a link is not followed."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that belongs to this process until the claim ends.

    The lock goes with the process, whatever happens to it: then the file is an orphan, and the next scan finds it.
    """

    path: Path
    use_case: str
    _descriptor: int

    @property
    def tries(self) -> Tries:
        """What is written down beside the file: it outlives the process, also one that the file has killed."""
        try:
            return Tries(*map(int, self._tries_file.read_text(encoding="ascii").split()))
        except (OSError, ValueError, TypeError):  # none, or half of it
            return Tries()

    def note_tries(self, tries: Tries) -> None:
        """Write down how often the file was tried; a disk that is full keeps no file from being read."""
        with contextlib.suppress(OSError):
            self._tries_file.write_text(" ".join(map(str, tries)), encoding="ascii")

    @property
    def folder(self) -> Path:
        """The folder of the claim: that of this file alone, or of all small ones that were claimed together."""
        return self.path.parent.parent

    @property
    def _tries_file(self) -> Path:
        return self.folder / _TRIES

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    @property
    def name(self) -> str:
        """Name of the file, printable."""
        return display_name(self.path.name)

    def fingerprint(self) -> Fingerprint:
        """Return what changes where somebody still writes."""
        return Fingerprint.of(os.fstat(self._descriptor))

    def move_to(self, place: Path) -> None:
        """Move the file there; the claim keeps nothing of it."""
        place.parent.mkdir(parents=True, exist_ok=True)
        self.path.rename(place)
        with contextlib.suppress(OSError):
            self.path.parent.rmdir()  # at once, where other files are left in it
            remove_folder(self.folder)


def set_apart(folders: Folders, claimed: Claim, tries: Tries) -> Claim:
    """Move a claimed file into a folder of its own, so that its tries are those of no other; the claim given is void."""
    target = folders.new_claim() / claimed.use_case / claimed.path.name
    apart = replace(claimed, path=target)
    target.parent.mkdir(parents=True)
    apart.note_tries(tries)
    claimed.move_to(target)
    return apart


def claim(folders: Folders, path: Path, use_case: str, folder: Path | None = None) -> Claim | None:
    """Claim an arrived file; None if it has gone or somebody else has it.

    The folder, if one is given, is shared with other claims; not where it holds a file of that name.

    Raises
    ------
    NotAFileError
        If it is a link, a folder or a device.
    """
    descriptor = _lock(path)
    if descriptor is None:
        return None
    target = (folder or folders.new_claim()) / use_case / path.name
    if folder is not None and os.path.lexists(target):
        target = folders.new_claim() / use_case / path.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Locked before it is moved: so a scan for orphans never sees it free.
        path.rename(target)
        if not _is_same(descriptor, target):
            # Replaced between the two steps; what was moved is an orphan without a lock, for the next scan.
            os.close(descriptor)
            return claim_orphan(folders, target)
    except FileNotFoundError:
        _forget(descriptor, target)
        return None
    except BaseException:
        _forget(descriptor, target)
        raise
    return Claim(target, use_case, descriptor)


def claim_copy(folders: Folders, path: Path, use_case: str) -> Claim:
    """Copy and claim a file that lies elsewhere; the original stays.

    Raises
    ------
    NotAFileError
        If it is no file.
    """
    if not path.is_file():
        raise NotAFileError(f"{path} is no file; give the path of one")
    target = folders.new_claim() / use_case / path.name
    target.parent.mkdir(parents=True)
    partial = target.with_name(f".{path.name[:200]}.part")
    shutil.copyfile(path, partial)
    descriptor = _lock(partial)
    assert descriptor is not None  # noqa: S101  # nobody else knows the name
    partial.rename(target)
    return Claim(target, use_case, descriptor)


def remove_folder(folder: Path) -> None:
    """Remove the folder of claims, unless there is a file in it."""
    for inner in folder.glob("*/"):
        inner.rmdir()
    (folder / _TRIES).unlink(missing_ok=True)
    folder.rmdir()


def claim_orphan(folders: Folders, path: Path) -> Claim | None:
    """Claim a file that somebody left; None if it is being worked on."""
    descriptor = _lock(path)
    if descriptor is None:
        return None
    if not _is_same(descriptor, path):
        os.close(descriptor)
        return None
    return Claim(path, path.relative_to(folders.processing).parts[1], descriptor)


def _lock(path: Path) -> int | None:
    """Open a file without following a link, and lock it."""
    try:
        # Without O_NONBLOCK a named pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise NotAFileError(f"{path.name} may not be read; give the account of ingestion the right to") from error
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise NotAFileError(f"{path.name} is a link or a device; put the file itself there") from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAFileError(f"{path.name} is no file; put a file there")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    mine = os.fstat(descriptor)
    return (mine.st_dev, mine.st_ino) == (found.st_dev, found.st_ino)


def _forget(descriptor: int, target: Path) -> None:
    os.close(descriptor)
    with contextlib.suppress(OSError):
        target.parent.rmdir()
        target.parent.parent.rmdir()
