"""Rows and cells of a table as they came: for the quarantine, and for the words of a reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from math import isinf
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc


def raw_rows(table: pa.RecordBatch, positions: pa.Array) -> list[str]:
    """Write some rows of a table, with the types that they came in."""
    names = table.schema.names
    columns = [_with_infinity(_cell_values(_takeable(column).take(positions))) for column in table.columns]
    return [
        orjson.dumps(dict(zip(names, values, strict=True)), default=_written).decode()
        for values in zip(*columns, strict=True)
    ]


def plain_row(raw: str, columns: Sequence[str]) -> dict[str, Any] | None:
    """Read a raw row as values of these columns; None if it is not such a row, or holds a text that no file can."""
    try:
        row = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(row, dict) or not set(columns).issuperset(row):
        return None
    return row if all(map(_is_cell, row.values())) else None


def _is_cell(value: Any) -> bool:
    """Return whether a value can be written into a cell; half of a surrogate pair has no bytes."""
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
    return not isinstance(value, dict | list)


def _takeable(column: pa.Array) -> pa.Array:
    """Return a column in a layout of which Arrow can pick values: its views and runs it can only read as a whole."""
    if pa.types.is_run_end_encoded(column.type):
        return pc.run_end_decode(column)
    if pa.types.is_string_view(column.type):
        return column.cast(pa.large_string())
    return column.cast(pa.large_binary()) if pa.types.is_binary_view(column.type) else column


def _cell_values(column: pa.Array) -> list[Any]:
    """Return the values of a column as Python has them; what it cannot hold, such as a date after 9999, in words."""
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError, ArithmeticError):
        values = [cell_value(cell) for cell in column]
    return values


def cell_value(cell: pa.Scalar) -> Any:
    """Return one value likewise; bytes as the text that they most likely are."""
    try:
        value = cell.as_py()
    except (ValueError, OverflowError, ArithmeticError):
        is_text = pa.types.is_string(cell.type) or pa.types.is_large_string(cell.type)
        value = cell.cast(pa.large_binary()).as_py() if is_text else f"a {cell.type} out of range"
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def _with_infinity(values: list[Any]) -> list[Any]:
    """Write infinity as Python's own JSON does, where orjson would make a missing value of it."""
    if not any(isinstance(value, float) and isinf(value) for value in values):
        return values
    return [
        orjson.Fragment("Infinity" if value > 0 else "-Infinity")
        if isinstance(value, float) and isinf(value)
        else value
        for value in values
    ]


def _written(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
