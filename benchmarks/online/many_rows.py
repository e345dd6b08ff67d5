"""A thousand rows a request: as JSON and as Arrow here, as JSON at another server, the same rows and the same trees."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pyarrow as pa

from benchmarks.online.wrk import Posts, put_load
from broker.messages import ARROW_STREAM, MAX_ONLINE_ROWS
from usecases.checking.row_model import example_row, read_row, rows_to_arrow
from usecases.contract.catalog import load_catalog

CALLERS = 4


@dataclass(slots=True)
class RowRates:
    """Rows per second, as often as there were rounds."""

    json: list[float] = field(default_factory=list)
    arrow: list[float] = field(default_factory=list)
    other_json: list[float] = field(default_factory=list)


def json_rows(url: str, key: str) -> Posts:
    """Build a request of many rows as JSON."""
    body = json.dumps([example_row(_USE_CASE)] * MAX_ONLINE_ROWS)
    return Posts(url, body.encode(), {"Content-Type": "application/json", "X-API-Key": key})


def arrow_rows(url: str, key: str) -> Posts:
    """Build the same request as Arrow, to be answered so."""
    batch = rows_to_arrow(_USE_CASE, [read_row(_USE_CASE, example_row(_USE_CASE))] * MAX_ONLINE_ROWS)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    headers = {"Content-Type": ARROW_STREAM, "Accept": ARROW_STREAM, "X-API-Key": key}
    return Posts(url, sink.getvalue().to_pybytes(), headers)


def tensor_of_rows(url: str, rows: int) -> Posts:
    """Build a request of the Open Inference Protocol: one matrix, a category as its place among the values."""
    row = example_row(_USE_CASE)
    codes = [
        feature.values.index(row[feature.name]) if feature.type == "category" else row[feature.name]
        for feature in _USE_CASE.features
    ]
    tensor = {"name": "rows", "shape": [rows, len(codes)], "datatype": "FP32", "data": codes * rows}
    return Posts(url, json.dumps({"inputs": [tensor]}).encode(), {"Content-Type": "application/json"})


def row_rate(posts: Posts, seconds: int) -> float:
    """Measure rows per second."""
    return put_load(posts, connections=CALLERS, seconds=seconds).requests_per_second * MAX_ONLINE_ROWS


_USE_CASE = load_catalog()["equipment_failure"]
