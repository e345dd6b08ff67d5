"""A broken file is seen before any of its rows is read."""

from __future__ import annotations

import gzip
import hashlib
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.ingestion.readings import READING, csv_file
from usecases.formats.reading import UnknownFormatError, format_of, preflight


def parquet(rows: int = 3) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([READING] * rows), sink)
    return sink.getvalue()


def problem_of(content: bytes, name: str) -> str | None:
    looked = preflight(io.BytesIO(content), format_of(name))
    assert looked.digest == hashlib.sha256(content).hexdigest()
    return looked.problem


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (csv_file(3), "a.csv"),
        (csv_file(3), "A.CSV"),
        ("\ufeffé".encode(), "a.jsonl"),
        (gzip.compress(csv_file(3)), "a.csv.gz"),
        (gzip.compress(b"a") + gzip.compress(b"b") + b"\0" * 512, "a.ndjson.gz"),
        (parquet(), "a.parquet"),
    ],
)
def test_whole_files_pass(content: bytes, name: str) -> None:
    assert problem_of(content, name) is None


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "a.csv", "empty"),
        (b" \n\n", "a.csv", "empty"),
        (b"\xef\xbb\xbf", "a.jsonl", "empty"),
        (b"", "a.parquet", "empty"),
        (gzip.compress(b"", mtime=0), "a.csv.gz", "empty"),
        (csv_file(3) + b"M\xfcnchen", "a.csv", "save the file as UTF-8"),
        ("a,b".encode("utf-16"), "a.csv", "save the file as UTF-8"),
        (b"abc\xc3", "a.csv", "save the file as UTF-8"),
        (gzip.compress(csv_file(1_000))[:-9], "a.csv.gz", "cut off"),
        (b"a,b\n", "a.csv.gz", "damaged"),
        (gzip.compress(csv_file(3)) + b"rubbish", "a.csv.gz", "damaged"),
        (gzip.compress(csv_file(3))[:-8] + b"\0" * 8, "a.csv.gz", "damaged"),
        (parquet()[:-20], "a.parquet", "cut off"),
        (csv_file(3), "a.parquet", "no Parquet file"),
    ],
)
def test_broken_files_are_told_with_what_to_do(content: bytes, name: str, says: str) -> None:
    problem = problem_of(content, name)
    assert problem is not None
    assert says in problem


def test_a_character_may_lie_across_two_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.reading.BLOCK_BYTES", 3)
    assert problem_of(("ab" + "é" * 20 + "€" * 20).encode(), "a.csv") is None


@pytest.mark.parametrize("name", ["a.txt", "a.csv.rar", "csv", "a.xls", "a.parquet.gz", "a.zip.gz", ""])
def test_unknown_formats_are_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownFormatError, match=r"\.csv\.gz, .*, \.parquet, \.pq, \.jsonl"):
        format_of(name)
