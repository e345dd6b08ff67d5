"""Which lines of a CSV are one row where there are quotation marks: told so that a mark never closed swallows no row.

A cell is quoted if it begins with a mark; it ends with the next one that is not doubled, and a delimiter or the end of the
line has to follow. A mark within an unquoted cell is a character like others. A line that breaks this is no row, and the
next line begins one again.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow.csv as pacsv

from usecases.formats.chunks import Malformed
from usecases.formats.limits import BLOCK_BYTES

MARK = b'"'

Places = np.ndarray[Any, np.dtype[np.int64]]

_LF, _CR, _MARK = b'\n\r"'

NOT_CLOSED = "line {first}: a quotation mark opens a cell and does not close it as it should"
TWO_READINGS = "lines {first} to {last}: a quotation mark opened in the first is closed in the last, but they look like rows of their own"


@dataclass(frozen=True, slots=True)
class WrongLine:
    """A line that is no row.

    Attributes
    ----------
    row, line
        Its place among the rows of the block, and among its lines, each counted from 0.
    text
        The line.
    problem
        Why it is none.
    """

    row: int
    line: int
    text: str
    problem: str


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a file, parted into rows.

    Attributes
    ----------
    kept
        The rows, to be parsed.
    row_lines
        Line, counted from 0, in which each row begins, wrong ones included.
    wrong
        Lines that are no row.
    rest
        Beginning of a row that does not end here.
    """

    kept: bytes
    row_lines: Places
    wrong: tuple[WrongLine, ...] = ()
    rest: bytes = b""


@dataclass(frozen=True)
class Dialect:
    """How a file parts its cells, and how many a row has."""

    delimiter: str
    cells: int = 1

    @cached_property
    def row(self) -> re.Pattern[bytes]:
        """A row with all of its lines."""
        return re.compile(rb"%(cell)s(?:%(end)s%(cell)s)*+(?:\r\n|\n|\r)" % self._parts)

    @cached_property
    def begun_row(self) -> re.Pattern[bytes]:
        """A row whose last cell is quoted and does not end."""
        return re.compile(rb'(?:%(cell)s%(end)s)*+"(?:[^"]++|"")*+\Z' % self._parts)

    @cached_property
    def _cell(self) -> re.Pattern[bytes]:
        """A cell of a line, however its marks stand."""
        return re.compile(rb'(?:^|%(end)s)("(?:[^"]++|"")*+"[ \t]*(?=%(end)s|\Z)|[^%(other)s]*)' % self._parts)

    @property
    def _parts(self) -> dict[bytes, bytes]:
        end = re.escape(self.delimiter.encode())
        other = end + rb"\r\n"
        quoted = rb'"(?:[^"]++|"")*+"[ \t]*(?=[%s])' % other
        cell = rb'(?:%s|[^"%s][^%s]*+|)' % (quoted, other, other)
        return {b"cell": cell, b"end": end, b"other": end}

    def split(self, row: bytes) -> list[bytes]:
        """Return the cells of a row, quoted as they are."""
        return self._cell.findall(row)


def line_ends(data: bytes) -> Places:
    """Return the places of the last byte of each line; CR, LF and both together end one."""
    found = np.frombuffer(data, np.uint8)
    ends = found == _LF
    if b"\r" in data:
        alone = found == _CR
        alone[:-1] &= ~ends[1:]
        ends |= alone
    return np.flatnonzero(ends)


def plain_block(data: bytes) -> Block:
    """Return lines without marks: each that is not empty is a row."""
    return Block(data, np.flatnonzero(_has_text(data, line_ends(data))))


def malformed_rows(
    block: Block, invalid: Sequence[pacsv.InvalidRow], rows_before: int, lines_before: int
) -> list[Malformed]:
    """Return what is malformed in a block, by its place in the file.

    Parameters
    ----------
    block
        Its rows.
    invalid
        Rows of another number of cells that the parser found in what was kept, counted from 1 there.
    rows_before, lines_before
        Rows and lines of the file before the block.
    """
    found = [
        Malformed(rows_before + wrong.row + 1, wrong.text, lines_before + wrong.line + 1, wrong.problem, is_quoted=True)
        for wrong in block.wrong
    ]
    kept = np.delete(np.arange(len(block.row_lines)), [wrong.row for wrong in block.wrong])
    for row in invalid:
        place = int(kept[row.number - 1])
        line = lines_before + int(block.row_lines[place]) + 1
        problem = f"line {line} has {row.actual_columns} cells instead of {row.expected_columns}"
        found.append(Malformed(rows_before + place + 1, row.text, line, problem))
    return sorted(found, key=lambda row: row.row_number)


def part_rows(data: bytes, dialect: Dialect, lines_before: int, *, is_last: bool) -> Block:
    """Part lines that hold quotation marks into rows.

    Parameters
    ----------
    data
        Whole lines, the first of which begins a row.
    dialect
        How cells are parted.
    lines_before
        Lines of the file before these.
    is_last
        Whether nothing comes after them.
    """
    ends = line_ends(data)
    block = _of_good_marks(data, ends, dialect, is_last=is_last)
    return block or _LineByLine(data, ends, dialect, lines_before).part(is_last=is_last)


def _of_good_marks(data: bytes, ends: Places, dialect: Dialect, *, is_last: bool) -> Block | None:
    """Part lines at once, if every mark stands where it should and no row of several lines can be read otherwise."""
    found = np.frombuffer(data, np.uint8)
    marks = np.flatnonzero(found == _MARK)
    is_within = np.searchsorted(marks, ends) % 2 == 1
    size = len(data)
    if len(marks) % 2:
        row_ends = ends[~is_within]
        size = int(row_ends[-1]) + 1 if len(row_ends) else 0
        if is_last or len(data) - size > BLOCK_BYTES:
            return None
        marks = marks[marks < size]
        is_within, ends = is_within[ends < size], ends[ends < size]
    if not _stand_well(found, marks, dialect.delimiter):
        return None
    row_ends = ends[~is_within]
    for row in np.unique(np.searchsorted(row_ends, ends[is_within])).tolist():
        start = int(row_ends[row - 1]) + 1 if row else 0
        if _is_doubtful(data[start : int(row_ends[row])], dialect):
            return None
    first_lines = np.concatenate([[0], np.flatnonzero(~is_within)[:-1] + 1]) if len(row_ends) else row_ends
    return Block(data[:size], first_lines[_has_text(data, row_ends)], rest=data[size:])


def _stand_well(found: np.ndarray[Any, np.dtype[np.uint8]], marks: Places, delimiter: str) -> bool:
    """Return whether every other mark begins a cell and the next one ends it, where a doubled one does both."""
    is_edge = np.zeros(256, np.bool_)
    is_edge[[_LF, _CR, ord(delimiter)]] = True
    opening, closing = marks[::2], marks[1::2]
    is_doubled = opening[1:] == closing[:-1] + 1
    before, after = is_edge[found[opening - 1]], is_edge[found[closing + 1]]
    before[:1] |= opening[:1] == 0
    before[1:] |= is_doubled
    after[:-1] |= is_doubled
    return bool(before.all() and after.all())


def _has_text(data: bytes, row_ends: Places) -> np.ndarray[Any, np.dtype[np.bool_]]:
    starts = np.concatenate([[0], row_ends[:-1] + 1]) if len(row_ends) else row_ends
    first = np.frombuffer(data, np.uint8)[starts]
    has_text: np.ndarray[Any, np.dtype[np.bool_]] = (first != _LF) & (first != _CR)
    return has_text


def _is_doubtful(row: bytes, dialect: Dialect) -> bool:
    """Return whether a row of several lines could as well be rows with stray marks."""
    if dialect.cells == 1:
        return False
    row = row.removesuffix(b"\r")
    first, *others = (dialect.split(line) for line in re.split(rb"[\r\n]+", row) if line)
    whole = [cells for cells in others if len(cells) == dialect.cells]
    if len(dialect.split(row)) != dialect.cells:
        return bool(whole)
    if len(first) != dialect.cells or len(others[-1]) != dialect.cells or 2 * len(whole) < len(others):
        return False
    return any(_are_alike(first, cells) for cells in whole)


def _are_alike(one: list[bytes], other: list[bytes]) -> bool:
    """Return whether two rows have numbers, and times, in the same places."""
    pairs = zip(*([cell.strip(b' "+-') for cell in cells] for cells in (one, other)), strict=True)
    return all(not a or not b or a[:1].isdigit() == b[:1].isdigit() for a, b in pairs)


class _LineByLine:
    """Parts lines in which a mark stands where it should not: slower, and only where there are marks."""

    def __init__(self, data: bytes, ends: Places, dialect: Dialect, lines_before: int) -> None:
        self._data = data
        self._dialect = dialect
        self._lines_before = lines_before
        self._begins_row = _has_text(data, ends)
        self._ends: list[int] = ends.tolist()
        self._starts = [0, *(end + 1 for end in self._ends[:-1])]
        self._problems: dict[int, str] = {}

    def part(self, *, is_last: bool) -> Block:
        position, size = 0, len(self._data)
        while (mark := self._data.find(MARK, position)) >= 0:
            line = bisect_right(self._starts, mark) - 1
            start = self._starts[line]
            row = self._dialect.row.match(self._data, start)
            if row is not None:
                position = self._take(line, row)
            elif not is_last and size - start <= BLOCK_BYTES and self._dialect.begun_row.match(self._data, start):
                size = start
                break
            else:
                self._problems[line] = self._worded(NOT_CLOSED, line, line)
                position = self._ends[line] + 1
        return self._block(size)

    def _take(self, line: int, row: re.Match[bytes]) -> int:
        """Take a row for one, or note that it is in doubt; return where the next one begins."""
        last = bisect_left(self._ends, row.end() - 1)
        if last > line and _is_doubtful(self._data[row.start() : self._ends[last]], self._dialect):
            worded = self._worded(TWO_READINGS, line, last)
            self._problems |= {at: worded for at in range(line, last + 1) if self._begins_row[at]}
        else:
            self._begins_row[line + 1 : last + 1] = False
        return row.end()

    def _worded(self, problem: str, first: int, last: int) -> str:
        before = self._lines_before + 1
        return problem.format(first=before + first, last=before + last)

    def _block(self, size: int) -> Block:
        row_lines = np.flatnonzero(self._begins_row)
        row_lines = row_lines[: np.searchsorted(row_lines, bisect_left(self._starts, size))]
        places = np.searchsorted(row_lines, sorted(self._problems)).tolist()
        kept, position = [], 0
        wrong = []
        for place, line in zip(places, sorted(self._problems), strict=True):
            start, end = self._starts[line], self._ends[line]
            text = self._data[start:end].rstrip(b"\r").decode("utf-8", "replace")
            wrong.append(WrongLine(place, line, text, self._problems[line]))
            kept.append(self._data[position:start])
            position = end + 1
        kept.append(self._data[position:size])
        return Block(b"".join(kept), row_lines, tuple(wrong), self._data[size:])
