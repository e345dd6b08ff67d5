"""The file formats there are, and which one a file is in, by its name."""

from __future__ import annotations

from usecases.formats.chunks import FileBrokenError
from usecases.formats.delimited import CSV
from usecases.formats.format import Format
from usecases.formats.gzipped import ENDING, gzipped
from usecases.formats.json_lines import JSON_LINES
from usecases.formats.parquet import PARQUET

FORMATS: tuple[Format, ...] = (
    CSV,
    PARQUET,
    JSON_LINES,
)
"""A new format is a line here; it is then read at every door, in training, as labels and as repairs."""


class UnknownFormatError(FileBrokenError):
    """The name of the file does not end in a known format."""


def endings() -> tuple[str, ...]:
    """Return the endings of all files that can be read."""
    return tuple(ending for known in FORMATS for ending in _endings(known))


def _endings(known: Format) -> list[str]:
    packed = ("", ENDING) if known.may_be_packed else ("",)
    return [ending + more for ending in known.endings for more in packed]


def ending_of(name: str) -> str:
    """Return the part of a file name that tells its format.

    Raises
    ------
    UnknownFormatError
        Naming the endings there are.

    Examples
    --------
    >>> ending_of("Machines.CSV.GZ")
    '.csv.gz'
    """
    lowered = name.lower()
    found = next((ending for ending in endings() if lowered.endswith(ending)), None)
    if found is None:
        raise UnknownFormatError(f"{name!r} is in no known format; save it as one of {', '.join(endings())}")
    return found


def format_of(name: str) -> Format:
    """Return the format of a file by its name.

    Raises
    ------
    UnknownFormatError
        Naming the endings there are.

    Examples
    --------
    >>> format_of("Machines.CSV.GZ").name
    'CSV, gzipped'
    """
    ending = ending_of(name)
    plain = next(known for known in FORMATS if ending.removesuffix(ENDING) in known.endings)
    return gzipped(plain) if ending.endswith(ENDING) else plain


def formats_table() -> str:
    """Write the table of formats that the documentation shows."""
    lines = ["| format | files | how rows are written |", "|---|---|---|"]
    for known in FORMATS:
        files = ", ".join(f"`{ending}`" for ending in _endings(known))
        lines.append(f"| {known.name} | {files} | {known.description} |")
    return "\n".join(lines) + "\n"
