"""The first rows of a file, checked as every door checks them, before anything is done with the file."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from usecases.checking.chunk_check import CheckedChunk, check_chunk
from usecases.checking.reasons import Reason
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import NO_ROWS, FileBrokenError
from usecases.formats.format import Format
from usecases.formats.reading import column_names, preflight, read_chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """What a file brings.

    Attributes
    ----------
    problem
        Why it would be refused as a whole; None if its rows can be read.
    columns
        Its columns, as it names them.
    rows
        Number of rows that were checked.
    is_whole
        Whether there are no more rows than these.
    good
        Values of the good rows, under the names and with the types of the contract, by row number.
    bad
        Reasons by row number.
    """

    problem: str | None = None
    columns: Sequence[str] = ()
    rows: int = 0
    is_whole: bool = True
    good: dict[int, dict[str, Any]] = field(default_factory=dict)
    bad: dict[int, list[Reason]] = field(default_factory=dict)


def check_file(use_case: UseCase, path: Path, found: Format, most_rows: int) -> CheckedFile:
    """Check all bytes of a file and its first rows."""
    with path.open("rb", buffering=0) as file:
        looked = preflight(file, found)
    if looked.problem is not None:
        return CheckedFile(problem=looked.problem)
    columns: list[str] = []
    try:
        columns = column_names(path, found)
        checked, is_whole = _first_rows(use_case, path, found, most_rows)
    except (TableRefusedError, FileBrokenError) as error:
        return CheckedFile(problem=str(error), columns=columns)
    good = dict(zip(checked.good_numbers.tolist(), checked.good.to_pylist(), strict=True))
    return CheckedFile(columns=columns, rows=checked.rows, is_whole=is_whole, good=good, bad=checked.bad)


def _first_rows(use_case: UseCase, path: Path, found: Format, most_rows: int) -> tuple[CheckedChunk, bool]:
    with contextlib.closing(read_chunks(use_case, path, found, most_rows)) as chunks:
        first = next(chunks, None)
        if first is None:
            raise FileBrokenError(NO_ROWS)
        return check_chunk(use_case, first), next(chunks, None) is None
