"""CSV: every cell as text, row numbers right whatever is wrong with a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv as pacsv

from usecases.formats.chunks import BOM, Cutter, FileBrokenError, TableChunk, count_lines, require_text, whole_lines
from usecases.formats.csv_lines import MARK, Dialect, malformed_rows, part_rows, plain_block
from usecases.formats.csv_odd_headers import LOGGER, are_names, have_row_names, require_delimiter, require_names
from usecases.formats.format import Columns, Format, Opener
from usecases.formats.limits import MAX_COLUMNS

_DELIMITERS: tuple[str, ...] = (",", ";", "\t", "|")
_RARE_DELIMITERS: tuple[str, ...] = ("~", "^", "\x01", "\x1f")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_MARKS = re.compile(rb"(?:%b)*" % BOM.encode())
"""Byte order marks; a program that puts one in front may find one there."""

_SEPARATOR_LINE = re.compile(rb'"?sep=([,;\t|~^])"?[ \t]*(?:\r\n|\n|\r)')
_SAMPLE_ROWS, _SAMPLE_BYTES = 100, 256 * 1024


def _read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[TableChunk]:
    """Read a CSV file; a line that is no row, or one with another number of cells than the header, is malformed."""
    with opened() as file:
        blocks = whole_lines(file)
        first = next(blocks, b"")
        header = read_header(first, columns.known)
        for text in header.told:
            columns.told(text)
        reader = _RowReader(header, columns, chunk_rows)
        yield from reader.read(first[header.size :], is_last=False)
        for block in blocks:
            yield from reader.read(block, is_last=False)
        yield from reader.read(b"", is_last=True)
        yield from reader.cutter.rest()


class _RowReader:
    """Parses blocks of lines in their order, and hands rows to a cutter under their right numbers."""

    def __init__(self, header: Header, columns: Columns, chunk_rows: int) -> None:
        renamed = columns.rename(header.names)
        kept = [name for name in renamed if name is not None]
        self.cutter = Cutter(pa.schema([pa.field(name, pa.string()) for name in kept]), chunk_rows)
        self._dialect = Dialect(header.delimiter, len(renamed))
        self._rest = b""
        self._rows = 0
        self._lines = header.lines
        self._placed = columns.placed
        self._invalid: list[pacsv.InvalidRow] = []
        # Any name does for a column that is read over, as long as it is nobody else's.
        names = [f"ignored {place}" if name is None else name for place, name in enumerate(renamed)]
        # One thread, because row numbers are only known when rows are parsed in order; one block, because one that is
        # cut within a quoted line end loses a byte (apache/arrow#51368).
        self._options = {
            "read_options": pacsv.ReadOptions(column_names=names, use_threads=False, block_size=2**31 - 1),
            "parse_options": pacsv.ParseOptions(
                delimiter=header.delimiter, newlines_in_values=True, invalid_row_handler=self._note
            ),
            "convert_options": pacsv.ConvertOptions(
                column_types=dict.fromkeys(kept, pa.string()), include_columns=kept, strings_can_be_null=False
            ),
        }

    def _note(self, row: pacsv.InvalidRow) -> str:
        self._invalid.append(row)
        return "skip"

    def read(self, lines: bytes, *, is_last: bool) -> Iterator[TableChunk]:
        """Read whole lines, after what was left of those before."""
        data = self._rest + lines if self._rest else lines
        if not data:
            return
        self._require_utf8(lines)
        block = part_rows(data, self._dialect, self._lines, is_last=is_last) if MARK in data else None
        kept, self._rest = (data, b"") if block is None else (block.kept, block.rest)
        rows = 0 if block is None else len(block.wrong)
        for batch in self._parse(kept) if kept else ():
            self.cutter.add(batch)
            rows += batch.num_rows
        rows += len(self._invalid)
        if self._invalid or (block is not None and block.wrong):
            found = malformed_rows(block or plain_block(data), self._invalid, self._rows, self._lines)
            self.cutter.add_malformed(*found)
        if self._placed is not None:
            self._placed("line {}", ((block or plain_block(data)).row_lines + self._lines + 1).tolist())
        self._invalid.clear()
        self._rows += rows
        self._lines += count_lines(data) - count_lines(self._rest)
        yield from self.cutter.full_chunks()

    def _require_utf8(self, lines: bytes) -> None:
        """Check the text, where nobody has before; the parser would lose a malformed row of other bytes."""
        if lines.isascii():
            return
        try:
            lines.decode()
        except UnicodeDecodeError as error:
            line = self._lines + count_lines(self._rest + lines[: error.start]) + 1
            raise FileBrokenError(f"the text is not UTF-8 in line {line}; save the file as UTF-8") from error

    def _parse(self, rows: bytes) -> list[pa.RecordBatch]:
        try:
            # Not `read_csv`, which has another thread hand the block over: that takes longer than reading a small file.
            reader = pacsv.open_csv(pa.BufferReader(rows), **self._options)
            batches: list[pa.RecordBatch] = reader.read_all().to_batches()
        except pa.ArrowInvalid as error:
            raise FileBrokenError(f"the CSV cannot be read: {error}") from error
        return batches


@dataclass(frozen=True, slots=True)
class Header:
    """The line with the names of the columns, and what stands above it.

    Attributes
    ----------
    names
        As the file has them; empty where a column has none.
    delimiter
        What parts the cells.
    size, lines
        Bytes and lines up to its end.
    told
        What is read over, for people.
    """

    names: list[str]
    delimiter: str
    size: int
    lines: int
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _SampleRow:
    raw: list[str]
    end: int
    line: int
    last_line: int

    @property
    def cells(self) -> list[str]:
        return [
            cell[1:-1].replace('""', '"').strip() if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
            for cell in map(str.strip, self.raw)
        ]


def read_header(data: bytes, known: frozenset[str] = frozenset()) -> Header:
    r"""Find the names of the columns, and the delimiter: by what is known, and by what the rows below have as many of.

    Raises
    ------
    FileBrokenError
        If there are none, or not such that columns can be told by them.

    Examples
    --------
    >>> found = read_header(b"Druck (bar, absolut, relativ);Ort\n1,5;A\n")
    >>> found.names, found.delimiter
    (['Druck (bar, absolut, relativ)', 'Ort'], ';')
    """
    start, lines = len(_MARKS.match(data)[0]), 0  # type: ignore[index]  # it matches everywhere
    sample = data[start : start + _SAMPLE_BYTES]
    delimiters = (*_DELIMITERS, *(rare for rare in _RARE_DELIMITERS if rare.encode() in sample))
    if separator := _SEPARATOR_LINE.match(data, start):
        start, lines, delimiters = separator.end(), count_lines(separator[0]), (separator[1].decode(),)
    readings = [
        reading
        for delimiter in delimiters
        if (reading := _read_sample(data, start, lines, delimiter, known)) is not None
    ]
    if not readings:
        raise FileBrokenError("the file has no header; its first line names the columns")
    return max(readings, key=lambda reading: reading.likeness(known)).to_header(known)


def _read_sample(data: bytes, start: int, lines: int, delimiter: str, known: frozenset[str]) -> _Sample | None:
    rows = list(_sample_rows(data, start, lines, delimiter))
    at = 0
    while at < len(rows) - 1 and _knows_less(rows[at:], known) and _is_above_header(rows[at:]):
        at += 1
    return _Sample(delimiter, rows[:at], rows[at], rows[at + 1 :]) if rows else None


def _knows_less(rows: list[_SampleRow], known: frozenset[str]) -> bool:
    """Return whether the first row names no column that is known, or the second names more of them."""
    found, below = (len(known & {*row.cells}) for row in rows[:2])
    return found == 0 or below > found


def _sample_rows(data: bytes, start: int, lines: int, delimiter: str) -> Iterator[_SampleRow]:
    dialect = Dialect(delimiter)
    count, latest = 0, start + _SAMPLE_BYTES
    while start < len(data) and count < _SAMPLE_ROWS and (count == 0 or start < latest):
        found = _LINE_END.search(data, start)
        end = len(data) if found is None else found.end()
        row = dialect.row.match(data, start) if MARK in data[start:end] else None
        end = end if row is None else row.end()
        raw = data[start:end].rstrip(b"\r\n")
        more = count_lines(data[start:end])
        if raw.strip():
            try:
                cells = [
                    cell.decode() for cell in (dialect.split(raw) if MARK in raw else raw.split(delimiter.encode()))
                ]
            except UnicodeDecodeError as error:
                raise FileBrokenError("the text is not UTF-8; save the file as UTF-8") from error
            yield _SampleRow(cells, end, lines + 1, lines + more)
            count += 1
        start, lines = end, lines + more


def _is_above_header(rows: list[_SampleRow]) -> bool:
    """Return whether the first of these rows is a title or a comment, and the names of columns come below."""
    first, *below = [row.cells for row in rows]
    usual, _ = Counter(map(len, below)).most_common(1)[0]
    if usual == 1:
        return False
    if (first[0].startswith("#") and len(first) != usual) or first[0] == LOGGER:
        return True
    # One cell less or more is a header as well: rows may have names, and lines end with a delimiter.
    is_odd = first[0].startswith("#") or sum(map(bool, first)) <= 1 or abs(len(first) - usual) > 1
    at = next((at for at, row in enumerate(below) if len(row) == usual and sum(map(bool, row)) > 1), 0)
    # Names of groups of columns stand above the first of each.
    are_groups = 2 * sum(map(bool, first)) <= len(first) and all(below[at])
    return (is_odd or are_groups) and are_names(below[at], below[at + 1 :])


@dataclass(frozen=True, slots=True)
class _Sample:
    """The first rows, read with one delimiter."""

    delimiter: str
    above: list[_SampleRow]
    header: _SampleRow
    rows: list[_SampleRow]

    def likeness(self, known: frozenset[str]) -> tuple[int, float, bool, int]:
        """Return how likely this delimiter is: most known names, most rows of the header's length, most names.

        A usual delimiter that is no comma and fits is one; numbers and names are full of commas.
        """
        names = self.header.cells
        fitting = sum(1 for row in self.rows if len(names) > 1 and len(row.raw) - len(names) in {0, self._more})
        fit = round(fitting / max(1, len(self.rows)), 1)
        return len(known & {*names}), fit, fit > 0 and self.delimiter in _DELIMITERS[1:], len(names)

    @property
    def _more(self) -> int:
        """Cells that all rows have more than the header: one, none, or one less where its last name is empty."""
        more = {len(row.raw) - len(self.header.raw) for row in self.rows}
        return next((one for one in (1, -1) if more == {one} and (one == 1 or not self.header.cells[-1])), 0)

    def to_header(self, known: frozenset[str]) -> Header:
        names = self.header.cells
        told = [f"line {row.line} holds no names of columns ({' '.join(row.cells)[:60]!r})" for row in self.above]
        if not known & {*names}:
            require_delimiter([self.header.raw, *(row.raw for row in self.rows)])
            require_names(names, self.header.line, [row.cells for row in self.rows])
        if self._more == -1:
            names = names[:-1]
        elif self._more == 1 and not any(row.cells[-1] for row in self.rows):
            names = [*names, ""]
        elif self._more == 1 and have_row_names(self.header.raw, [row.raw for row in self.rows]):
            names = ["", *names]
            told.append("each row has a cell more than the header; its first one, taken for the name of the row")
        if len(names) > MAX_COLUMNS:
            raise FileBrokenError(f"there are {len(names):,} columns; at most {MAX_COLUMNS:,} are read")
        return Header(names, self.delimiter, self.header.end, self.header.last_line, tuple(told))


CSV = Format(
    name="CSV",
    description=(
        "UTF-8; the first line names the columns; a comma, semicolon, tab, vertical bar, `~`, `^`, Ctrl-A (Hive) or the unit "
        "separator of ASCII parts the cells"
    ),
    endings=(".csv", ".tsv"),
    media_type="text/csv",
    other_media_types=frozenset(
        {"application/csv", "text/x-csv", "text/comma-separated-values", "text/tab-separated-values"}
    ),
    check=require_text,
    read=_read,
    has_types=False,
)
