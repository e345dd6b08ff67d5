"""Cases of requests that a server has to refuse, so that nobody takes for a prediction what is none."""

from __future__ import annotations

from typing import Any

from tests.conformance.oip.cases.case import Case, Difference
from tests.conformance.oip.cases.expectations import refuses
from tests.conformance.oip.cases.requests import Tensor, columns, infer, sent, tensor
from tests.conformance.oip.pumps import rows

ERROR = "Inference Response JSON Error Object"
INPUT = "Request Input"
OUTPUT = "Request Output"

DETAIL = Difference(says="answers 422 with `detail` in place of `error`", status=422)
CRASH = Difference(says="fails with 500, and sends a traceback in place of `error`", status=500)
BLIND = Difference(says="predicts: it does not look at the shape", status=200)
TRUE = Difference(says="predicts: any text but the empty one is true to it", status=200)


def _but(index: int = 0, **members: Any) -> list[Tensor]:
    """Write columns, one of which differs; a member of None is left out."""
    inputs = columns()
    changed = {**inputs[index], **members}
    inputs[index] = {name: value for name, value in changed.items() if value is not None}
    return inputs


def _case(name: str, call: Any, mlserver: Difference | None = None, asks: str = INPUT) -> Case:
    return Case(name=name, asks=asks, call=call, expect=refuses, mlserver=mlserver)


COUNT = len(rows())

CASES = (
    _case("no JSON", infer(b"temperature_c=3"), DETAIL, ERROR),
    _case("no body", infer(b""), DETAIL, ERROR),
    _case("half a body", infer(sent(columns())[:-1]), DETAIL, ERROR),
    _case("JSON that is no object", infer(b"[1, 2]"), DETAIL, ERROR),
    _case("broken UTF-8", infer(sent(columns(), id="X").replace(b"X", b"\xff")), DETAIL, ERROR),
    _case("no inputs", infer(b"{}"), DETAIL, ERROR),
    _case("inputs that are no list", infer(b'{"inputs": {"temperature_c": 1}}'), DETAIL, ERROR),
    _case("an empty list of inputs", infer([]), CRASH),
    _case("a tensor without a name", infer(_but(name=None)), DETAIL),
    _case("a tensor without a shape", infer(_but(shape=None)), DETAIL),
    _case("a tensor without a datatype", infer(_but(datatype=None)), DETAIL),
    _case("a tensor without data", infer(_but(data=None)), DETAIL),
    _case("a datatype that is none", infer(_but(datatype="FP65")), DETAIL),
    _case("fewer values than the shape says", infer(_but(shape=[COUNT + 1])), BLIND),
    _case("more values than the shape says", infer(_but(shape=[COUNT - 1])), BLIND),
    _case(
        "rows of different lengths in nested data",
        infer(_but(shape=[COUNT, 1], data=[[1.0]] * (COUNT - 1) + [[1.0, 2.0]])),
        CRASH,
    ),
    _case("a negative length", infer(_but(shape=[-COUNT])), BLIND),
    _case("a length with a fraction", infer(_but(shape=[COUNT + 0.5])), DETAIL),
    _case("a shape beyond 64 bits", infer(_but(shape=[2**32, 2**32])), BLIND),
    _case("a shape of other than one column", infer(_but(shape=[COUNT // 2, 2])), BLIND),
    _case("a text for a number", infer(_but(data=["warm"] * COUNT)), CRASH),
    _case("a number for a text", infer([*columns(), tensor("grade", "BYTES", [{}] * COUNT)], kind="graded"), CRASH),
    _case("a text that reads false as a BOOL", infer(_but(datatype="BOOL", data=["false"] * COUNT)), TRUE),
    _case("a fraction for a whole number", infer(_but(2, data=[1.5] * COUNT)), CRASH),
    _case("a number past 64 bits", infer(_but(2, data=[2**64] * COUNT)), CRASH),
    _case("a number past INT8", infer(_but(2, datatype="INT8", data=[300] * COUNT)), CRASH),
    _case("an infinite number", infer(_but(data=[float("inf")] * COUNT)), DETAIL),
    _case("a column is missing", infer(columns()[:-1]), CRASH),
    _case("a column that nobody knows", infer([*columns(), tensor("colour", "INT64", [1] * COUNT)]), CRASH),
    _case(
        "a column twice",
        infer([*columns(), columns()[0]]),
        Difference(says="predicts from the last of them", status=200),
    ),
    _case(
        "columns of different lengths",
        infer([*columns(rows(COUNT - 1))[:2], columns()[2]]),
        Difference(says="predicts: what is not there is missing", status=200),
    ),
    _case("a matrix of too few columns", infer([tensor("rows", "FP64", [1.0, 2.0], [1, 2])], kind="matrix"), CRASH),
    _case("an output that nobody knows", infer(columns(), outputs=[{"name": "colour"}]), asks=OUTPUT),
    _case("an output without a name", infer(columns(), outputs=[{}]), DETAIL, OUTPUT),
    _case("an id that is no text", infer(columns(), id=["42"]), DETAIL, ERROR),
    _case("a model that is not there", infer(columns(), path="/v2/models/nobody/infer"), asks=ERROR),
    _case("a version that is not there", infer(columns(), path="/v2/models/{model}/versions/4711/infer"), asks=ERROR),
)
