"""Which files have arrived, and whether they are complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.folders import Folders, is_half_written
from usecases.catalog import Catalog
from usecases.spec import Mode

Fingerprint = tuple[int, int]


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
    """Tell whether a file is for a use case that is predicted when a schedule says so."""
    use_case = catalog.get(folders.use_case_of(path) or "")
    return use_case is not None and use_case.mode is Mode.SCHEDULED


@dataclass(slots=True)
class Settling:
    """Files nobody said were complete: each is taken to be once it stays as it is between two looks."""

    _seen: dict[Path, Fingerprint | None] = field(default_factory=dict)

    def add(self, path: Path) -> None:
        """Look at this file from now on."""
        self._seen.setdefault(path, None)

    @property
    def holds_any(self) -> bool:
        """Whether there is a file left to look at."""
        return bool(self._seen)

    def forget(self, path: Path) -> None:
        """Look at it no more."""
        self._seen.pop(path, None)

    def look(self) -> list[Path]:
        """Look at all of them; gives those that did not change since the last look."""
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
    """Take size and time of the last change; None if there is no such file."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _age(path: Path) -> int:
    found = fingerprint(path)
    return 0 if found is None else found[1]
