"""Cases of the extension for binary tensors, which clients use unless they are told not to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.conformance.oip.cases.case import JSON_LENGTH, Call, Case, Difference, Reply
from tests.conformance.oip.cases.expectations import Expect, predicts, refuses
from tests.conformance.oip.cases.requests import binary_call, columns, infer, infer_binary, sent, tensor
from tests.conformance.oip.pumps import NUMBERS, rows
from tests.conformance.oip.targets import Target

ASKS = "Binary tensor data extension"
MISSING = Difference(says="fails with 500: has no such extension over REST", status=500)
DETAIL = Difference(says="answers 422 with `detail` in place of `error`: has no such extension over REST", status=422)
IN_JSON = Difference(says="answers JSON: has no such extension over REST", status=200)

LACKING = rows().assign(temperature_c=lambda given: given["temperature_c"].mask(given.index % 3 == 0))
BOTH = [{"name": "{label}"}, {"name": "{score}"}]
ALL_BINARY = {"binary_data_output": True}
COUNT = len(rows())
BYTES_A_NUMBER = 8


def _are_binary(*which: str) -> Callable[[Reply, Target], bool]:
    """Return a check of which of `label` and `score` come as bytes; where none does, the length of the JSON is not said."""

    def check(reply: Reply, target: Target) -> bool:
        found = {name for name in ("label", "score") if "data" not in reply.outputs[getattr(target, name)]}
        return found == {*which} and (JSON_LENGTH in reply.response.headers) is bool(which)

    return check


def _case(name: str, call: Call, expect: Expect | None = None, mlserver: Difference = MISSING) -> Case:
    return Case(name=name, asks=ASKS, call=call, expect=expect or predicts(), mlserver=mlserver)


def _outputs(**parameters: Any) -> list[dict[str, Any]]:
    """Name both outputs, with parameters for the label."""
    return [{**BOTH[0], "parameters": parameters}, BOTH[1]]


def _with_size(size: int) -> Call:
    """Send a first column of a size that does not fit."""
    inputs = columns()
    first = {**inputs[0], "parameters": {"binary_data_size": size}}
    del first["data"]
    return binary_call(sent([first, *inputs[1:]]), bytes(size))


CASES = (
    _case("numbers of 64 bits", infer_binary(columns())),
    _case("numbers of 32 bits", infer_binary(columns(temperature_c="FP32", pressure_bar="FP32", speed_rpm="INT32"))),
    _case("NaN is a missing number, in bytes", infer_binary(columns(LACKING)), predicts(LACKING)),
    _case("texts in bytes", infer_binary([*columns(), tensor("grade", "BYTES", ["low", "high"] * (COUNT // 2))])),
    _case(
        "truth values in bytes", infer_binary([*columns(), tensor("is_serviced", "BOOL", [True, False] * (COUNT // 2))])
    ),
    _case("some tensors in bytes, some in JSON", infer_binary(columns(), in_json=("pressure_bar",))),
    _case(
        "a length of the JSON and no tensor behind it", infer_binary(columns(), in_json=(*NUMBERS,)), mlserver=DETAIL
    ),
    _case("packed by gzip, with the length before it", infer_binary(columns(), packing="gzip")),
    _case("packed by deflate, with the length before it", infer_binary(columns(), packing="deflate")),
    _case("bytes in, JSON out", infer_binary(columns()), predicts(check=_are_binary())),
    _case(
        "all outputs in bytes",
        infer_binary(columns(), parameters=ALL_BINARY),
        predicts(check=_are_binary("label", "score")),
    ),
    _case(
        "JSON in, all outputs in bytes",
        infer(columns(), parameters=ALL_BINARY),
        predicts(check=_are_binary("label", "score")),
        IN_JSON,
    ),
    _case(
        "one output in bytes",
        infer(columns(), outputs=_outputs(binary_data=True)),
        predicts(check=_are_binary("label")),
        IN_JSON,
    ),
    _case(
        "all outputs in bytes but one that says otherwise",
        infer(columns(), outputs=_outputs(binary_data=False), parameters=ALL_BINARY),
        predicts(check=_are_binary("score")),
        IN_JSON,
    ),
    _case("fewer bytes than the shape says", _with_size((COUNT - 1) * BYTES_A_NUMBER), refuses, DETAIL),
    _case("more bytes than the shape says", _with_size((COUNT + 1) * BYTES_A_NUMBER), refuses, DETAIL),
    _case(
        "fewer bytes than were announced", binary_call(infer_binary(columns()).content or b"", b"1234"), refuses, DETAIL
    ),
    _case("bytes that no tensor names", binary_call(sent(columns()), b"1234"), refuses, DETAIL),
    _case(
        "a JSON that is said to be longer than the body",
        binary_call(sent(columns()), b"", length="99999"),
        refuses,
        DETAIL,
    ),
    _case("a length that is no number", binary_call(sent(columns()), b"", length="all"), refuses, DETAIL),
    _case("a length below zero", binary_call(sent(columns()), b"", length="-1"), refuses, DETAIL),
)
