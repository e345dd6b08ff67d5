"""Rows of an Arrow stream: checked as those of a file are, and bounded before they are."""

from __future__ import annotations

import pyarrow as pa
import pytest

from broker.messages import MAX_ONLINE_ROWS
from gateway_api.door.problems import InvalidRows, MalformedBody, TooLarge
from gateway_api.predict.columns import read_arrow
from usecases.checking.row_model import example_row
from usecases.contract.catalog import load_catalog

EQUIPMENT = load_catalog()["equipment_failure"]
ROW = example_row(EQUIPMENT)


def stream(*tables: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, tables[0].schema) as writer:
        for table in tables:
            writer.write(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def rows(count: int, **columns: pa.Array) -> pa.Table:
    found = {name: pa.array([value] * count) for name, value in ROW.items()} | columns
    return pa.table(found)


def test_rows_of_several_batches_are_read_in_order() -> None:
    words = pa.array(["M", "L"]).dictionary_encode()
    read = read_arrow(EQUIPMENT, stream(rows(2, product_quality=words), rows(1, product_quality=words[:1])))
    assert read.column("product_quality").to_pylist() == ["M", "L", "M"]
    assert (
        read.select(["machine_id", "torque_nm"]).to_pylist()
        == [{"machine_id": ROW["machine_id"], "torque_nm": ROW["torque_nm"]}] * 3
    )


def test_everything_wrong_with_every_row_is_told() -> None:
    table = rows(3, torque_nm=pa.array([455.0, 40.0, None]), tool_wear_min=pa.array([1.0, 2.0, 2.5]))
    with pytest.raises(InvalidRows) as caught:
        read_arrow(EQUIPMENT, stream(table))
    found = [(error["row"], error["pointer"], error["rule"]) for error in caught.value.members["errors"]]
    assert sorted(found) == [
        (1, "/0/torque_nm", "maximum"), (3, "/2/tool_wear_min", "type"), (3, "/2/torque_nm", "missing"),
    ]  # fmt: skip
    assert caught.value.members["errors_total"] == 3


def test_more_rows_than_a_request_takes_are_refused() -> None:
    assert read_arrow(EQUIPMENT, stream(rows(MAX_ONLINE_ROWS))).num_rows == MAX_ONLINE_ROWS
    for tables in ([rows(MAX_ONLINE_ROWS + 1)], [rows(MAX_ONLINE_ROWS), rows(1)]):
        with pytest.raises(TooLarge):
            read_arrow(EQUIPMENT, stream(*tables))


def test_what_is_no_stream_of_rows_is_refused() -> None:
    content = stream(rows(1))
    for broken in (b"", b"{}", content[:-40], content[:40]):
        with pytest.raises(MalformedBody):
            read_arrow(EQUIPMENT, broken)
    with pytest.raises(InvalidRows, match="at least one row"):
        read_arrow(EQUIPMENT, stream(rows(0)))
    with pytest.raises(InvalidRows, match="unknown column 'colour'"):
        read_arrow(EQUIPMENT, stream(rows(1, colour=pa.array(["red"]))))
