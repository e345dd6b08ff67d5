"""Which format a file is in, by its name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How rows are written."""

    CSV = "csv"
    PARQUET = "parquet"
    JSON_LINES = "jsonl"


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be read."""

    kind: Kind
    gzip: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it is made of characters."""
        return self.kind is not Kind.PARQUET


class UnknownFormatError(ValueError):
    """The name of the file does not end in a known format."""


_BY_ENDING = {
    ".csv": Format(Kind.CSV),
    ".csv.gz": Format(Kind.CSV, gzip=True),
    ".parquet": Format(Kind.PARQUET),
    ".jsonl": Format(Kind.JSON_LINES),
    ".jsonl.gz": Format(Kind.JSON_LINES, gzip=True),
    ".ndjson": Format(Kind.JSON_LINES),
    ".ndjson.gz": Format(Kind.JSON_LINES, gzip=True),
}


def format_of(name: str) -> Format:
    """Tell the format of a file from its name.

    Raises
    ------
    UnknownFormatError
        Naming the formats there are.

    Examples
    --------
    >>> format_of("Machines.CSV.GZ")
    Format(kind=<Kind.CSV: 'csv'>, gzip=True)
    """
    lowered = name.lower()
    for ending, found in _BY_ENDING.items():
        if lowered.endswith(ending):
            return found
    raise UnknownFormatError(f"{name!r} is in no known format; save it as one of {', '.join(_BY_ENDING)}")
