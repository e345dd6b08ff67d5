"""The folders of files: where they arrive, which have arrived, whether they are complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from usecases.contract.catalog import DEFAULT_USE_CASE, Catalog
from usecases.contract.spec import Mode

_HALF_WRITTEN = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")

Fingerprint = tuple[int, int]


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


def is_half_written(name: str) -> bool:
    """Return whether a name says that somebody is still writing.

    >>> is_half_written("rows.csv.part"), is_half_written(".rows.csv"), is_half_written("rows.csv")
    (True, True, False)
    """
    return name.startswith(".") or name.lower().endswith(_HALF_WRITTEN)


def display_name(name: str) -> str:
    """Make a name of any bytes printable and storable."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


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


@dataclass(slots=True)
class Settling:
    """Files nobody said were complete: each is taken to be once it stays as it is between two looks."""

    _seen: dict[Path, Fingerprint | None] = field(default_factory=dict)

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
        """Return those that did not change since the last call."""
        settled = []
        for path, before in list(self._seen.items()):
            now = fingerprint(path)
            if now is None:
                del self._seen[path]
            elif now == before:
                del self._seen[path]
                settled.append(path)
            else:
                self._seen[path] = now
        return settled


def fingerprint(path: Path) -> Fingerprint | None:
    """Return size and time of the last change; None if there is no such file."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _age(path: Path) -> int:
    found = fingerprint(path)
    return 0 if found is None else found[1]
