"""Small files become rows; what is wrong with a file as a whole is said in words."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from pydantic import TypeAdapter

from tests.unit.ui.full_answers import full
from tests.unit.ui.stand_in_gateway import USE_CASE
from ui.files import EXTRA_CELLS, MAX_ROWS, FileUnreadableError, read_rows
from ui.gateway.answers import FeatureAnswer, UseCaseAnswer
from ui.values import value_of

MACHINES = TypeAdapter(UseCaseAnswer).validate_python(full("UseCaseAnswer", USE_CASE))
HEADER = "machine_id,quality,speed,torque,humid"
GOOD: dict[str, Any] = {"machine_id": "m1", "quality": "M", "speed": 1480, "torque": 41.5, "humid": None}


def rows_of(name: str, content: bytes) -> list[dict[str, Any]] | None:
    return read_rows(MACHINES, name, io.BytesIO(content))


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\nm1,M,1480,41.5,\n",
        f"\ufeff{HEADER}\r\nm1,M, 1480,4.15e1,nan\r\n",
        f"\n{HEADER.replace(',', ';')}\nm1;M;1480;41.5;\n",
        f'{HEADER}\n"m1",M,+1480,41.5,N/A\n',
    ],
)
def test_csv_is_read_however_spreadsheets_write_it(content: str) -> None:
    assert rows_of("rows.csv", content.encode()) == [GOOD]
    assert rows_of("rows.csv.gz", gzip.compress(content.encode())) == [GOOD]


def test_parquet_and_json_lines_give_the_same_rows() -> None:
    buffer = io.BytesIO()
    pd.DataFrame([GOOD]).to_parquet(buffer)
    assert rows_of("rows.parquet", buffer.getvalue()) == [GOOD]
    assert rows_of("rows.jsonl", (json.dumps(GOOD) + "\n\n").encode()) == [GOOD]


def test_what_cannot_be_read_stays_for_the_gateway_to_judge() -> None:
    [row] = rows_of("rows.csv", f"{HEADER}\nm1,X,fast,1e999,maybe,extra\n".encode()) or []
    assert row == {
        "machine_id": "m1", "quality": "X", "speed": "fast", "torque": "1e999", "humid": "maybe", EXTRA_CELLS: "extra",
    }  # fmt: skip


def test_more_rows_than_a_request_may_have_are_not_read() -> None:
    line = "m1,M,1480,41.5,\n"
    assert len(rows_of("rows.csv", f"{HEADER}\n{line * MAX_ROWS}".encode()) or []) == MAX_ROWS
    assert rows_of("rows.csv", f"{HEADER}\n{line * (MAX_ROWS + 1)}".encode()) is None


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.csv", b"", "Missing: quality, speed, torque."),
        ("rows.csv", b"quality,speed,failed\nM,1,1\n", "Missing: torque. Unknown: failed."),
        ("rows.csv", b"quality,speed,speed,torque\n", "Repeated: speed."),
        ("rows.csv", HEADER.encode(), "no rows"),
        ("rows.csv", HEADER.encode() + b"\n\xff\xfe,M,1,1,\n", "UTF-8"),
        ("rows.parquet", b"no parquet", "cannot be read as .parquet"),
        ("rows.csv.gz", b"no gzip", "cannot be read as .gz"),
        ("rows.jsonl", b"{broken\n", "cannot be read as .jsonl"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_words(name: str, content: bytes, said: str) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        rows_of(name, content)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "3.0", 3.0),
        ("integer", "1_000", "1_000"),
        ("integer", "9" * 40, "9" * 40),
        ("float", "inf", "inf"),
        ("float", "0x1F", "0x1F"),
        ("boolean", "YES", True),
        ("boolean", "0", False),
        ("category", "nan", "nan"),
        ("category", "", None),
        ("timestamp", " 2026-05-04T12:00:00Z ", "2026-05-04T12:00:00Z"),
    ],
)
def test_texts_are_read_as_json_has_them(kind: Any, text: str, value: object) -> None:
    assert (
        value_of(TypeAdapter(FeatureAnswer).validate_python(full("FeatureAnswer", {"name": "x", "type": kind})), text)
        == value
    )


def test_times_of_parquet_are_written_as_iso() -> None:
    use_case = TypeAdapter(UseCaseAnswer).validate_python(
        full(
            "UseCaseAnswer",
            USE_CASE | {"key": None, "features": [{"name": "at", "type": "timestamp", "title": "At"}]},
        )
    )
    buffer = io.BytesIO()
    pd.DataFrame({"at": [datetime(2026, 5, 4, 12, tzinfo=UTC)]}).to_parquet(buffer)
    assert read_rows(use_case, "t.parquet", io.BytesIO(buffer.getvalue())) == [{"at": "2026-05-04T12:00:00+00:00"}]
