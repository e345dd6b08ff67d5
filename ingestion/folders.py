"""The folders of files, for people who look at folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from usecases.catalog import DEFAULT_USE_CASE

_HALF_WRITTEN = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")


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
        """Tell from where a file arrived what use case it is for; None if it did not arrive in a place for files."""
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
    """Tell whether a name says that somebody is still writing.

    >>> is_half_written("rows.csv.part"), is_half_written(".rows.csv"), is_half_written("rows.csv")
    (True, True, False)
    """
    return name.startswith(".") or name.lower().endswith(_HALF_WRITTEN)


def display_name(name: str) -> str:
    """Make a name of any bytes printable and storable."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
