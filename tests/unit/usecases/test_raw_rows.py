"""Rows of a table are kept as they came, whatever their columns are made of."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from usecases.checking.raw_rows import cell_value, raw_rows

KEY = UUID("cc9bbce1-7f70-4b08-9848-5d2b63ecf06e")
NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001  # as the file has it


@pytest.mark.parametrize(
    ("column", "written"),
    [
        (pa.array(["a", "b"], pa.string_view()), '"b"'),
        (pa.array([b"a", b"b"]), '"b"'),
        (pa.array([b"a", b"b"], pa.binary_view()), '"b"'),
        (pa.array([b"a", b"\xff"]), r'"\\xff"'),
        (pc.run_end_encode(pa.array(["a", "b"])), '"b"'),
        (pa.array([Decimal("1.50"), Decimal("12345678901234567890.10")]), "12345678901234567890.10"),
        (pa.array([1.0, float("-inf")]), "-Infinity"),
        (pa.array([1.0, float("nan")]), "null"),
        (pa.array([0, 2**64 - 1], pa.uint64()), str(2**64 - 1)),
        (pa.array([NOON, NOON]), '"2026-03-01T12:00:00"'),
        (pa.array([0, 2**62], pa.timestamp("us")), '"a timestamp[us] out of range"'),
        (pa.ExtensionArray.from_storage(pa.uuid(), pa.array([KEY.bytes] * 2, pa.binary(16))), f'"{KEY}"'),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_a_cell_is_written_with_all_that_it_holds(column: pa.Array, written: str) -> None:
    (row,) = raw_rows(pa.record_batch({"x": column}), pa.array([1]))
    assert row == f'{{"x":{written}}}'
    json.loads(row)


def test_only_the_rows_asked_for_are_written() -> None:
    table = pa.record_batch({"a": [1, 2, 3], "b": ["x", "y", None]})
    assert [json.loads(row) for row in raw_rows(table, pa.array([2, 0]))] == [{"a": 3, "b": None}, {"a": 1, "b": "x"}]


def test_a_reason_shows_bytes_as_the_text_that_they_are() -> None:
    assert cell_value(pa.array([b"L\xff"])[0]) == "L\\xff"
    assert cell_value(pa.array([b"L"])[0]) == "L"
