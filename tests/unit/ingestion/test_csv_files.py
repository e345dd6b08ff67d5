"""Row numbers are right and no row is lost, whatever a CSV looks like."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.support.ingestion.readings import GOOD_LINE, HEADER, csv_file, numbered_csv
from usecases.contract.catalog import load_catalog
from usecases.contract.row_layout import TableRefusedError
from usecases.formats.chunks import FileBrokenError, TableChunk
from usecases.formats.reading import format_of, read_chunks

EQUIPMENT = load_catalog()["equipment_failure"]


def read(folder: Path, content: bytes, *, chunk_rows: int = 1000, packed: bool = False) -> list[TableChunk]:
    path = folder / ("rows.csv.gz" if packed else "rows.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    chunks = list(read_chunks(EQUIPMENT, path, format_of(path.name), chunk_rows))
    return [chunk for chunk in chunks if isinstance(chunk, TableChunk)]


def machines(chunks: list[TableChunk]) -> dict[int, str]:
    return {
        int(number): name
        for chunk in chunks
        for number, name in zip(chunk.numbers, chunk.table.column("machine_id").to_pylist(), strict=True)
    }


@pytest.mark.parametrize("packed", [False, True])
def test_rows_are_cut_into_chunks_of_a_fixed_number(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001
    chunks = read(tmp_path, numbered_csv(2_500), packed=packed)
    assert [(chunk.rows_before, chunk.rows) for chunk in chunks] == [(0, 1000), (1000, 1000), (2000, 500)]
    assert machines(chunks) == {row: f"M-{row}" for row in range(1, 2_501)}


def test_ragged_rows_keep_their_numbers_and_do_not_shift_the_others(tmp_path: Path) -> None:
    lines = numbered_csv(40).decode().splitlines(keepends=True)
    for row in (3, 4, 20, 40):
        lines[row] = f"only two,values of {row}\n"
    chunks = read(tmp_path, "".join(lines).encode(), chunk_rows=10)
    assert [chunk.rows for chunk in chunks] == [10, 10, 10, 10]
    assert machines(chunks) == {row: f"M-{row}" for row in range(1, 41) if row not in {3, 4, 20, 40}}
    malformed = [(row.row_number, row.text) for chunk in chunks for row in chunk.malformed]
    assert malformed == [(row, f"only two,values of {row}") for row in (3, 4, 20, 40)]


def test_chunks_are_the_same_over_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.chunks.BLOCK_BYTES", 512)
    lines = numbered_csv(500).decode().splitlines(keepends=True)
    for row in range(7, 500, 50):
        lines[row] = "broken\n"
    chunks = read(tmp_path, "".join(lines).encode(), chunk_rows=64)
    assert [chunk.rows for chunk in chunks] == [64] * 7 + [52]
    assert all(name == f"M-{number}" for number, name in machines(chunks).items())
    assert [row.row_number for chunk in chunks for row in chunk.malformed] == list(range(7, 500, 50))


def test_a_file_of_nothing_but_ragged_rows_is_read_to_its_end(tmp_path: Path) -> None:
    chunks = read(tmp_path, (HEADER + "x\n" * 2_500).encode())
    assert [(chunk.rows, chunk.table.num_rows, len(chunk.malformed)) for chunk in chunks] == [
        (1000, 0, 1000),
        (1000, 0, 1000),
        (500, 0, 500),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_told_from_the_header(tmp_path: Path, delimiter: str) -> None:
    chunks = read(tmp_path, csv_file(3).replace(b",", delimiter.encode()))
    assert chunks[0].table.num_rows == 3


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + csv_file(2),
        csv_file(2).replace(b"\n", b"\r\n"),
        csv_file(2).replace(b"\n", b"\r"),
        csv_file(2).rstrip(b"\n"),
        b"\n\n" + csv_file(2),
        csv_file(2) + b"\n\n",
        HEADER.replace(",", " , ").encode() + GOOD_LINE.encode() * 2,
        HEADER.replace(",", '","').replace("machine", '"machine').replace("min\n", 'min"\n').encode()
        + GOOD_LINE.encode() * 2,
    ],
    ids=["BOM", "CRLF", "CR", "no last line end", "lines before", "lines after", "blanks", "quoted header"],
)
def test_what_programs_write_is_read(tmp_path: Path, content: bytes) -> None:
    chunks = read(tmp_path, content)
    assert machines(chunks) == {1: "M-1", 2: "M-1"}
    assert chunks[0].malformed == ()


def test_a_line_end_within_quotes_belongs_to_the_value(tmp_path: Path) -> None:
    chunks = read(tmp_path, (HEADER + '"M\n1",' + GOOD_LINE.partition(",")[2] + GOOD_LINE).encode())
    assert machines(chunks) == {1: "M\n1", 2: "M-1"}


def test_other_columns_are_refused_with_their_names(tmp_path: Path) -> None:
    content = csv_file(1).replace(b"torque_nm", b"torque_lbft")
    with pytest.raises(TableRefusedError, match=r"missing column 'torque_nm'.*unknown column 'torque_lbft'"):
        read(tmp_path, content)


def test_a_mark_that_is_never_closed_costs_its_own_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.chunks.BLOCK_BYTES", 4096)
    monkeypatch.setattr("usecases.formats.csv_lines.BLOCK_BYTES", 4096)
    chunks = read(tmp_path, csv_file(5) + b'"' + csv_file(1_000))
    assert sum(chunk.rows for chunk in chunks) == 1_006
    assert sum(chunk.table.num_rows for chunk in chunks) == 1_005
    assert [row.row_number for chunk in chunks for row in chunk.malformed] == [6]


def test_an_endless_line_is_refused_with_how_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.chunks.BLOCK_BYTES", 4096)
    with pytest.raises(FileBrokenError, match=r"begins with 'MMM.*longer than"):
        read(tmp_path, csv_file(5) + b"M" * 10_000)
