"""Every way a file can be bad: it is refused or its bad rows are kept, with words that say what to do."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.files.ingest import ingest_file
from ingestion.files.outcomes import FileIngested, FileRefused, PutAside
from sql.ledger.batches import BatchState
from sql.quarantine.rows import QuarantineFilter, list_quarantined
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import (
    BAD_LINE,
    GOOD_LINE,
    HEADER,
    READING,
    csv_file,
    json_lines,
    numbered_csv,
    reading,
)


def parquet(content: list[dict[str, object]], rows: int | None = None) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(content).slice(0, rows), sink)
    return sink.getvalue()


def with_views_and_index(rows: list[dict[str, Any]]) -> bytes:
    """Write rows as newer programs do: texts as views, and the index of pandas."""
    table = pa.Table.from_pylist([row | {"__index_level_0__": 3 * place} for place, row in enumerate(rows)])
    views = [column.cast(pa.string_view()) if pa.types.is_string(column.type) else column for column in table.columns]
    sink = io.BytesIO()
    pq.write_table(pa.table(views, names=table.column_names), sink)
    return sink.getvalue()


def damaged_parquet() -> bytes:
    content = parquet([READING] * 2_000)
    return content[:4] + bytes(300) + content[304:]


REFUSED = {
    "empty": ("a.csv", b"", "empty"),
    "only a header": ("a.csv", HEADER.encode(), "no rows"),
    "a column is missing": ("a.csv", csv_file(2).replace(b"torque_nm,", b""), "missing column 'torque_nm'"),
    "a column is unknown": ("a.csv", csv_file(2).replace(b"torque_nm", b"torque_nm,more"), "unknown column 'more'"),
    "a column stands twice": ("a.csv", csv_file(2).replace(b"torque_nm", b"tool_wear_min"), "repeated column"),
    "not UTF-8": ("a.csv", csv_file(2) + b"M\xfc\n", "UTF-8"),
    "UTF-16": ("a.csv", csv_file(2).decode().encode("utf-16"), "UTF-8"),
    "binary rubbish": ("a.csv", bytes(range(256)) * 10, "UTF-8"),
    "gzip cut off": ("a.csv.gz", gzip.compress(csv_file(500))[:-10], "cut off"),
    "no gzip": ("a.csv.gz", csv_file(5), "gzip data is damaged"),
    "Parquet cut off": ("a.parquet", parquet([READING] * 9)[:-10], "cut off"),
    "no Parquet": ("a.parquet", csv_file(5), "no Parquet file"),
    "damaged Parquet": ("a.parquet", damaged_parquet(), "damaged"),
    "Parquet without rows": ("a.parquet", parquet([READING], rows=0), "no rows"),
    "empty lines": ("a.jsonl", b"\n\n", "empty"),
    "unknown format": ("a.xls", b"PK", "no known format"),
    "no ending": ("readings", csv_file(2), "no known format"),
}


@pytest.mark.parametrize(("name", "content", "says"), REFUSED.values(), ids=REFUSED)
async def test_a_file_nobody_can_read_is_refused_with_what_to_do(
    doors: Doors, name: str, content: bytes, says: str
) -> None:
    outcome = await doors.take_in(content, name)
    assert isinstance(outcome, FileRefused)
    ledger = doors.ledger(outcome)
    assert (ledger.state, ledger.rows_in) == (BatchState.REFUSED, 0)
    assert says in (ledger.problem or "")
    assert says in (doors.data / f"bad_data/equipment_failure/{name}.why.txt").read_text()
    assert f"equipment_failure/{name}" in doors.names("bad_data")
    assert await doors.record_all() == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.jsonl", b"{}\n" * 3_000), ("bad.csv", csv_file(0, bad=3_000)), ("late.csv", csv_file(90, bad=2_910))],
)
async def test_a_refused_file_keeps_its_first_bad_rows_and_counts_the_others(
    doors: Doors, name: str, content: bytes
) -> None:
    outcome = await doors.take_in(content, name)
    assert isinstance(outcome, FileRefused)
    await doors.record_all()
    ledger = doors.ledger(outcome)
    assert ledger.is_balanced
    assert (ledger.rows_in, ledger.predicted + ledger.quarantined) == (3_000, 3_000)
    kept = list_quarantined(doors.ingestion.engine, QuarantineFilter(batch_id=ledger.batch_id), limit=2_000)
    assert len(kept) == 1_000
    assert (doors.data / f"bad_data/equipment_failure/{name}").read_bytes() == content
    beside = (doors.data / f"bad_data/equipment_failure/{name}.bad_rows.csv").read_text()
    assert beside.count("\n") == 1_001


async def test_a_use_case_that_is_not_known_is_refused_with_those_that_are(doors: Doors) -> None:
    outcome = await doors.take_in(csv_file(2), "a.csv", use_case="nobody knows")
    assert isinstance(outcome, FileRefused)
    assert "known are equipment_failure, iris, pm25" in (doors.ledger(outcome).problem or "")
    assert doors.names("bad_data") == {"nobody knows/a.csv", "nobody knows/a.csv.why.txt"}


async def test_a_link_is_put_aside_and_not_followed(doors: Doors, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(csv_file(3))
    link = doors.files.folders.incoming / "link.csv"
    link.symlink_to(secret)
    outcome = await ingest_file(doors.files, link)
    assert isinstance(outcome, PutAside)
    assert doors.names("bad_data") == {"equipment_failure/link.csv", "equipment_failure/link.csv.why.txt"}
    assert secret.read_bytes() == csv_file(3)


BAD_ROWS = {
    "type": (GOOD_LINE.replace("40.0", "warm"), "torque_nm", "type"),
    "range": (GOOD_LINE.replace("40.0", "455"), "torque_nm", "maximum"),
    "missing": (GOOD_LINE.replace("40.0", ""), "torque_nm", "missing"),
    "infinite": (GOOD_LINE.replace("40.0", "inf"), "torque_nm", "type"),
    "unknown category": (BAD_LINE, "product_quality", "allowed_values"),
    "fraction": (GOOD_LINE.replace("1500", "1500.5"), "rotational_speed_rpm", "type"),
    "row rule": (GOOD_LINE.replace("310.0", "290.0"), None, "process_warmer_than_air"),
    "too few columns": ("M-1,L\n", None, "number_of_columns"),
    "too many columns": (GOOD_LINE.replace("\n", ",1\n"), None, "number_of_columns"),
    "stray quotation mark": ('"' + GOOD_LINE, None, "quotation_mark"),
    "NUL": (GOOD_LINE.replace("M-1", "M\0"), "machine_id", "type"),
    "formula": (GOOD_LINE.replace("L,", "=1+1,"), "product_quality", "allowed_values"),
}


@pytest.mark.parametrize(("line", "column", "rule"), BAD_ROWS.values(), ids=BAD_ROWS)
async def test_a_bad_row_is_kept_as_it_came_with_its_reason(
    doors: Doors, line: str, column: str | None, rule: str
) -> None:
    outcome = await doors.take_in((HEADER + GOOD_LINE * 2 + line + GOOD_LINE).encode(), f"{rule}-{column}.csv")
    ledger = doors.ledger(outcome)
    assert (ledger.rows_in, ledger.planned, ledger.quarantined) == (4, 3, 1)
    (entry,) = list_quarantined(doors.ingestion.engine, QuarantineFilter(batch_id=ledger.batch_id))
    assert entry.row_number == 3
    assert [(reason["column"], reason["rule"]) for reason in entry.reasons] == [(column, rule)]
    for value in line.strip().split(","):
        assert value.replace("\0", "\\u0000") in entry.raw


async def test_no_row_vanishes_between_two_stray_quotation_marks(doors: Doors) -> None:
    lines = numbered_csv(12).decode().splitlines(keepends=True)
    for row in (4, 9):
        lines[row] = '"' + lines[row]
    outcome = await doors.take_in("".join(lines).encode(), "stray.csv")
    ledger = doors.ledger(outcome)
    assert (ledger.rows_in, ledger.planned, ledger.quarantined) == (12, 10, 2)
    entries = list_quarantined(doors.ingestion.engine, QuarantineFilter(batch_id=ledger.batch_id))
    assert {entry.row_number: entry.reasons[0]["message"].partition(":")[0] for entry in entries} == {
        4: "line 5", 9: "line 10",
    }  # fmt: skip


async def test_every_format_gives_the_same_rows(doors: Doors) -> None:
    rows = [reading(machine_id=f"M-{row}", torque_nm=float(row)) for row in range(1, 31)]
    rows[4]["torque_nm"] = 455.0
    text = HEADER + "".join(",".join(str(value) for value in row.values()) + "\n" for row in rows)
    files = {
        "a.csv": text.encode(),
        "b.csv.gz": gzip.compress(text.encode()),
        "c.parquet": parquet(rows),
        "d.jsonl": json_lines(*rows),
        "e.ndjson.gz": gzip.compress(json_lines(*rows)),
        "f.PARQUET": with_views_and_index(rows),
        "g.csv": pd.DataFrame(rows).to_csv().encode(),
    }
    for name, content in files.items():
        outcome = await doors.take_in(content, name)
        assert isinstance(outcome, FileIngested), name
        ledger = doors.ledger(outcome)
        assert (ledger.rows_in, ledger.planned, ledger.quarantined) == (30, 29, 1), name
        (entry,) = list_quarantined(doors.ingestion.engine, QuarantineFilter(batch_id=ledger.batch_id))
        assert (entry.row_number, entry.reasons[0]["column"], entry.reasons[0]["rule"]) == (5, "torque_nm", "maximum")


async def test_names_that_look_like_paths_or_code_are_names(doors: Doors) -> None:
    for name in ("..csv", "a b;$(touch x).csv", "-rf.csv", "ä" * 100 + ".csv", "%2e%2e%2f.csv", "a\nb.csv"):
        outcome = await doors.take_in(csv_file(1), name)
        assert isinstance(outcome, FileIngested), name
        assert doors.ledger(outcome).name == name
