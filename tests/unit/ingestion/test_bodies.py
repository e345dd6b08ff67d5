"""Files as bodies of messages, by the content type that a message declares."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from broker.envelopes.foreign import ForeignMessage, MessageRefusedError
from ingestion.messages.ingest import read_message
from ingestion.messages.rows import ForeignRows
from tests.support.ingestion.readings import READING, csv_file
from usecases.contract.catalog import load_catalog

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
    ],
)
def test_a_file_as_a_body_is_read_by_its_content_type(body: bytes, kind: str) -> None:
    found = read(body, kind, message_id="m-1")
    assert found.table is not None
    assert len(found.table) == 3
    assert "set message_id" in refusal(body, kind)


TEXT = b"x" * 1_000_000
VIEWS = struct.pack("<i4sii", len(TEXT), TEXT[:4], 0, 0) * 1_000
LONG = pa.table(
    {
        "machine_id": pa.Array.from_buffers(pa.string_view(), 1_000, [None, pa.py_buffer(VIEWS), pa.py_buffer(TEXT)]),
        **{name: [value] * 1_000 for name, value in READING.items() if name != "machine_id"},
    }
)
"""A thousand rows that share one long text."""


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
