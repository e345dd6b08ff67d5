"""What a file format is to everyone who reads rows from a file: one value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from usecases.formats.chunks import Chunk


class Noted(str):
    """What is told of a file although it is read all the same."""

    __slots__ = ()


def outcome_of(told: str) -> str:
    """Return what became of what is told of a file.

    >>> outcome_of("line 3 has 4 cells"), outcome_of(Noted("2 rows are hidden"))[:22]
    ('left out', 'read as the others are')
    """
    return (
        "read as the others are; save the visible ones alone if only these are meant"
        if isinstance(told, Noted)
        else "left out"
    )


Opener = Callable[[], pa.NativeFile]
"""Opens a file at its beginning, as often as a reader asks for."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a file are read, and what they are called from there on.

    Attributes
    ----------
    rename
        Returns the name of each column, None for one that is left out; raises where the columns do not fit.
    known
        Names that are expected; they help to recognize the delimiter.
    told
        Hears what of the file is read over, in words.
    may_be_nested
        Whether columns of lists and the like are read as they are; the file is refused otherwise.
    placed
        Hears where the next rows begin, for somebody who looks for them in the file: what to call a place (`line {}`),
        and the number of each. Formats that cannot tell say nothing.
    """

    rename: Callable[[Sequence[str]], list[str | None]]
    known: frozenset[str] = frozenset()
    told: Callable[[str], None] = lambda _: None
    may_be_nested: bool = False
    placed: Callable[[str, Sequence[int]], None] | None = None


class Read(Protocol):
    """Reads rows chunk by chunk, always the same chunks for the same file.

    Raises
    ------
    usecases.formats.chunks.FileBrokenError
        If the file cannot be read any further.
    """

    def __call__(self, opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[Chunk]:
        """Read at most `chunk_rows` rows at once, whatever the size of the file."""


Check = Callable[[Iterator[bytes]], None]
"""Looks at all bytes of a file before any row is read; raises FileBrokenError if it is cut off, damaged or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A file format. A new one is a file with such a value beside this one, and a line in the registry.

    Attributes
    ----------
    name, description
        What people call it, and how its rows are written, for the documentation.
    endings
        Endings of file names, with the dot, in small letters.
    media_type
        What HTTP calls it; none where a body of that type is something else than such a file.
    other_media_types
        What programs call it, too.
    check, read
        The pre-flight check, and the reader.
    has_types
        Whether its values have types. Where not, cells are texts and an empty one is a missing value.
    may_be_packed
        Whether a file may also be gzipped; not where the format packs by itself.
    """

    name: str
    description: str
    endings: tuple[str, ...]
    media_type: str | None
    check: Check
    read: Read
    has_types: bool
    may_be_packed: bool = True
    other_media_types: frozenset[str] = frozenset()

    def is_called(self, media_type: str) -> bool:
        """Return whether a body of this media type is such a file."""
        return media_type == self.media_type or media_type in self.other_media_types
