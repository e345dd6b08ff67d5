"""A file of repaired rows: rows of a download with their numbers, as Excel and other programs of offices save them."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from usecases.checking.reasons import Reason
from usecases.checking.row_model import key_of
from usecases.checking.table_check import check_table
from usecases.columns.day_first import plain_days
from usecases.columns.features import FloatFeature, IntegerFeature, TimestampFeature
from usecases.columns.notations import Notation, has_decimal_commas, in_one_notation
from usecases.columns.number_texts import number_of
from usecases.columns.texts import plain_number
from usecases.columns.timestamps import UTC_ZONE, parse_timestamp
from usecases.contract.file_columns import spelling
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import NO_ROWS, FileBrokenError
from usecases.formats.encoded import Encoding, encoding_of, format_in
from usecases.formats.format import Columns
from usecases.formats.reading import columns_of, columns_of_file, opener, preflight, read_tables

BATCH_ID, ROW_NUMBER = "batch_id", "row_number"
"""Columns of a file that say which bad row a repaired one stands for; no feature may have such a name."""

REASONS, RAW = "reasons", "raw"
"""Columns of bad rows beside these: what is wrong, which is no name that a feature may have, and a row that fits no columns."""

_OWN = {spelling(name): name for name in (BATCH_ID, ROW_NUMBER)}

_LOST_DIGITS = 1e-9
"""Share of a number by which a spreadsheet rounds it: eleven characters of it are written into a CSV file."""

_PLAIN_FROM, _PLAIN_BELOW = 1e-4, 1e11
"""What is smaller or larger is written with six digits and a power of ten, as 1.23457E+12; a cell has fifteen of them."""

_LARGEST = 1e300

_DECIMALS = (9, 10)
"""Decimals that they write of what is less than one, Excel and LibreOffice."""


class TooManyRowsError(FileBrokenError):
    """The file has more rows than are taken at once."""


@dataclass(frozen=True, slots=True)
class RepairedFile:
    """Rows of a file by their positions in it, counted from 1.

    Attributes
    ----------
    row_numbers, batch_ids
        Which bad row each stands for, as far as the file says so.
    good
        Values of the valid rows, under the names and with the types of the contract.
    bad
        What is wrong with each of the others.
    given
        What the cells of those hold.
    """

    row_numbers: Sequence[int | None]
    batch_ids: Sequence[str | None]
    good: dict[int, dict[str, Any]]
    bad: dict[int, list[Reason]]
    given: dict[int, dict[str, Any]] = field(default_factory=dict)


def read_repaired_file(
    use_case: UseCase, path: Path, name: str, most_rows: int, notations: Mapping[str, Notation] | None = None
) -> RepairedFile:
    """Read and check a file of repaired rows, in any format and in the encoding that it is written in.

    Decimal commas and dates like 31.12.2026 are read where they are the only way to read a text: what could be two
    numbers is bad, with the reason.

    Parameters
    ----------
    use_case
        The contract of rows that arrive.
    path, name
        Where it lies, and what it is called, which tells its format.
    most_rows
        Rows that are taken at once.
    notations
        How columns of the files were written that the rows are of; taken up where nothing else can be meant.

    Raises
    ------
    TableRefusedError
        If its columns are not those of the use case, or no column says which rows are meant.
    FileBrokenError
        If it cannot be read, or has too many rows.
    """
    row_numbers: list[int | None] = []
    batch_ids: list[str | None] = []
    good: dict[int, dict[str, Any]] = {}
    bad: dict[int, list[Reason]] = {}
    given: dict[int, dict[str, Any]] = {}
    for table in _tables(use_case, path, name, most_rows):
        before = len(row_numbers)
        row_numbers += _row_numbers(table.column(ROW_NUMBER))
        if len(row_numbers) > most_rows:
            raise TooManyRowsError(f"there are more than {most_rows:,} rows; hand them in as several files")
        batch_ids += _texts_of(table, BATCH_ID)
        values = table.select([column for column in table.schema.names if column not in _OWN.values()])
        plain = _in_notations(use_case, values, notations or {})
        contract = _with_commas(use_case, plain)
        checked = check_table(contract, _with_iso_dates(contract, plain))
        places = (checked.good_positions + before + 1).tolist()
        good |= dict(zip(places, checked.good.to_pylist(), strict=True))
        bad |= {before + 1 + position: reasons for position, reasons in checked.bad.items()}
        cells = values.take(pa.array([*checked.bad], pa.int64())).to_pylist()
        given |= {before + 1 + position: row for position, row in zip(checked.bad, cells, strict=True)}
    if not row_numbers:
        raise FileBrokenError(NO_ROWS)
    return RepairedFile(row_numbers, batch_ids, good, bad, given)


def as_it_came(use_case: UseCase, row: Mapping[str, Any], came: Mapping[str, Any]) -> dict[str, Any]:
    """Return a repaired row with the values as they came that a spreadsheet has written otherwise, and nobody has changed.

    Zeros in front of a key, seconds of a time and the last digits of a number are lost where a CSV file is opened and saved.

    Parameters
    ----------
    use_case, row
        The contract, and the repaired row as it is read.
    came
        The bad row as it came, under the names of the contract.
    """
    kept: dict[str, Any] = {}
    for name, value in row.items():
        before = came.get(name)
        match value:
            case str() if name == use_case.key:
                key = key_of(before)
                if isinstance(key, str) and plain_number(key) == plain_number(value):
                    kept[name] = key
            case datetime() if isinstance(before, str):
                feature = use_case.features_by_name[name]
                zone = feature.time_zone if isinstance(feature, TimestampFeature) else UTC_ZONE
                with contextlib.suppress(ValueError):
                    moment = parse_timestamp(before, zone)
                    if value in {moment.replace(microsecond=0), moment.replace(second=0, microsecond=0)}:
                        kept[name] = moment
            case bool():
                pass
            case int() | float():
                feature = use_case.features_by_name[name]
                has_comma = isinstance(feature, FloatFeature) and feature.decimal_comma
                number = number_of(before, decimal_comma=has_comma) if isinstance(before, str) else before
                if isinstance(number, int | float) and _is_rounded(number, value, is_whole=isinstance(value, int)):
                    exact = type(value)(number)
                    kept[name] = exact if isinstance(value, float) or exact == number else value
            case _:
                pass
    return {**row, **kept}


def _is_rounded(number: float, written: float, *, is_whole: bool = False) -> bool:
    """Return whether a number is one as it came, to the digits that a spreadsheet keeps of it.

    >>> _is_rounded(1234567890123.5, 1.23457e12), _is_rounded(0.00123456789, 0.001234568), _is_rounded(2.5, 2.6)
    (True, True, False)
    >>> _is_rounded(12345678901234567, 12345700000000000, is_whole=True), _is_rounded(10**9, 10**9 + 1, is_whole=True)
    (True, False)
    """
    size = abs(number)
    if not size < _LARGEST:
        return False
    if not is_whole and math.isclose(number, written, rel_tol=_LOST_DIGITS):
        return True
    if not _PLAIN_FROM <= size < _PLAIN_BELOW:
        return written in {float(f"{number:.5e}"), float(f"{number:.14e}")}
    return not is_whole and size < 1 and any(round(number, places) == written for places in _DECIMALS)


def _tables(use_case: UseCase, path: Path, name: str, most_rows: int) -> Iterator[pa.RecordBatch]:
    found = format_in(name, encoding_of(path, name) or Encoding.UTF_8)
    with path.open("rb", buffering=0) as file:
        problem = preflight(file, found).problem
    if problem is not None:
        raise FileBrokenError(problem)
    columns = Columns(partial(_names, use_case), columns_of(use_case).known | {*_OWN.values()})
    yield from read_tables(found, opener(path), columns, most_rows)


def _names(use_case: UseCase, found: Sequence[str]) -> list[str | None]:
    """Return what the columns of a file are, by their places; see :func:`usecases.formats.reading.columns_of_file`."""
    own = [_OWN.get(spelling(name)) for name in found]
    if own.count(ROW_NUMBER) != 1 or own.count(BATCH_ID) > 1:
        raise TableRefusedError(
            f"{'no' if ROW_NUMBER not in own else 'not one'} column {ROW_NUMBER} says which rows are meant; repair the file "
            "that was downloaded, and leave this column as it is"
        )
    others = columns_of_file(use_case, ["" if mine else name for name, mine in zip(found, own, strict=True)])
    return [mine or other for mine, other in zip(own, others, strict=True)]


def _row_numbers(column: pa.Array) -> list[int | None]:
    texts = pc.utf8_trim_whitespace(column.cast(pa.string()))
    is_number = pc.match_substring_regex(texts, r"^[1-9]\d{0,8}(\.0+)?$")
    plain = pc.replace_substring_regex(texts, r"\.0+$", "")
    numbers: list[int | None] = pc.if_else(is_number, plain, pa.scalar(None, pa.string())).cast(pa.int64()).to_pylist()
    return numbers


def _texts_of(table: pa.RecordBatch, column: str) -> list[str | None]:
    if column not in table.schema.names:
        return [None] * table.num_rows
    texts = pc.utf8_trim_whitespace(table.column(column).cast(pa.string()))
    return [text or None for text in texts.to_pylist()]


def _with_commas(use_case: UseCase, table: pa.RecordBatch) -> UseCase:
    """Return the contract with decimal commas in the columns in which some number has one."""
    columns = {
        feature.name
        for feature in use_case.features
        if isinstance(feature, FloatFeature)
        and not feature.decimal_comma
        and (texts := _text_column(table, feature.name)) is not None
        and has_decimal_commas(texts)
    }
    if not columns:
        return use_case
    content = use_case.model_dump(mode="json")
    for feature in content["features"]:
        if feature["name"] in columns:
            feature["decimal_comma"] = True
    return UseCase.model_validate_json(json.dumps(content))


def _in_notations(use_case: UseCase, table: pa.RecordBatch, notations: Mapping[str, Notation]) -> pa.RecordBatch:
    """Write numbers as the contract reads them in columns of which somebody said how files have them."""
    for name, notation in notations.items():
        feature, texts = use_case.features_by_name.get(name), _text_column(table, name)
        if texts is None or notation is Notation.DAY_FIRST or not isinstance(feature, FloatFeature | IntegerFeature):
            continue
        point = "," if isinstance(feature, FloatFeature) and feature.decimal_comma else "."
        plain = in_one_notation(texts, notation, are_whole=isinstance(feature, IntegerFeature), point=point)
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), plain)
    return table


def _with_iso_dates(use_case: UseCase, table: pa.RecordBatch) -> pa.RecordBatch:
    """Write times whose day comes first, as in 31.12.2026 16:30, as the contract reads them."""
    for feature in use_case.features:
        texts = _text_column(table, feature.name)
        if texts is None or not isinstance(feature, TimestampFeature):
            continue
        place = table.schema.get_field_index(feature.name)
        table = table.set_column(place, table.schema.field(place), plain_days(texts))
    return table


def _text_column(table: pa.RecordBatch, name: str) -> pa.Array | None:
    place = table.schema.get_field_index(name)
    return table.column(place) if place >= 0 and pa.types.is_string(table.schema.field(place).type) else None
