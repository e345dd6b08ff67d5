"""Rows in columns: of an Arrow stream, checked as those of a file are, and many of JSON, checked as each by itself is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

import orjson
import pyarrow as pa
import pytest

from broker.messages import MAX_ONLINE_ROWS
from gateway_api.door.problems import InvalidRows, MalformedBody, Problem, TooLarge
from gateway_api.predict.columns import MANY_ROWS, check_arrow, read_arrow, read_many
from gateway_api.predict.online import Rows, row_values
from gateway_api.wire.body import RowReader
from usecases.checking.row_model import example_row, row_model
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase

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


def test_a_check_tells_how_many_rows_are_bad_and_why() -> None:
    found = check_arrow(EQUIPMENT, stream(rows(3, torque_nm=pa.array([455.0, 40.0, None]))))
    assert (found.rows, found.bad, found.errors_total) == (3, 2, 2)
    assert [(error["row"], error["rule"]) for error in found.errors] == [(1, "maximum"), (3, "missing")]
    assert check_arrow(EQUIPMENT, stream(rows(2))).bad == 0
    with pytest.raises(InvalidRows, match="columns do not fit"):
        check_arrow(EQUIPMENT, stream(pa.table({"a": [1]})))


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


PUMP = UseCase.model_validate(
    {
        "name": "pump",
        "title": "Pumps",
        "task": "binary",
        "target": "outcome",
        "classes": ["ok", "failure"],
        "key": "pump_id",
        "features": [
            {"name": "temperature_c", "type": "float", "nullable": True, "minimum": -50, "maximum": 500},
            {"name": "speed_rpm", "type": "integer"},
            {"name": "grade", "type": "category", "values": ["low", "high"], "nullable": True},
            {"name": "is_serviced", "type": "boolean", "nullable": True},
            {"name": "fitted_at", "type": "timestamp", "nullable": True},
        ],
        "training": {"data": "pumps.csv"},
    }
)
PUMP_ROW = {
    "pump_id": "P-1", "temperature_c": 60.5, "speed_rpm": 1500, "grade": "low", "is_serviced": True,
    "fitted_at": "2026-01-31T12:00:00Z",
}  # fmt: skip
VALUES = (
    "1", "1.5", "-0.0", "2.0", "1e3", "1e400", "NaN", "Infinity", "9007199254740993", "123456789012345678901234567890",
    "null", "true", '""', '" "', '"1"', '"1,5"', '"nan"', '"NA"', '"low"', '" low "', '"LOW"', '"yes"', "[]", "{}",
    '"2026-01-31"', '"2026-01-31T12:00:00+02:00"', '"2026-02-30"', '"9999-12-31T23:59:59Z"', '"\\ud800"', '"\\u0000"',
)  # fmt: skip


@pytest.mark.parametrize("column", PUMP_ROW)
async def test_many_rows_of_json_are_read_in_columns_as_each_by_itself(column: str) -> None:
    reader = RowReader(PUMP)
    others = [json.dumps(PUMP_ROW | {"pump_id": "P" * 200})] * 300
    for value in VALUES:
        members = ",".join(f'"{name}":{value if name == column else json.dumps(of)}' for name, of in PUMP_ROW.items())
        body = f"[{','.join([*others, '{' + members + '}', *others])}]".encode()
        one_by_one = await _outcome(asyncio.to_thread(reader.read, body))
        in_columns = await _outcome(read_many(PUMP, reader, body))
        assert in_columns == one_by_one, value


async def _outcome(reading: Awaitable[Rows]) -> Any:
    """Return the rows as an answer has them, or what is wrong with them."""
    try:
        rows = await reading
    except Problem as problem:
        return type(problem), problem.members
    return orjson.dumps(row_values(rows))


@pytest.mark.parametrize("count", [MANY_ROWS + 1, MAX_ONLINE_ROWS])
async def test_many_good_rows_of_json_are_a_table(count: int) -> None:
    read = await read_many(PUMP, RowReader(PUMP), json.dumps([PUMP_ROW] * count).encode())
    assert isinstance(read, pa.RecordBatch)
    assert row_values(read) == row_values([row_model(PUMP).model_validate(PUMP_ROW)]) * count


async def test_a_name_that_stands_twice_among_many_rows_is_told() -> None:
    row = json.dumps(PUMP_ROW | {"pump_id": "P" * 200})
    body = f'[{",".join([row] * 300)},{row[:-1]},"grade":"low"}}]'.encode()
    with pytest.raises(MalformedBody, match="stands twice"):
        await read_many(PUMP, RowReader(PUMP), body)
