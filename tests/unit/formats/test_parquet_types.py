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

from usecases.checking.chunk_check import check_chunk
from usecases.contract.spec import UseCase
from usecases.formats.arrow_types import plain_array, plain_type
from usecases.formats.chunks import FileBrokenError, TableChunk
from usecases.formats.data_files import read_data
from usecases.formats.format import Columns
from usecases.formats.reading import format_of, opener, read_chunks

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
