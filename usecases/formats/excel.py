"""Excel workbooks: the first sheet with a table, each column with the type that its cells have."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from usecases.columns.number_texts import is_ambiguous
from usecases.formats.chunks import NO_ROWS, Cutter, FileBrokenError, TableChunk
from usecases.formats.csv_odd_headers import NUMBER
from usecases.formats.format import Columns, Format, Opener
from usecases.formats.limits import BLOCK_BYTES, MAX_COLUMNS, WORKBOOK_BYTES, WORKBOOK_CELLS
from usecases.formats.zipped import DAMAGES, require_archive

_OLD = b"\xd0\xcf\x11\xe0"
"""Begins what Excel wrote before 2007, and what it encrypts."""

_TOO_LARGE = f"the workbook unpacks to more than {WORKBOOK_BYTES // 1024**2} MB; split it, or save it as CSV or Parquet"

_ROWS_AT_ONCE = 10_000
_FIRST_ROWS = 30
"""Rows among which the names of the columns are looked for; a title and remarks may stand above them."""

_LEAST_OF_A_TABLE = 3
"""Rows with more than one cell that a sheet has more of if it is a table: its names, and rows below."""

_EXACT = 2.0**53
"""Up to here floats, as which workbooks keep all numbers, tell whole numbers apart."""

_FORMULA_ALONE = re.compile(
    rb"""<c\s(?![^>]*\st\s*=\s*["']str)[^>]*\br\s*=\s*["']([A-Z]{1,3})\d+["'][^>]*>\s*<f\b[^>]*>[^<]{0,200}</f>\s*(?:<v\s*/>|<v></v>)?\s*</c>"""
)
"""A cell with a formula and no value; an empty text is the value of some."""

_LONGEST_PLACE = 1_000
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,400})(\d{1,400})["']""")
"""A place of a row or cell, also one that no sheet reaches: the reader makes room for it before it looks."""
_TEXTS = re.compile(rb"""uniqueCount\s*=\s*["'](\d{1,400})""")
"""How many texts a workbook says it has, for which the reader makes room likewise."""


def _check(blocks: Iterator[bytes]) -> None:
    first = next(blocks, b"")
    if first.startswith(_OLD):
        raise FileBrokenError(
            "the workbook is encrypted, or of an Excel before 2007; save it as .xlsx without a password"
        )
    require_archive(chain([first], blocks), "the file is no Excel workbook although its name says so; save it as .xlsx")


def _read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[TableChunk]:
    with opened() as file:
        if file.size() > WORKBOOK_BYTES:
            raise FileBrokenError(_TOO_LARGE)
        content = file.read()
    without_values = _require_bounded(content)
    try:
        sheet, header = _table(CalamineWorkbook.from_filelike(io.BytesIO(content)), columns)
        del content
        names, batches = _columns(sheet, header)
    except (CalamineError, ValueError) as error:
        raise FileBrokenError(f"the workbook cannot be read: {error}; save it again as .xlsx") from error
    renamed = columns.rename(names)
    places = {place: name for place, name in enumerate(renamed) if name is not None}
    _require_values(sheet, {place: names[place] for place in places}, batches, without_values)
    types = [_common_type([batch[place].type for batch in batches]) for place in places]
    cutter = Cutter(
        pa.schema([pa.field(name, kind) for name, kind in zip(places.values(), types, strict=True)]), chunk_rows
    )
    for batch in batches:
        arrays = [_as_type(batch[place], kind) for place, kind in zip(places, types, strict=True)]
        cutter.add(pa.RecordBatch.from_arrays(arrays, schema=cutter.schema))
        yield from cutter.full_chunks()
    yield from cutter.rest()


def _require_bounded(content: bytes) -> frozenset[int]:
    """Check what a workbook unpacks to before it is: a cell in the last corner makes a sheet of 17 billion.

    Returns
    -------
    frozenset of int
        Numbers of the columns, from 1, with formulas whose values are not there.
    """
    size = cells = 0
    formulas: set[bytes] = set()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                columns = rows = texts = 0
                with archive.open(member) as part:
                    rest = b""
                    while block := part.read(BLOCK_BYTES):
                        size += len(block)
                        if size > WORKBOOK_BYTES:
                            raise FileBrokenError(_TOO_LARGE)
                        places = _PLACE.findall(text := rest + block)
                        if b"<f" in block:
                            formulas.update(_FORMULA_ALONE.findall(text))
                        columns = max([columns, *(_number_of(letters) for letters in {place[0] for place in places})])
                        texts = max([texts, *map(int, _TEXTS.findall(text))])
                        rows = max([rows, *(int(digits) for digits in {place[1] for place in places})])
                        rest = block[-_LONGEST_PLACE:]
                if texts > member.file_size:
                    raise FileBrokenError(
                        "the workbook is damaged (it says it has more texts than it holds); save it again"
                    )
                cells += columns * rows
                if cells > WORKBOOK_CELLS:
                    raise FileBrokenError(
                        f"a sheet has {rows:,} rows and {columns:,} columns, with cells in the last ones; at most "
                        f"{WORKBOOK_CELLS:,} cells are read. Delete what lies beside the table, or save it as CSV or Parquet"
                    )
    except DAMAGES as error:
        raise FileBrokenError(f"the workbook is damaged ({error}); save it again") from error
    return frozenset(map(_number_of, formulas))


def _require_values(
    sheet: CalamineSheet, names: Mapping[int, str], batches: list[list[pa.Array]], without_values: Collection[int]
) -> None:
    """Refuse a column whose formulas nobody has calculated: all of it would be missing."""
    first = 1 + (sheet.start or (0, 0))[1]
    for place, name in names.items():
        if place + first in without_values and all(batch[place].null_count == len(batch[place]) for batch in batches):
            raise FileBrokenError(
                f"the column {name!r} holds formulas without their values, as programs write them that do not calculate; open "
                "the workbook in Excel or LibreOffice, save it, and send it again"
            )


def _number_of(letters: bytes) -> int:
    """Return the number of a column by its letters.

    >>> [_number_of(letters) for letters in (b"A", b"Z", b"aa", b"XFD")]
    [1, 26, 27, 16384]
    """
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _table(workbook: CalamineWorkbook, columns: Columns) -> tuple[CalamineSheet, int]:
    """Return the sheet with a table that is read, and the place of the row that names its columns.

    The first sheet that names a known column, else the first with rows of several cells, else the first with anything in it.
    """
    found: list[tuple[CalamineSheet, int]] = []
    tables = 0
    for known in workbook.sheets_metadata:
        if known.visible is not SheetVisibleEnum.Visible:
            continue
        sheet = workbook.get_sheet_by_name(known.name)
        rows = [list(map(_text, row)) for row in islice(sheet.iter_rows(), _FIRST_ROWS)]
        if any(map(any, rows)):
            place = _header_place(rows, columns.known)
            if columns.known & {*map(str.strip, rows[place])}:
                found.insert(0, (sheet, place))
                break
            # A cover has a few lines of text, and no rows below names.
            is_table = sum(map(_is_filled, rows[place:])) > _LEAST_OF_A_TABLE
            found.insert(tables if is_table else len(found), (sheet, place))
            tables += is_table
    if not found:
        raise FileBrokenError(NO_ROWS)
    sheet, place = found[0]
    if len(found) > 1:
        columns.told(f"only the sheet {sheet.name!r} is read; others hold something, too")
    return sheet, place


def _header_place(rows: Sequence[Sequence[str]], known: frozenset[str]) -> int:
    """Return the row that names most known columns, or the first that is filled as far as the others are."""
    named = [len(known & {*map(str.strip, row)}) for row in rows]
    if any(named):
        return named.index(max(named))
    filled = [sum(map(bool, row)) for row in rows]
    # Names may lack one, above an index; a line of a title may have as many cells, and then the names come below.
    place = next(place for place, cells in enumerate(filled) if cells >= max(1, max(filled) - 1))
    whole = next(whole for whole, cells in enumerate(filled) if cells == max(filled))
    return whole if place < whole and _are_names(rows[whole]) and not all(map(_are_names, rows[whole + 1 :])) else place


def _is_filled(row: Sequence[str]) -> bool:
    return sum(map(bool, row)) > 1


def _are_names(row: Sequence[str]) -> bool:
    return not any(map(NUMBER.fullmatch, row))


def _columns(sheet: CalamineSheet, header: int) -> tuple[list[str], list[list[pa.Array]]]:
    """Return the names of the columns, and their cells some rows at a time; rows without any cell do not count."""
    rows = _with_merged(sheet, header)
    names = [_text(cell).strip() for cell in next(rows)]
    if len(names) > MAX_COLUMNS:
        raise FileBrokenError(f"there are {len(names):,} columns; at most {MAX_COLUMNS:,} are read")
    filled = (row for row in rows if row.count("") < len(row))
    batches = []
    while some := list(islice(filled, _ROWS_AT_ONCE)):
        batches.append([_array(cells) for cells in zip(*some, strict=True)])
    if not batches:
        raise FileBrokenError(NO_ROWS)
    return names, batches


def _with_merged(sheet: CalamineSheet, header: int) -> Iterator[list[Any]]:
    """Read rows from that with the names on, with the value of cells that are merged below each other in all of them."""
    first = (sheet.start or (0, 0))[1]
    begins: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left == right and bottom > top > header:
            begins.setdefault(top, []).append((left - first, bottom))
    within: dict[int, tuple[int, Any]] = {}
    for number, row in enumerate(islice(sheet.iter_rows(), header, None), start=header):
        within = {place: held for place, held in within.items() if number <= held[0]}
        for place, (_, value) in within.items():
            row[place] = row[place] if row[place] != "" else value
        for place, bottom in begins.get(number, ()):
            if 0 <= place < len(row):
                within[place] = bottom, row[place]
        yield row


def _array(cells: Sequence[Any]) -> pa.Array:
    """Build a column: of one type where all cells have one, of texts otherwise."""
    values = [None if cell == "" else cell for cell in cells]
    match {*map(type, values)} - {type(None)}:
        case kinds if not kinds:
            return pa.nulls(len(values))
        case kinds if kinds <= {int, float}:
            numbers = pa.array(values, pa.float64())
            whole = pc.all(pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), _EXACT))).as_py()
            return numbers.cast(pa.int64()) if whole else numbers
        case kinds if kinds == {bool}:
            return pa.array(values, pa.bool_())
        case kinds if kinds <= {datetime, date}:
            return pa.array([_moment(value) for value in values], pa.timestamp("us"))
        case _:
            return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _moment(value: date | None) -> datetime | None:
    return value if value is None or isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001  # cells have no time zone


def _text(cell: Any) -> str:
    """Write a cell as a text that reads back as what it is.

    >>> [_text(cell) for cell in (" a", 7.0, 1.5, 12.345, True)]
    [' a', '7', '1.5', '12.3450', 'true']
    """
    match cell:
        case str():
            return cell
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer() and abs(cell) < _EXACT:
            return str(int(cell))
        case float():
            # A zero more where a point and three digits could be thousands, should decimals have a comma.
            return f"{cell}0" if is_ambiguous(str(cell)) else str(cell)
        case datetime() | date():
            return cell.isoformat()
        case _:
            return str(cell)


def _common_type(types: Sequence[pa.DataType]) -> pa.DataType:
    """Return the type that holds the cells of all batches."""
    different = {kind for kind in types if kind != pa.null()}
    if len(different) == 1:
        return different.pop()
    return pa.float64() if different == {pa.int64(), pa.float64()} else pa.string()


def _as_type(column: pa.Array, kind: pa.DataType) -> pa.Array:
    return column if column.type == kind else pc.cast(column, kind, safe=False)


EXCEL = Format(
    name="Excel",
    description="a workbook; the first visible sheet with a table, below its title if there is one; values with their types",
    endings=(".xlsx", ".xlsm"),
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    check=_check,
    read=_read,
    has_types=True,
    may_be_packed=False,
)
