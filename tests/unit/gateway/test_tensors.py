"""Tensors of the Open Inference Protocol: from bodies to columns, and from predictions to bodies."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ids import first_prediction_id
from broker.messages import Source
from gateway_api.door.problems import MalformedBody, TooLarge, UnsupportedMediaType
from gateway_api.predict.inference_protocol.bodies import InferBody, read_infer_body, write_infer_body
from gateway_api.predict.inference_protocol.columns import numeric_columns, table_of
from gateway_api.predict.inference_protocol.inferring import Inference
from gateway_api.predict.inference_protocol.inflating import inflated
from gateway_api.predict.inference_protocol.models import inputs_of, output_tensors, outputs_of, wanted_outputs
from gateway_api.predict.inference_protocol.tensors import (
    DATATYPES,
    NUMBERS,
    Tensor,
    list_of,
    raw_of,
    tensor_of_list,
    tensor_of_raw,
)
from gateway_api.predict.online import OnlineRequest, Predicted
from usecases.checking.row_model import example_row
from usecases.contract.catalog import load_catalog

CATALOG = load_catalog()
EQUIPMENT, IRIS = CATALOG["equipment_failure"], CATALOG["iris"]
ROW = example_row(EQUIPMENT)


def values_of(datatype: str) -> st.SearchStrategy[Any]:
    if datatype == "BOOL":
        return st.booleans()
    if datatype == "BYTES":
        return st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    kind = NUMBERS[datatype]
    if pa.types.is_floating(kind):
        return st.floats(width=kind.bit_width, allow_nan=False)
    low = -(2 ** (kind.bit_width - 1)) if pa.types.is_signed_integer(kind) else 0
    return st.integers(low, low + 2**kind.bit_width - 1)


TENSORS = st.sampled_from(DATATYPES).flatmap(
    lambda datatype: st.tuples(st.just(datatype), st.lists(values_of(datatype), min_size=1, max_size=20))
)


@given(TENSORS)
def test_raw_values_are_read_as_they_were_written(found: tuple[str, list[Any]]) -> None:
    datatype, values = found
    kind = {"BOOL": pa.bool_(), "BYTES": pa.string()}.get(datatype) or NUMBERS[datatype]
    written = Tensor("x", datatype, (len(values),), pa.array(values, kind))
    read = tensor_of_raw("x", datatype, [len(values), 1], memoryview(b"." + raw_of(written))[1:])
    plain = [value.encode() for value in values] if datatype == "BYTES" else values
    assert list_of(read) == plain
    assert read.shape == (len(values), 1)


@given(TENSORS)
def test_lists_are_read_flat_and_nested(found: tuple[str, list[Any]]) -> None:
    datatype, values = found
    if datatype == "FP16":
        with pytest.raises(MalformedBody, match="raw bytes, or as FP32"):
            tensor_of_list("x", datatype, [len(values)], values)
        return
    flat = tensor_of_list("x", datatype, [len(values)], values)
    nested = tensor_of_list("x", datatype, [len(values), 1], [[value] for value in values])
    plain = [value.encode() for value in values] if datatype == "BYTES" else values
    assert list_of(flat) == list_of(nested) == plain


def test_null_and_nan_are_missing_values_of_every_type() -> None:
    for datatype in set(DATATYPES) - {"FP16"}:
        tensor = tensor_of_list("x", datatype, [2], [None, float("nan")])
        assert list_of(tensor) == [None, None], datatype


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        ("INT64", 1.5), ("INT64", True), ("INT8", 300), ("UINT8", -1), ("INT64", "1"), ("INT64", 2**64), ("FP64", "1.5"),
        ("FP64", True), ("FP64", 10**400), ("FP32", [1.0]), ("BOOL", "false"), ("BOOL", 1), ("BYTES", 1), ("BYTES", 1.5),
        ("BYTES", "\ud800"), ("BYTES", {}), ("FP16", 1.0), ("INT16", float("inf")), ("TEXT", "a"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(datatype: str, value: object) -> None:
    with pytest.raises(MalformedBody, match="'x'"):
        tensor_of_list("x", datatype, [1], [value])


@pytest.mark.parametrize("value", [1.0, 3, 2.0**40])
def test_a_whole_number_may_be_written_as_a_real_one(value: float) -> None:
    assert list_of(tensor_of_list("x", "INT64", [1], [value])) == [int(value)]
    assert list_of(tensor_of_list("x", "FP64", [1], [10**18])) == [1e18]


@pytest.mark.parametrize(
    ("shape", "data"),
    [([2], [1]), ([], [1]), ([1, 1, 1], [1]), ([-1], [1]), ([1.0], [1]), ([True], [1]), ([2, 2], [[1, 2], [3]]),
     ([2, 1], [[1], 2]), ([10**30, 10**30], [1]), ([1], [[1, 2]])],
)  # fmt: skip
def test_a_shape_that_does_not_fit_is_refused(shape: Sequence[Any], data: list[Any]) -> None:
    with pytest.raises(MalformedBody, match="'x'"):
        tensor_of_list("x", "INT64", shape, data)


@pytest.mark.parametrize(
    ("datatype", "count", "raw"),
    [("FP64", 1, b"1234567"), ("BOOL", 1, b"\2"), ("BYTES", 1, b"\5\0\0\0abc"), ("BYTES", 1, b"\1\0\0\0abc"),
     ("BYTES", 2, b"\1\0\0\0a"), ("BYTES", 10**12, b"\0\0\0\0"), ("BYTES", 1, b"\xff\xff\xff\xff"), ("NONE", 1, b"")],
)  # fmt: skip
def test_raw_bytes_that_are_not_so_many_values_are_refused(datatype: str, count: int, raw: bytes) -> None:
    with pytest.raises(MalformedBody, match="'x'"):
        tensor_of_raw("x", datatype, [count], raw)


def column(name: str, datatype: str, *values: Any) -> Tensor:
    return tensor_of_list(name, datatype, [len(values)], values)


def columns(rows: int) -> list[Tensor]:
    return [tensor_of_list(info.name, info.datatype, [rows], [ROW[info.name]] * rows) for info in inputs_of(EQUIPMENT)]


def test_tensors_are_columns() -> None:
    table = table_of(EQUIPMENT, columns(2))
    assert [row | {"machine_id": b"example-1", "product_quality": b"M"} for row in [ROW] * 2] == table.to_pylist()


def test_a_matrix_stands_for_the_numbers_in_the_order_of_the_contract() -> None:
    width = len(numeric_columns(EQUIPMENT))
    matrix = tensor_of_list("input-0", "FP32", [2, width], np.arange(2 * width).reshape(2, width).tolist())
    table = table_of(EQUIPMENT, [column("product_quality", "BYTES", "L", "M"), matrix])
    assert table.select(numeric_columns(EQUIPMENT)).to_pydict() == {
        name: [place, place + width] for place, name in enumerate(numeric_columns(EQUIPMENT))
    }


def test_inputs_that_do_not_fit_are_told() -> None:
    rest = columns(1)[1:]
    for inputs, told in [
        ([], "no `inputs`"),
        ([*rest, column("colour", "BYTES", "red")], "no column|unknown column 'colour'"),
        ([*rest, rest[0]], "once"),
        (rest[:-1], "missing column 'tool_wear_min'"),
        ([*rest[:-1], column("tool_wear_min", "INT64", 1, 2)], "different numbers of rows"),
        ([column("petal", "FP64")], "at least one row"),
        ([tensor_of_list("m", "FP64", [1, 2], [1, 2])], "5 are numbers"),
        ([tensor_of_list("torque_nm", "FP64", [1, 2], [1, 2])], "one column"),
        ([*rest, tensor_of_list("m", "FP64", [1, 5], [0] * 5)], "repeated column"),
    ]:
        with pytest.raises(MalformedBody, match=told):
            table_of(EQUIPMENT, inputs)
    with pytest.raises(TooLarge):
        table_of(EQUIPMENT, columns(1_001))
    optional = IRIS.model_copy(
        update={"features": tuple(feature.model_copy(update={"nullable": True}) for feature in IRIS.features)}
    )
    with pytest.raises(MalformedBody, match="No input is a column"):
        table_of(optional, [column("Unnamed: 0", "INT64", 0)])


def test_bytes_stand_behind_the_json_in_the_order_of_the_inputs() -> None:
    head = {
        "id": "42",
        "parameters": {"binary_data_output": True, "unknown": {}},
        "inputs": [
            {"name": "sepal_length_cm", "datatype": "FP64", "shape": [2], "parameters": {"binary_data_size": 16}},
            {"name": "sepal_width_cm", "datatype": "FP32", "shape": [2], "data": [1, float("nan")]},
            {"name": "petal_length_cm", "datatype": "FP32", "shape": [2, 1], "parameters": {"binary_data_size": 8}},
        ],
        "outputs": [{"name": "score", "parameters": {"binary_data": False}}, {"name": "id"}],
        "model_name": "iris",
    }
    content = json.dumps(head).encode()
    behind = struct.pack("<dd", 1.5, 2.5) + struct.pack("<ff", 3.5, 4.5)
    found = read_infer_body(IRIS, content + behind, len(content))
    assert [list_of(tensor) for tensor in found.wanted.inputs] == [[1.5, 2.5], [1, None], [3.5, 4.5]]
    assert (found.wanted.id, found.wanted.outputs, found.wanted.is_idempotent) == ("42", ["score", "id"], False)
    assert found.is_binary
    assert found.binary_by_output == {"score": False}
    with pytest.raises(MalformedBody, match="announce 24"):
        read_infer_body(IRIS, content + behind + b".", len(content))
    with pytest.raises(MalformedBody, match="announces 8 bytes"):
        read_infer_body(IRIS, content + behind[:-1], len(content))
    with pytest.raises(MalformedBody, match="Inference-Header-Content-Length"):
        read_infer_body(IRIS, content, len(content) + 1)


def test_an_answer_has_bytes_only_of_what_is_wanted_so() -> None:
    outputs = [column("score", "FP64", 0.5, 1.0), column("prediction", "BYTES", "a", "bc")]
    plain = write_infer_body({"id": "1"}, outputs[:1], InferBody(Inference([]), is_binary=False, binary_by_output={}))
    assert plain == (
        b'{"id":"1","outputs":[{"name":"score","datatype":"FP64","shape":[2],"data":[0.5,1.0]}]}',
        None,
    )
    asked = InferBody(Inference([]), is_binary=True, binary_by_output={"score": False})
    content, length = write_infer_body({}, outputs, asked)
    assert json.loads(content[:length])["outputs"][1]["parameters"] == {"binary_data_size": 11}
    assert content[length:] == b"\1\0\0\0a\2\0\0\0bc"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b'{"inputs": {}}', b'{"inputs": [1]}', b'{"inputs": [{}]}', b'{"inputs": [], "id": 1}',
        b'{"inputs": [{"name": "a", "datatype": "FP64", "shape": 1, "data": []}]}', b"[" * 10_000,
        b'{"inputs": [{"name": "a", "datatype": "FP64", "shape": [1]}]}', b'{"inputs": [], "inputs": []}',
        b'{"inputs": [{"name": "a", "datatype": "FP64", "shape": [1], "parameters": {"binary_data_size": -1}}]}',
        b'{"inputs": [], "outputs": [{}]}', b'{"inputs": [], "parameters": {"binary_data_output": 1}}',
    ],
    ids=range(14),
)  # fmt: skip
def test_a_body_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        read_infer_body(IRIS, body, None)


@pytest.mark.parametrize("piece", [b"[]", b"{}", b"[[[[[[]]]]]]"])
def test_a_body_of_too_many_values_is_refused_before_it_is_parsed(piece: bytes) -> None:
    body = b'{"inputs": [' + b",".join([piece] * 200_000) + b"]}"
    with pytest.raises(TooLarge):
        read_infer_body(IRIS, body, None)


def test_a_tensor_larger_than_any_request_is_refused_before_its_values_are_read() -> None:
    head = orjson.dumps(
        {
            "inputs": [
                {"name": "a", "datatype": "BYTES", "shape": [1, 250_000], "parameters": {"binary_data_size": 1_000_000}}
            ]
        }
    )
    with pytest.raises(TooLarge, match="'a' is larger than 1000 rows"):
        read_infer_body(IRIS, head + bytes(1_000_000), len(head))


def test_packed_bodies_are_unpacked_as_far_as_allowed() -> None:
    content = b"0" * 1_000
    for encoding, packed in [
        ("gzip", gzip.compress(content)),
        ("deflate", zlib.compress(content)),
        ("identity", content),
    ]:
        assert inflated(packed, encoding, 1_000) == content
    for packed in (gzip.compress(content), zlib.compress(content)):
        with pytest.raises(TooLarge):
            inflated(packed, "gzip", 999)
        for broken in (packed[:-1], packed + b"x", b"no"):
            with pytest.raises(MalformedBody):
                inflated(broken, "gzip", 1_000)
    with pytest.raises(UnsupportedMediaType):
        inflated(content, "br", 1_000)


def test_each_class_and_quantile_has_an_output_of_its_own() -> None:
    async def never() -> bool:
        return False

    table = pa.RecordBatch.from_pylist([{"petal_width_cm": 0.2}] * 2)
    request = OnlineRequest(UUID(int=7), datetime(2026, 1, 1, tzinfo=UTC), Source.API, table, never)
    scores = [[0.5, 0.25, 0.25], [0.125, 0.125, 0.75]]
    predicted = Predicted(3, ["setosa", "virginica"], [0.5, 0.75], scores)
    wanted = wanted_outputs(IRIS, ["score_virginica", "prediction", "score", "id"])
    found = [(tensor.datatype, list_of(tensor)) for tensor in output_tensors(IRIS, request, predicted, wanted)]
    assert found[:3] == [("FP64", [0.25, 0.75]), ("BYTES", ["setosa", "virginica"]), ("FP64", [0.5, 0.75])]
    first = first_prediction_id(request.received_at, request.batch_id).int
    assert found[3] == ("BYTES", [str(UUID(int=first + number)) for number in (1, 2)])
    with pytest.raises(MalformedBody, match="each once"):
        wanted_outputs(IRIS, ["id", "id"])


def test_outputs_are_named_as_the_columns_of_a_download() -> None:
    assert [info.name for info in outputs_of(EQUIPMENT)] == ["id", "prediction", "score"]
    assert [info.name for info in outputs_of(CATALOG["pm25"])][:2] == ["id", "prediction"]
    assert {info.shape for info in outputs_of(IRIS)} == {(-1,)}
