"""Whatever types a Parquet file has, values come right or are refused; none is wrapped around or left to Arrow's gaps."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.usecases.proposals import feature_of, findings_of, proposed
from usecases.checking.chunk_check import check_chunk
from usecases.contract.spec import UseCase
from usecases.formats import parquet
from usecases.formats.arrow_types import plain_array, plain_type
from usecases.formats.chunks import FileBrokenError, TableChunk
from usecases.formats.data_files import read_data
from usecases.formats.format import Columns
from usecases.formats.reading import format_of, opener, preflight, read_chunks

JULIAN_1970 = 2_440_588

PRESSES = UseCase.model_validate(
    {
        "name": "presses",
        "title": "Presses",
        "task": "regression",
        "target": "wear",
        "key": "tool",
        "features": [
            {"name": "force", "type": "float"},
            {"name": "since", "type": "timestamp", "nullable": True},
            {"name": "alloy", "type": "category", "values": ["steel", "brass"], "nullable": True},
        ],
        "training": {"data": "x.csv"},
    }
)


def written(folder: Path, columns: dict[str, Any], **options: Any) -> Path:
    path = folder / "presses.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return path


def rows_of(path: Path, chunk_rows: int = 1_000) -> list[dict[str, Any]]:
    chunks = format_of(path.name).read(opener(path), Columns(list), chunk_rows)
    return [row for chunk in chunks if isinstance(chunk, TableChunk) for row in chunk.table.to_pylist()]


def spark_file(folder: Path, *days: dt.date) -> Path:
    """Write times of 96 bits as Spark does: nanoseconds of the day, then the Julian day; pyarrow writes none so far."""
    stand_ins = [dt.datetime(2001, 1, 1 + place, tzinfo=dt.UTC) for place in range(len(days))]
    times = pa.array([pd.Timestamp(one).value for one in stand_ins], pa.timestamp("ns"))
    columns = {"tool": [f"T{place}" for place in range(len(days))], "force": [1.0] * len(days), "since": times}
    path = written(
        folder, columns, use_deprecated_int96_timestamps=True, compression="none", use_dictionary=False,
        write_statistics=False,
    )  # fmt: skip
    content = path.read_bytes()
    for stand_in, day in zip(stand_ins, days, strict=True):
        content = content.replace(_int96(stand_in.date()), _int96(day))
    path.write_bytes(content)
    return path


def _int96(day: dt.date) -> bytes:
    return bytes(8) + (JULIAN_1970 + (day - dt.date(1970, 1, 1)).days).to_bytes(4, "little")


def test_times_of_spark_come_right_or_are_refused(tmp_path: Path) -> None:
    days = [dt.date(2026, 3, 1), dt.date(9999, 12, 31), dt.date(1, 1, 1), dt.date(1816, 3, 29), dt.date(2199, 12, 31)]
    path = spark_file(tmp_path, *days)
    read = [row["since"].date() for row in rows_of(path)]
    assert read == days
    assert [row["since"].date() for row in read_data(path).to_pylist()] == days
    [chunk] = read_chunks(PRESSES, path, format_of(path.name), 1_000)
    checked = check_chunk(PRESSES, chunk)
    assert [row["since"].date() for row in checked.good.to_pylist()] == [days[0], days[3], days[4]]
    assert sorted(checked.bad) == [2, 3]
    assert len(checked.raw([1, 2, 3])) == 3


def test_every_layout_of_texts_gives_the_same_rows(tmp_path: Path) -> None:
    texts = ["T1", "T2", "T3"]
    layouts = [
        pa.array(texts), pa.array(texts, pa.large_string()), pa.array(texts, pa.string_view()),
        pa.array(texts).dictionary_encode(), pa.array([text.encode() for text in texts]),
        pa.array([text.encode() for text in texts], pa.large_binary()),
        pa.array([text.encode() for text in texts], pa.binary_view()),
        pa.array([text.encode() for text in texts], pa.binary(2)),
    ]  # fmt: skip
    for keys in layouts:
        alloy = pa.array(["steel", "lead", None]).cast(pa.string_view())
        path = written(tmp_path, {"tool": keys, "force": [1.0, 2.0, 3.0], "alloy": alloy})
        [chunk] = read_chunks(PRESSES, path, format_of(path.name), 1_000)
        checked = check_chunk(PRESSES, chunk)
        assert [row["tool"] for row in checked.good.to_pylist()] == ["T1", "T3"], keys.type
        assert [reason.rule for reason in checked.bad[2]] == ["allowed_values"], keys.type
        assert "lead" in checked.raw([2])[0]


def test_wrapped_values_are_unwrapped(tmp_path: Path) -> None:
    ids = [uuid.UUID(int=place * 10**30) for place in (1, 2, 3)]
    keys = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([ids[0].bytes, None, ids[2].bytes], pa.binary(16)))
    flags = pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0, None], pa.int8()))
    columns = {
        "tool": keys, "flag": flags, "half": np.array([1.5, 2, 3], np.float16), "cents": pa.array([1, 2, None], pa.decimal64(9, 2)),
    }  # fmt: skip
    first, second, third = rows_of(written(tmp_path, columns))
    assert first == {"tool": str(ids[0]), "flag": True, "half": 1.5, "cents": Decimal("1.00")}
    assert (second["tool"], second["flag"]) == (None, False)
    assert (third["tool"], third["flag"], third["cents"]) == (str(ids[2]), None, None)


def test_a_slice_of_uuids_is_written_from_its_own_start() -> None:
    ids = [uuid.UUID(int=place * 10**30) for place in range(5)]
    array = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([one.bytes for one in ids], pa.binary(16)))
    assert plain_array(array.slice(2, 2)).to_pylist() == [str(ids[2]), str(ids[3])]
    assert plain_array(array.slice(0, 0)).to_pylist() == []


def test_runs_and_dictionaries_of_anything_are_unwrapped() -> None:
    runs = pa.RunEndEncodedArray.from_arrays([2, 5], pa.array(["a", "b"]).cast(pa.large_string()))
    assert plain_array(runs).to_pylist() == ["a", "a", "b", "b", "b"]
    assert plain_type(runs.type) == pa.string()
    numbers = pa.array([7, 8, 7]).dictionary_encode()
    assert plain_array(numbers).to_pylist() == [7, 8, 7]


def test_an_index_of_pandas_is_read_over(tmp_path: Path) -> None:
    frame = pd.DataFrame({"tool": ["T1", "T2", "T3"], "force": [1.0, 2.0, 3.0]})
    frame[frame.force > 1].to_parquet(tmp_path / "index.parquet")
    frame.to_csv(tmp_path / "index.csv")
    frame.to_csv(tmp_path / "again.csv", index_label="Unnamed: 0")
    for name, expected in (("index.parquet", 2), ("index.csv", 3), ("again.csv", 3)):
        [chunk] = read_chunks(PRESSES, tmp_path / name, format_of(name), 1_000)
        assert check_chunk(PRESSES, chunk).good.num_rows == expected


def test_a_column_of_lists_is_no_column_of_a_door(tmp_path: Path) -> None:
    path = written(tmp_path, {"tool": ["T1"], "force": pa.array([[1.0]])})
    with pytest.raises(FileBrokenError, match=r"'force' holds list<element: double>; a cell has to be one value"):
        list(read_chunks(PRESSES, path, format_of(path.name), 1_000))
    assert read_data(path).schema.names == ["tool", "force"]


def test_an_encrypted_file_is_refused_by_its_magic_word(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PARE" + bytes(100) + b"PARE")
    with path.open("rb") as file:
        assert "is encrypted; write it without encryption" in str(preflight(file, format_of(path.name)).problem)


def test_a_signature_behind_the_metadata_tells_encrypted_columns(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"force": np.arange(300) / 8}), path)
    content = path.read_bytes()
    length = int.from_bytes(content[-8:-4], "little")
    path.write_bytes(content[:-8] + bytes(28) + (length + 28).to_bytes(4, "little") + content[-4:])
    with pytest.raises(FileBrokenError, match="is encrypted; write it without encryption"):
        read_data(path)


def test_only_large_row_groups_are_looked_at_column_by_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"force": np.arange(300) / 8, "alloy": ["steel", "brass", None] * 100}), path)
    looked_at: list[int] = []
    monkeypatch.setattr(parquet, "_require_bounded", lambda group, _: looked_at.append(group.num_rows))
    assert read_data(path).num_rows == 300
    assert looked_at == []
    monkeypatch.setattr(parquet, "COLUMN_CHUNK_BYTES", 1_000)
    assert read_data(path).num_rows == 300
    assert looked_at == [300]


def test_texts_that_are_written_as_bytes_are_texts_to_whoever_proposes_a_use_case(tmp_path: Path) -> None:
    alloys = pa.array([b"steel", b"brass", None] * 40)
    pq.write_table(pa.table({"alloy": alloys, "dump": [b"\xff\x00"] * 120}), tmp_path / "rows.parquet")
    table = read_data(tmp_path / "rows.parquet")
    assert table.schema.types == [pa.string(), pa.binary()]
    assert table.column("alloy").to_pylist()[:3] == ["steel", "brass", None]


@pytest.mark.parametrize(
    ("values", "way_on"),
    [
        (pa.array([dt.timedelta(seconds=second) for second in range(60)]), "write durations as numbers"),
        (pa.array([dt.time(second % 24) for second in range(60)]), "write the hour as a number"),
        (pa.array([{"a": second} for second in range(60)]), "make columns of their members"),
    ],
    ids=["durations", "times of day", "objects"],
)
def test_a_type_that_cannot_be_used_is_told_with_the_way_on(values: pa.Array, way_on: str) -> None:
    assert way_on in findings_of(proposed({"x": values}), "x")["unsupported"].text


def test_whole_numbers_that_no_64_bits_hold_are_names() -> None:
    accounts = pa.array([Decimal(10**30 + account) for account in range(200)], pa.decimal128(38, 0))
    assert "names its row" in findings_of(proposed({"x": accounts}), "x")["identifier"].text
    counts = pa.array([Decimal(account % 90) for account in range(200)], pa.decimal128(38, 0))
    assert feature_of(proposed({"x": counts}), "x").type == "float"
