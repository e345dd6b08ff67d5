"""Excel workbooks: the first sheet with a table, each column with the type that its cells have."""

from __future__ import annotations

import io
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from usecases.columns.number_texts import is_ambiguous
from usecases.columns.written import Written, marked
from usecases.formats.chunks import NO_ROWS, Cutter, FileBrokenError, TableChunk
from usecases.formats.csv_odd_headers import header_place
from usecases.formats.excel.archive import TOO_LARGE, hidden_rows, member_of, percent_columns, require_bounded
from usecases.formats.format import Columns, Format, Noted, Opener
from usecases.formats.limits import MAX_COLUMNS, WORKBOOK_BYTES
from usecases.formats.zipped import require_archive

_OLD = b"\xd0\xcf\x11\xe0"
"""Begins what Excel wrote before 2007, and what it encrypts."""

_ROWS_AT_ONCE = 10_000
_FIRST_ROWS = 30
"""Rows among which the names of the columns are looked for; a title and remarks may stand above them."""

_LEAST_OF_A_TABLE = 3
"""Rows with more than one cell that a sheet has more of if it is a table: its names, and rows below."""

_MOST_NAMES = 1_000
"""Columns of a sheet up to which it is looked at what they are read as, which takes a millisecond for each eighty of them."""

_MOST_WITHOUT_VALUES = 0.05
"""Share of rows up to which formulas of a column may lack their values: of a row of totals, that is."""

_EXACT = 2.0**53
"""Up to here floats, as which workbooks keep all numbers, tell whole numbers apart."""


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
            raise FileBrokenError(TOO_LARGE)
        content = file.read()
    formulas = require_bounded(content)
    try:
        sheet, header = _table(CalamineWorkbook.from_filelike(io.BytesIO(content)), columns)
        member = member_of(content, sheet.name)
        in_percent = percent_columns(content, member)
        hidden = hidden_rows(content, member, 1 + header)
        del content
        names, batches, numbers = _columns(sheet, header)
    except (CalamineError, ValueError) as error:
        raise FileBrokenError(f"the workbook cannot be read: {error}; save it again as .xlsx") from error
    if hidden:
        columns.told(
            Noted(f"{len(hidden):,} rows of the sheet are hidden, such as row {hidden[0]:,}, as a filter does")
        )
    renamed = columns.rename(names)
    places = {place: name for place, name in enumerate(renamed) if name is not None}
    without_values = sum(formulas.values(), Counter()) if member is None else formulas[member]
    _require_values(sheet, {place: names[place] for place in places}, batches, without_values)
    types = [_common_type([batch[place].type for batch in batches]) for place in places]
    first = 1 + (sheet.start or (0, 0))[1]
    fields = [
        marked(pa.field(name, kind), Written.PERCENTS)
        if first + place in in_percent and _is_number(kind)
        else pa.field(name, kind)
        for (place, name), kind in zip(places.items(), types, strict=True)
    ]
    if columns.placed is not None:
        columns.placed("row {} of the sheet", numbers)
    cutter = Cutter(pa.schema(fields), chunk_rows)
    for batch in batches:
        arrays = [_as_type(batch[place], kind) for place, kind in zip(places, types, strict=True)]
        cutter.add(pa.RecordBatch.from_arrays(arrays, schema=cutter.schema))
        yield from cutter.full_chunks()
    yield from cutter.rest()


def _require_values(
    sheet: CalamineSheet, names: Mapping[int, str], batches: list[list[pa.Array]], without_values: Mapping[int, int]
) -> None:
    """Refuse a column of whose formulas many have no values, as nobody has calculated them: these would be missing."""
    first, rows = 1 + (sheet.start or (0, 0))[1], sum(map(len, (batch[0] for batch in batches)))
    for place, name in names.items():
        alone = without_values.get(place + first, 0)
        missing = sum(batch[place].null_count for batch in batches)
        if alone and (missing == rows or min(alone, missing) > _MOST_WITHOUT_VALUES * rows):
            raise FileBrokenError(
                f"the column {name!r} holds formulas without their values, as programs write them that do not calculate; open "
                "the workbook in Excel or LibreOffice, save it, and send it again"
            )


def _table(workbook: CalamineWorkbook, columns: Columns) -> tuple[CalamineSheet, int]:
    """Return the sheet with a table that is read, and the place of the row that names its columns.

    The first sheet that names a known column, else the first with rows of several cells, else the first with anything in it.

    Raises
    ------
    FileBrokenError
        If another sheet has these columns as well, and not a few of them to look values up: its rows would be left out.
    """
    found: list[tuple[int, CalamineSheet, int, Sequence[str]]] = []
    for known in workbook.sheets_metadata:
        if known.visible is not SheetVisibleEnum.Visible:
            continue
        sheet = workbook.get_sheet_by_name(known.name)
        rows = [[_text(cell).strip() for cell in row] for row in islice(sheet.iter_rows(), _FIRST_ROWS)]
        if any(map(any, rows)):
            place = header_place(rows, columns.known)
            # A cover has a few lines of text, and no rows below names.
            is_table = sum(sum(map(bool, row)) > 1 for row in rows[place:]) > _LEAST_OF_A_TABLE
            rank = 0 if columns.known & {*rows[place]} else 1 if is_table else 2
            found.append((rank, sheet, place, rows[place] if any(map(any, rows[place + 1 :])) else ()))
    if not found:
        raise FileBrokenError(NO_ROWS)
    _, sheet, place, header = min(found, key=lambda one: one[0])
    own = _own_names(columns, header)
    for _, other, _, names in found if columns.known and header else ():
        has_all = {*map(str.casefold, header)} <= {*map(str.casefold, names), ""}
        if other is not sheet and (has_all or (own and own == _own_names(columns, names))):
            raise FileBrokenError(
                f"the sheets {sheet.name!r} and {other.name!r} both have such rows, and one sheet of a workbook is read; save each "
                "sheet as a workbook of its own, or put all rows into one"
            )
    if len(found) > 1:
        columns.told(f"only the sheet {sheet.name!r} is read; others hold something, too")
    return sheet, place


def _own_names(columns: Columns, header: Sequence[str]) -> set[str | None]:
    """Return what the columns of a sheet are read as; nothing where it is refused for them, or has more than a use case reads."""
    try:
        return {*columns.rename(header)} - {None} if len(header) <= _MOST_NAMES else set()
    except ValueError:
        return set()


def _columns(sheet: CalamineSheet, header: int) -> tuple[list[str], list[list[pa.Array]], Sequence[int]]:
    """Return the names of the columns, their cells some rows at a time, and which row of the sheet each is.

    Rows without any cell do not count.
    """
    rows = _with_merged(sheet, header)
    names = [_text(cell).strip() for cell in next(rows)]
    if len(names) > MAX_COLUMNS:
        raise FileBrokenError(f"there are {len(names):,} columns; at most {MAX_COLUMNS:,} are read")
    filled = ((number, row) for number, row in enumerate(rows, start=header + 2) if row.count("") < len(row))
    batches, numbers = [], array("i")
    while some := list(islice(filled, _ROWS_AT_ONCE)):
        numbers.extend(number for number, _ in some)
        batches.append([_array(cells) for cells in zip(*(row for _, row in some), strict=True)])
    if not batches:
        raise FileBrokenError(NO_ROWS)
    return names, batches, numbers


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


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


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
