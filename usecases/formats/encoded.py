"""Texts in other encodings than UTF-8: which one a file seems to have, and its format with that one."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import pyarrow as pa

from usecases.formats.chunks import Chunk, FileBrokenError
from usecases.formats.delimited import CSV
from usecases.formats.format import Columns, Format, Opener
from usecases.formats.gzipped import ENDING, gzipped
from usecases.formats.reading import column_names, ending_of, format_of, preflight
from usecases.formats.zipped import zipped


class Encoding(StrEnum):
    """How the characters of a text are written as bytes, the likeliest first."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    CP1252 = "cp1252"

    @property
    def label(self) -> str:
        """What people and their programs call it."""
        return _TITLES[self]


_TITLES = {
    Encoding.UTF_8: "UTF-8",
    Encoding.UTF_16: "UTF-16 (Unicode text)",
    Encoding.CP1252: "Windows-1252 (ANSI, Western Europe)",
}

UNREADABLE = (FileBrokenError, pa.ArrowException, OSError, EOFError, UnicodeError)
"""What is raised where a file cannot be read in an encoding that it may not have."""

_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def format_in(name: str, encoding: Encoding) -> Format:
    """Return the format of a file by its name, with texts in an encoding; only a CSV file may have another than UTF-8.

    Raises
    ------
    usecases.formats.reading.UnknownFormatError
        If its name tells no format.

    Examples
    --------
    >>> format_in("rows.csv", Encoding.CP1252).name, format_in("rows.parquet", Encoding.CP1252).name
    ('CSV in cp1252', 'Parquet')
    """
    found = format_of(name)
    if encoding is Encoding.UTF_8:
        return found
    ending, plain = ending_of(name), _encoded(CSV, encoding)
    if ending == ".zip":
        return zipped((plain,))
    if ending.removesuffix(ENDING) not in CSV.endings:
        return found
    return gzipped(plain) if ending.endswith(ENDING) else plain


def encoding_of(path: Path, name: str) -> Encoding | None:
    """Return the encoding in which all of a file can be read as a table; none where it can in none."""
    return next((encoding for encoding in Encoding if _is_readable(path, format_in(name, encoding))), None)


def _is_readable(path: Path, found: Format) -> bool:
    with path.open("rb", buffering=0) as file:
        if preflight(file, found).problem is not None:
            return False
    try:
        column_names(path, found)
    except UNREADABLE:
        return False
    return True


def _encoded(plain: Format, encoding: Encoding) -> Format:
    """Return the format of files of a text format that are written in another encoding."""

    def check(blocks: Iterator[bytes]) -> None:
        plain.check(_decoded(blocks, encoding))

    def read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[Chunk]:
        return plain.read(lambda: pa.transcoding_input_stream(opened(), encoding, "utf-8"), columns, chunk_rows)

    return replace(plain, name=f"{plain.name} in {encoding}", check=check, read=read)


def _decoded(blocks: Iterator[bytes], encoding: Encoding) -> Iterator[bytes]:
    """Write a text in UTF-8, block by block.

    Raises
    ------
    FileBrokenError
        If it is written in another encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    is_first = True
    try:
        for block in blocks:
            # Without its mark a text of UTF-16 could be anything, and a text of one byte a character has no zeros.
            if (encoding is Encoding.UTF_16 and is_first and not block.startswith(_BYTE_ORDER_MARKS)) or (
                encoding is Encoding.CP1252 and b"\0" in block
            ):
                raise FileBrokenError(f"the text is not {encoding.label}; save the file as UTF-8")
            is_first = False
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise FileBrokenError(f"the text is not {encoding.label} ({error}); save the file as UTF-8") from error
