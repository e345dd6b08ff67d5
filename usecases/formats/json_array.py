"""JSON: an array of objects, or one object a line under this ending."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from usecases.formats.chunks import BOM, Chunk, FileBrokenError, require_text
from usecases.formats.format import Columns, Format, Opener
from usecases.formats.json_lines import JSON_LINES, chunks_of_lines
from usecases.formats.json_text import JsonError, parse
from usecases.formats.limits import BLOCK_BYTES, LINE_BYTES

_BLANKS = re.compile(r"[ \t\r\n]*")
_LINE_END = re.compile(r"[ \t\r]*\n[ \t\r\n]*")
_ROWS = '[{"a": 1}, {"a": 2}]'
_CUT_OFF = "the array of JSON has no end; the file was cut off, send it again"

_decoder = json.JSONDecoder()


def _is_array(begin: bytes) -> bool:
    return begin.removeprefix(BOM.encode()).lstrip().startswith(b"[")


def _check(blocks: Iterator[bytes]) -> None:
    begin = last = b""

    def noted() -> Iterator[bytes]:
        nonlocal begin, last
        for block in blocks:
            begin, last = begin or block, block.rstrip()[-1:] or last
            yield block

    require_text(noted())
    if _is_array(begin) and last != b"]":
        raise FileBrokenError(_CUT_OFF)


def _read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[Chunk]:
    with opened() as file:
        begin: bytes = file.read(BLOCK_BYTES)
        if _is_array(begin):
            yield from chunks_of_lines(_blocks_of_elements(begin, file), columns, chunk_rows)
            return
        is_all = not file.read(1)
    row = _only_object(begin, is_all=is_all)
    if row is None:
        yield from JSON_LINES.read(opened, columns, chunk_rows)
        return
    _require_row(row, columns)
    yield from chunks_of_lines([[_LINE_END.sub(" ", begin.decode("utf-8-sig")).strip().encode()]], columns, chunk_rows)


def _only_object(begin: bytes, *, is_all: bool) -> dict[str, Any] | None:
    """Return the object that a file holds, if it is one alone, on a line or on many."""
    if not is_all:
        if begin.lstrip().startswith(b"{") and b"\n" not in begin.strip():
            raise FileBrokenError(
                f"the first object is longer than {BLOCK_BYTES // 1024**2} MB; write an array of its rows, {_ROWS}"
            )
        return None
    try:
        content = parse(begin.removeprefix(BOM.encode()))
    except JsonError:
        return None
    return content if isinstance(content, dict) else None


def _require_row(row: Mapping[str, Any], columns: Columns) -> None:
    """Check that an object is a row, and not what programs wrap rows in.

    Raises
    ------
    FileBrokenError
        If it holds rows, or columns.
    """
    if columns.known & row.keys():
        return
    if found := _rows_within(row):
        name, rows = found
        raise FileBrokenError(f"the file is one object, whose {name!r} holds {rows:,} rows; write these alone, {_ROWS}")
    nested = [value for value in row.values() if isinstance(value, list | dict) and len(value) > 1]
    if nested and len(nested) == len(row):
        raise FileBrokenError(
            f"the file is one object of {len(row):,} lists or objects; write an array of rows, {_ROWS}"
        )


def _rows_within(row: Mapping[str, Any], deepest: int = 3) -> tuple[str, int] | None:
    """Return the name of a list of several objects, and how many it has."""
    for name, value in row.items():
        if isinstance(value, list) and len(value) > 1 and all(isinstance(one, dict) for one in value):
            return name, len(value)
        found = _rows_within(value, deepest - 1) if isinstance(value, dict) and deepest else None
        if found:
            return f"{name}.{found[0]}", found[1]
    return None


def _blocks_of_elements(begin: bytes, file: pa.NativeFile) -> Iterator[list[bytes]]:
    """Read the elements of an array, each as a line of its own; an object may stand on several."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    text = decoder.decode(begin)
    at = _BLANKS.match(text).end() + 1  # type: ignore[union-attr]  # it matches everywhere
    rows = 0
    while True:
        block: bytes = file.read(BLOCK_BYTES)
        text += decoder.decode(block, final=not block)
        elements, at, is_over = _complete(text, at, is_all=not block, rows=rows)
        yield elements
        rows += len(elements)
        if is_over:
            _require_nothing_more(text[at:], file)
            return
        if not block:
            raise FileBrokenError(_CUT_OFF)
        text, at = text[at:], 0
        if len(text) > LINE_BYTES:
            raise FileBrokenError(
                f"row {rows + 1} is no JSON, or longer than {LINE_BYTES // 1024**2} MB; write an array of objects"
            )


def _require_nothing_more(rest: str, file: pa.NativeFile) -> None:
    block = rest.encode()
    while not block.strip():
        block = file.read(BLOCK_BYTES)
        if not block:
            return
    raise FileBrokenError("something follows the array of JSON; write one array of objects")


def _complete(text: str, at: int, *, is_all: bool, rows: int) -> tuple[list[bytes], int, bool]:
    """Return the elements that end within a text, where the next begins, and whether the array ended.

    Parameters
    ----------
    text, at
        A piece of an array, and where an element, or the end of the array, is expected.
    is_all
        Whether nothing follows, so that what is not complete is an error.
    rows
        Elements before.
    """
    found: list[bytes] = []
    while True:
        begin = _after_blanks(text, at)
        if text[begin : begin + 1] == "]" and not (rows or found):
            return found, begin + 1, True
        try:
            _, end = _decoder.raw_decode(text, begin)
        except (ValueError, RecursionError) as error:
            if is_all:
                raise FileBrokenError(
                    f"row {rows + len(found) + 1} is no JSON ({error}); write an array of objects"
                ) from error
            return found, at, False
        after = _after_blanks(text, end)
        mark = text[after : after + 1]
        if not mark and not is_all:
            return found, at, False
        if mark not in {",", "]"}:
            raise FileBrokenError(f"a comma is missing after row {rows + len(found) + 1}; write an array of objects")
        element = text[begin:end]
        # No text of JSON holds a line end as it is.
        found.append((_LINE_END.sub(" ", element) if "\n" in element else element).encode())
        at = after + 1
        if mark == "]":
            return found, at, True


def _after_blanks(text: str, at: int) -> int:
    return _BLANKS.match(text, at).end()  # type: ignore[union-attr]  # it matches everywhere


JSON = Format(
    name="JSON",
    description="UTF-8; an array of objects, or one object a line",
    endings=(".json",),
    media_type=None,
    check=_check,
    read=_read,
    has_types=True,
)
