"""The first rows of a file, checked as every door checks them, before anything is done with the file."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from usecases.checking.chunk_check import CheckedChunk, check_chunk
from usecases.checking.reasons import Reason
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import NO_ROWS, Chunk, FileBrokenError
from usecases.formats.encoded import Encoding, encoding_of, format_in
from usecases.formats.format import outcome_of
from usecases.formats.reading import column_names, preflight, read_chunks
from usecases.mappings.mapping import FileMapping
from usecases.mappings.reading import mapping_of, read_by
from usecases.mappings.suggesting import Suggestion, suggest


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
    raw
        The bad rows as they came, under the names of the contract, by row number.
    places
        Where the bad rows stand in the file, in words, by row number; empty where the reader of its format cannot tell.
    mapping
        The mapping it was read by, if there is one for its header.
    suggestion
        How it could be read otherwise, where there is none and it is not written as expected.
    told
        What of it is read over, or read although nobody may expect it, in words.
    """

    problem: str | None = None
    columns: Sequence[str] = ()
    rows: int = 0
    is_whole: bool = True
    good: dict[int, dict[str, Any]] = field(default_factory=dict)
    bad: dict[int, list[Reason]] = field(default_factory=dict)
    raw: dict[int, str] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    mapping: FileMapping | None = None
    suggestion: Suggestion | None = None
    told: Sequence[str] = ()


def check_file(
    use_case: UseCase, path: Path, name: str, most_rows: int, mappings: Sequence[FileMapping] = ()
) -> CheckedFile:
    """Check all bytes of a file and its first rows.

    Parameters
    ----------
    use_case
        The contract of its rows.
    path, name
        Where it lies, and what it is called, which tells its format.
    most_rows
        Rows that are checked.
    mappings
        Those in force for the use case.

    Raises
    ------
    usecases.formats.reading.UnknownFormatError
        If its name tells no format.
    """
    mapping = mapping_of(path, name, mappings)
    checked = _checked(use_case, path, name, most_rows, mapping)
    if mapping is not None:
        return replace(checked, mapping=mapping)
    return replace(checked, suggestion=suggest(use_case, path, name))


def _checked(use_case: UseCase, path: Path, name: str, most_rows: int, mapping: FileMapping | None) -> CheckedFile:
    found = format_in(name, Encoding.UTF_8 if mapping is None else mapping.encoding)
    with path.open("rb", buffering=0) as file:
        looked = preflight(file, found)
    if looked.problem is not None:
        return CheckedFile(problem=looked.problem, columns=_named_otherwise(path, name))
    columns: list[str] = []
    told: list[str] = []
    places: list[str] = []

    def note(place: str, numbers: Sequence[int]) -> None:
        places.extend(place.format(f"{number:,}") for number in numbers[: most_rows - len(places)])

    try:
        columns = column_names(path, found)
        chunks = (
            read_chunks(use_case, path, found, most_rows, told.append, note)
            if mapping is None
            else read_by(use_case, path, name, most_rows, mapping, note)
        )
        checked, is_whole = _first_rows(use_case, chunks)
    except (TableRefusedError, FileBrokenError) as error:
        return CheckedFile(problem=str(error), columns=columns, told=_in_words(told))
    good = dict(zip(checked.good_numbers.tolist(), checked.good.to_pylist(), strict=True))
    numbers = sorted(checked.bad)
    return CheckedFile(
        columns=columns,
        rows=checked.rows,
        is_whole=is_whole,
        good=good,
        bad=checked.bad,
        raw=dict(zip(numbers, checked.raw(numbers), strict=True)),
        places={number: places[number - 1] for number in numbers} if places else {},
        told=_in_words(told),
    )


def _in_words(told: Sequence[str]) -> list[str]:
    return [f"{text}; {outcome_of(text)}" for text in told]


def _named_otherwise(path: Path, name: str) -> Sequence[str]:
    """Return the columns of a file whose text is written in another encoding; none of one that cannot be read at all."""
    encoding = encoding_of(path, name)
    return () if encoding is None else column_names(path, format_in(name, encoding))


def _first_rows(use_case: UseCase, chunks: Generator[Chunk]) -> tuple[CheckedChunk, bool]:
    with contextlib.closing(chunks):
        first = next(chunks, None)
        if first is None:
            raise FileBrokenError(NO_ROWS)
        return check_chunk(use_case, first), next(chunks, None) is None
