"""Files as bodies of messages, by the content type that a message declares."""

from __future__ import annotations

import io
import json
import struct
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from broker.envelopes.foreign import ForeignMessage, MessageRefusedError
from ingestion.messages.ingest import read_message
from ingestion.messages.rows import ForeignRows
from ingestion.messages.tables import read_table
from tests.support.ingestion.readings import READING, csv_file
from usecases.checking.chunk_check import check_rows
from usecases.checking.identity import NoIdentityError, row_identities
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase

CATALOG = load_catalog()


def read(body: bytes, kind: str, message_id: str | None = None) -> ForeignRows:
    return read_message(CATALOG, ForeignMessage(body, "equipment_failure", message_id, kind, {}, None, None))


def refusal(body: bytes, kind: str, message_id: str | None = None) -> str:
    with pytest.raises(MessageRefusedError) as refused:
        read(body, kind, message_id)
    return str(refused.value)


def parquet(**columns: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def arrow(table: pa.Table, *, as_file: bool = False, compression: str | None = None) -> bytes:
    sink = pa.BufferOutputStream()
    new = pa.ipc.new_file if as_file else pa.ipc.new_stream
    with new(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found


ARROW, ARROW_FILE = "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"
THREE = pa.table({name: [value] * 3 for name, value in READING.items()})
WRAPPED = THREE.set_column(1, "product_quality", THREE["product_quality"].dictionary_encode()).set_column(
    0, "machine_id", THREE["machine_id"].cast(pa.string_view())
)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (arrow(THREE), ARROW),
        (arrow(WRAPPED), ARROW),
        (arrow(WRAPPED, as_file=True), ARROW_FILE),
        (csv_file(3), "text/csv; charset=utf-8"),
        (parquet(**{name: [value] * 3 for name, value in READING.items()}), "application/vnd.apache.parquet"),
        (b"\n".join([json.dumps(READING).encode()] * 3), "application/x-ndjson"),
        (b"".join([b"\x1e" + json.dumps(READING).encode() + b"\n"] * 3), "application/json-seq"),
        (b"\n".join([json.dumps(READING).encode()] * 3), "application/ndjson"),
        (csv_file(3), "application/csv"),
        (csv_file(3).replace(b",", b"\t"), "text/tab-separated-values"),
    ],
)
def test_a_file_as_a_body_is_read_by_its_content_type(body: bytes, kind: str) -> None:
    found = read(body, kind, message_id="m-1")
    assert found.table is not None
    assert len(found.table) == 3
    assert "set message_id" in refusal(body, kind)


READING_COLUMNS = {name: [value] for name, value in READING.items()}


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (pa.array([b"M-1", b"M-2"]), ["M-1", "M-2"]),
        (pa.array([b"AB\0\0", b"ABCD"], pa.binary(4)), ["AB", "ABCD"]),
        (pa.array([Decimal(12345678901234567890), Decimal(7)]), ["12345678901234567890", "7"]),
        (pa.array([Decimal("1000.00"), None]), ["1000", None]),
        (pa.array(["M-1", "M-2"]).dictionary_encode(), ["M-1", "M-2"]),
        (pa.array([1000.0, 1e15]), ["1000", "1000000000000000"]),
        # Of 32 bits a number past 16,777,216 may be another one: it is no key at any door.
        (pa.array([1000.0, 2.0e7], pa.float32()), ["1000", "2.000000e+07"]),
    ],
)
def test_the_key_of_a_row_that_columns_name_is_that_of_a_file(keys: pa.Array, names: list[str | None]) -> None:
    machines = CATALOG["equipment_failure"]
    named = machines.model_copy(update={"inbox": machines.inbox.model_copy(update={"identity": ("machine_id",)})})
    others = {name: pa.array([value] * 2) for name, value in READING.items() if name != "machine_id"}
    found = read_table(named, parquet(machine_id=keys, **others), "application/vnd.apache.parquet")
    assert found is not None
    assert [row["machine_id"] for row in found.named] == names


@pytest.mark.parametrize("key", [b"M\xff", date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC), True])
def test_what_is_no_key_in_a_file_names_no_row(key: object) -> None:
    machines = CATALOG["equipment_failure"]
    named = machines.model_copy(update={"inbox": machines.inbox.model_copy(update={"identity": ("machine_id",)})})
    found = read_table(named, parquet(**{**READING_COLUMNS, "machine_id": [key]}), "application/vnd.apache.parquet")
    assert found is not None
    with pytest.raises(NoIdentityError, match="row 1 has no machine_id"):
        row_identities(named, found.named)


def test_categories_of_32_bits_are_those_of_a_file() -> None:
    steps = UseCase.model_validate(
        {
            "name": "steps", "title": "Steps", "task": "regression", "target": "y", "key": "part",
            "features": [{"name": "step", "type": "category", "values": ["0.1", "2"]}, {"name": "turns", "type": "integer"}],
            "inbox": {"identity": ["part"]}, "training": {"data": "x.csv"},
        }
    )  # fmt: skip
    turns = pa.array([Decimal(2**60 + 1), Decimal(2)])
    body = parquet(part=["a", "b"], step=pa.array([0.1, 2.0], pa.float32()), turns=turns)
    found = read_table(steps, body, "application/vnd.apache.parquet")
    assert found is not None
    assert [tuple(row.values()) for row in found.named] == [("a", 0.1, 2**60 + 1), ("b", 2.0, 2)]
    assert not check_rows(steps, found.named, 0, str).bad


def test_a_row_is_the_same_however_its_values_are_written() -> None:
    kiln = UseCase.model_validate(
        {
            "name": "kiln", "title": "Kiln", "task": "regression", "target": "y", "key": "tile",
            "features": [
                {"name": "fired_at", "type": "timestamp"}, {"name": "dried", "type": "boolean"},
                {"name": "grade", "type": "category", "values": ["1", "2"]},
                {"name": "heat", "type": "float", "nullable": True, "missing_values": ["-1"]},
            ],
            "inbox": {"identity": ["tile"]}, "training": {"data": "x.csv"},
        }
    )  # fmt: skip
    row = {"tile": "a", "fired_at": "2026-03-01T12:30:00Z", "dried": True, "grade": 1, "heat": None}
    body = parquet(
        tile=["a"], fired_at=[datetime(2026, 3, 1, 12, 30, tzinfo=UTC)], dried=["WAHR"], grade=[1.0], heat=[-1]
    )
    found = read_table(kiln, body, "application/vnd.apache.parquet")
    assert found is not None
    [of_file], [of_json] = row_identities(kiln, found.named), row_identities(kiln, [row])
    assert (of_file.name, of_file.digest) == (of_json.name, of_json.digest)
    changed = [
        row | change for change in ({"fired_at": "2026-03-01T12:30:01Z"}, {"dried": False}, {"grade": 2}, {"heat": 1})
    ]
    assert len({of_json.digest, *(one.digest for one in row_identities(kiln, changed))}) == 5
    unread = row_identities(kiln, [row | {"fired_at": "yesterday", "grade": [1]}])
    assert unread[0].digest == unread[0].digest_as_written


def test_a_key_that_was_guarded_from_excel_is_known_by_the_name_that_it_had_once() -> None:
    machines = load_catalog()["equipment_failure"]
    machines = machines.model_copy(update={"inbox": machines.inbox.model_copy(update={"identity": ("machine_id",)})})
    [found, plain] = row_identities(machines, [{"machine_id": text, "torque_nm": 40.5} for text in (' ="007"', "007")])
    assert (found.name, found.digest, found.label) == (plain.name, plain.digest, "007")
    assert plain.name_as_written == plain.name
    # As it was before such a key was the text within.
    assert found.name_as_written == '{"machine_id": "=\\"007\\""}'
    assert found.digest_as_written == "79f5865a9ede4f58658c3899706994ef274be933f7676d766bbfc2ba3512bcf7"


TEXT = b"x" * 1_000_000
VIEWS = struct.pack("<i4sii", len(TEXT), TEXT[:4], 0, 0) * 1_000
LONG = pa.table(
    {
        "machine_id": pa.Array.from_buffers(pa.string_view(), 1_000, [None, pa.py_buffer(VIEWS), pa.py_buffer(TEXT)]),
        **{name: [value] * 1_000 for name, value in READING.items() if name != "machine_id"},
    }
)
"""A thousand rows that share one long text."""


@pytest.mark.parametrize("padding", [b"\n", b"\0" * 8, bytes.fromhex("ffffffff00000000"), b"\r\n"])
def test_what_pads_a_stream_is_no_other_one(padding: bytes) -> None:
    found = read(arrow(THREE) + padding, ARROW, message_id="m-1")
    assert found.table is not None
    assert len(found.table) == 3


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"", "text/csv", "empty"),
        (b"machine_id,colour\nM-1,red\n", "text/csv", "unknown column 'colour'"),
        (csv_file(0), "text/csv", "no rows"),
        (csv_file(50_001), "text/csv", "more than 50,000 rows"),
        (parquet(torque_nm=[1.0])[:-9], "application/vnd.apache.parquet", "Parquet"),
        (b"", ARROW, "empty"),
        (arrow(THREE)[:-20], ARROW, "damaged"),
        (arrow(THREE) * 2, ARROW, "bytes follow the end of the Arrow stream"),
        (b"rubbish" * 9, ARROW, "damaged"),
        (arrow(THREE, compression="zstd"), ARROW, "write them without compression"),
        (arrow(pa.table({"torque_nm": pa.nulls(2_000_000)})), ARROW, "more than 1,000,000 rows"),
        (arrow(THREE.set_column(0, "machine_id", [[["M-1"]] * 3])), ARROW, "one value"),
        (arrow(LONG), ARROW, "long texts"),
        (b"\x80\x04", "application/x-python-serialize", "what is read is application/json, text/csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(body: bytes, kind: str, says: str) -> None:
    assert says in refusal(body, kind, message_id="m-1")
