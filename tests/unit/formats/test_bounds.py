"""What a file takes of memory is bounded, however little of it there is on the disk, and rows keep their numbers."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.batches.plan import PARTS_PER_CHUNK
from usecases.formats import chunks, json_lines, limits, parquet
from usecases.formats.chunks import Chunk, Cutter, FileBrokenError
from usecases.formats.data_files import read_data
from usecases.formats.format import Columns
from usecases.formats.reading import format_of, opener, preflight


def chunks_of(path: Path, chunk_rows: int) -> list[Chunk]:
    return list(format_of(path.name).read(opener(path), Columns(list), chunk_rows))


def csv_text(rows: int, width: int) -> str:
    return "a,b\n" + "".join(f"{number},{'x' * width}\n" for number in range(rows))


def json_text(rows: int, width: int) -> str:
    return "".join(f'{{"a": {number}, "b": "{"x" * width}"}}\n' for number in range(rows))


@pytest.mark.parametrize(("name", "write"), [("a.csv", csv_text), ("a.csv.gz", csv_text), ("a.jsonl", json_text)])
def test_a_chunk_of_long_rows_ends_at_a_tenth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, write: Callable[[int, int], str]
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 20_000)
    for module in (chunks, json_lines):
        monkeypatch.setattr(module, "BLOCK_BYTES", 4_096)
    text = write(2_000, 50).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    found = chunks_of(tmp_path / name, 1_000)
    assert sum(chunk.rows for chunk in found) == 2_000
    assert all(chunk.rows_before % 100 == 0 for chunk in found)
    assert max(chunk.rows for chunk in found) < 1_000
    assert [(chunk.rows_before, chunk.rows) for chunk in chunks_of(tmp_path / name, 1_000)] == [
        (chunk.rows_before, chunk.rows) for chunk in found
    ]


def test_rows_too_long_for_a_tenth_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 20_000)
    monkeypatch.setattr(chunks, "STEP_BYTES", 100_000)
    for name, text in (("a.csv", csv_text(50, 5_000)), ("a.jsonl", json_text(50, 5_000))):
        (tmp_path / name).write_text(text)
        with pytest.raises(FileBrokenError, match="leave long texts out"):
            chunks_of(tmp_path / name, 1_000)


def test_a_part_has_a_tenth_of_a_chunk() -> None:
    assert PARTS_PER_CHUNK == limits.STEPS_PER_CHUNK


def test_one_long_text_for_many_rows_is_refused_before_it_is_unfolded(tmp_path: Path) -> None:
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(400_000, np.int32)), pa.array(["x" * 500_000]))
    pq.write_table(pa.table({"a": np.arange(400_000), "b": text}), tmp_path / "a.parquet", store_schema=False)
    assert (tmp_path / "a.parquet").stat().st_size < 5_000_000
    before = pa.total_allocated_bytes()
    with pytest.raises(FileBrokenError, match="take more than 256 MB"):
        chunks_of(tmp_path / "a.parquet", 100_000)
    assert pa.default_memory_pool().max_memory() - before < 3 * limits.STEP_BYTES


def test_a_long_text_is_seen_in_whichever_row_group_it_is(tmp_path: Path) -> None:
    rows = 400_000
    names = pa.array([f"name {number}" for number in range(rows)])
    schema = pa.schema([("a", pa.string()), ("b", pa.dictionary(pa.int32(), pa.string()))])
    with pq.ParquetWriter(tmp_path / "a.parquet", schema, store_schema=False) as writer:
        for length in (1, 500_000):
            text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array(["x" * length]))
            writer.write_table(pa.table({"a": names, "b": text}), row_group_size=rows)
    before = pa.total_allocated_bytes()
    with pytest.raises(FileBrokenError, match="take more than 256 MB"):
        chunks_of(tmp_path / "a.parquet", 100_000)
    assert pa.default_memory_pool().max_memory() - before < 3 * limits.STEP_BYTES


def test_row_groups_that_are_not_read_are_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = pa.array([f"name {number}" for number in range(100_000)])
    pq.write_table(pa.table({"a": names}), tmp_path / "a.parquet", row_group_size=20_000)
    monkeypatch.setattr(parquet, "STEP_BYTES", 1)
    looked_at: list[int] = []

    def longest(_: pq.ParquetFile, group: int, names: Sequence[str]) -> dict[str, int]:
        looked_at.append(group)
        return dict.fromkeys(names, 12)

    monkeypatch.setattr(parquet, "_longest_texts", longest)
    opened = opener(tmp_path / "a.parquet")
    read = parquet.read_row_groups(opened, Columns(list), 10_000, range(2, 4))
    assert sum(chunk.rows for chunk in read) == 40_000
    assert looked_at == [2, 3]
    assert parquet.row_group_sizes(opened, Columns(list)) == [20_000] * 5
    assert looked_at == [2, 3]


def test_a_wide_row_group_is_refused_by_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.parquet.COLUMN_CHUNK_BYTES", 1024**2)
    pq.write_table(pa.table({"a": np.zeros(400_000)}), tmp_path / "a.parquet", use_dictionary=False, compression="zstd")
    with pytest.raises(FileBrokenError, match="'a' unpacks to 3 MB in one row group; write row groups of fewer rows"):
        chunks_of(tmp_path / "a.parquet", 100_000)


def test_rows_of_a_wide_file_are_unpacked_few_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.parquet.CHUNK_BYTES", 10_000)
    pq.write_table(pa.table({f"c{place}": np.arange(500) for place in range(20)}), tmp_path / "a.parquet")
    taken: list[int] = []
    monkeypatch.setattr(Cutter, "add", lambda _, batch: taken.append(batch.num_rows))
    chunks_of(tmp_path / "a.parquet", 100_000)
    assert sum(taken) == 500
    assert max(taken) == 10_000 // (32 * 20)


def test_whole_numbers_of_128_bits_are_named(tmp_path: Path) -> None:
    narrow, wide = (bytearray(pa.schema([("count", kind)]).serialize()) for kind in (pa.int32(), pa.int64()))
    [place] = [place for place, (a, b) in enumerate(zip(narrow, wide, strict=True)) if a != b]
    wide[place] = 128
    table = pa.table({"count": pa.array([bytes(16)], pa.binary(16))})
    with pq.ParquetWriter(tmp_path / "a.parquet", table.schema, store_schema=False) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"other:schema": base64.b64encode(wide).decode()})
    content = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(content.replace(b"other:schema", b"ARROW:schema"))
    with pytest.raises(FileBrokenError, match="write 'count' as whole numbers of 64 bits or as texts"):
        chunks_of(tmp_path / "a.parquet", 100)


def test_a_table_larger_than_memory_allows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv_text(30_000, 50))
    with pytest.raises(FileBrokenError, match="take more than 1 MB, after 30,000 rows; take a part of the rows"):
        read_data(tmp_path / "a.csv", most_bytes=1024**2)


def test_gzip_that_unpacks_to_far_more_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.gzipped.UNPACKED_BYTES", 1024**2)
    for size, is_fine in ((10**6, True), (50 * 10**6, False)):
        (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * (size // 4)))
        with (tmp_path / "a.csv.gz").open("rb") as file:
            problem = preflight(file, format_of("a.csv.gz")).problem
        assert (problem is None) == is_fine
        assert is_fine or "pack fewer rows" in (problem or "")


def test_names_that_stand_twice_are_found_in_one_pass(tmp_path: Path) -> None:
    names = [f"c{place}" for place in range(9_998)]
    (tmp_path / "a.csv").write_text(",".join([*names, "c7", "c7"]) + "\n")
    with pytest.raises(FileBrokenError, match="'c7'; give each column its own"):
        read_data(tmp_path / "a.csv")
