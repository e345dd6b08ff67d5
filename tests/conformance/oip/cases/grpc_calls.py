"""Cases of gRPC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from gateway_api.predict.inference_protocol.grpc_service import open_inference_pb2 as messages
from tests.conformance.oip.cases.binary import encode_binary
from tests.conformance.oip.cases.case import Difference
from tests.conformance.oip.cases.grpc_call import GrpcCase, GrpcReply, GrpcRequest
from tests.conformance.oip.cases.requests import Tensor, columns, matrix, tensor
from tests.conformance.oip.pumps import NUMBERS, failure_probabilities, rows
from tests.conformance.oip.targets import Target

Expect = Callable[[GrpcReply, Target], None]

HEALTH = "Health"
METADATA = "Metadata"
INFER = "Inference"
RAW = "Raw Tensor Contents"

MANY = rows(1_000, seed=3)
LACKING = rows().assign(temperature_c=lambda given: given["temperature_c"].mask(given.index % 3 == 0))
COUNT = len(rows())
CRASH = Difference(says="ends with INTERNAL", status="INTERNAL")
TEXT = Difference(says="ends with INTERNAL: its XGBoost runtime takes no text", status="INTERNAL")
UNTOLD = Difference(says="predicts", status="OK")
BLIND = Difference(says="predicts: it does not look at the shape", status="OK")
FIELDS = {
    "FP64": "fp64_contents", "FP32": "fp32_contents", "INT64": "int64_contents", "INT32": "int_contents",
    "UINT64": "uint64_contents", "UINT16": "uint_contents", "BOOL": "bool_contents", "BYTES": "bytes_contents",
}  # fmt: skip


def says(check: Callable[[Any], object]) -> Expect:
    """An answer of which something holds."""

    def expect(reply: GrpcReply, _: Target) -> None:
        assert reply.status == "OK", reply
        assert check(reply.message), reply.message

    return expect


def ends_with(*statuses: str) -> Expect:
    """A status that blames the request, with a text that says something."""

    def expect(reply: GrpcReply, _: Target) -> None:
        assert reply.status in statuses, reply
        assert reply.text

    return expect


def predicts(
    given: pd.DataFrame | None = None, *, labels: bool = True, check: Callable[[Any, Target], object] | None = None
) -> Expect:
    """The model's own answers for rows."""

    def expect(reply: GrpcReply, target: Target) -> None:
        assert reply.status == "OK", reply
        expected = failure_probabilities(rows() if given is None else given)
        names = [output.name for output in reply.message.outputs]
        for name in names:
            assert len(reply.values(name)) == len(expected)
        if target.score in names:
            found = reply.values(target.score).reshape(len(expected), -1)[:, -1].astype(float)
            np.testing.assert_allclose(found, expected, rtol=1e-6)
        if labels:
            found = reply.values(target.label).ravel().tolist()
            assert [value in {1, "failure", b"failure"} for value in found] == (expected > 0.5).tolist()
        assert check is None or check(reply.message, target)

    return expect


def infer(
    inputs: list[Tensor], *, raw: bool = True, kind: str = "", outputs: tuple[str, ...] = (), **members: Any
) -> GrpcRequest:
    """Ask for predictions; outputs are named by what a target calls them: `label`, `score`."""

    def request(target: Target) -> messages.ModelInferRequest:
        built = messages.ModelInferRequest(
            model_name=target.models.get(kind, "pump"),
            outputs=[
                messages.ModelInferRequest.InferRequestedOutputTensor(name=getattr(target, name, name))
                for name in outputs
            ],
            **members,
        )
        for one in inputs:
            added = built.inputs.add(name=one["name"], datatype=one["datatype"], shape=one["shape"])
            if raw:
                content = one["data"] if isinstance(one["data"], bytes) else encode_binary(one["datatype"], one["data"])
                built.raw_input_contents.append(content)
            else:
                values = [value.encode() if isinstance(value, str) else value for value in one["data"]]
                getattr(added.contents, one.get("field", FIELDS[one["datatype"]])).extend(values)
        return built

    return request


def _raw_and_typed(target: Target) -> messages.ModelInferRequest:
    built = infer(columns(), raw=False)(target)
    assert isinstance(built, messages.ModelInferRequest)
    built.raw_input_contents.extend(encode_binary(one["datatype"], one["data"]) for one in columns())
    return built


def _lacking_raw(target: Target) -> messages.ModelInferRequest:
    built = infer(columns())(target)
    assert isinstance(built, messages.ModelInferRequest)
    del built.raw_input_contents[-1]
    return built


def _case(
    name: str, request: GrpcRequest, expect: Expect, mlserver: Difference | None = None, asks: str = INFER
) -> GrpcCase:
    return GrpcCase(name=name, asks=asks, method="ModelInfer", request=request, expect=expect, mlserver=mlserver)


def _about(name: str, method: str, request: Any, expect: Expect, mlserver: Difference | None = None) -> GrpcCase:
    asks = HEALTH if method.endswith(("Live", "Ready")) else METADATA
    return GrpcCase(name=name, asks=asks, method=method, request=lambda _: request, expect=expect, mlserver=mlserver)


INVALID = ends_with("INVALID_ARGUMENT")
UNKNOWN = ends_with("NOT_FOUND")
GRADED = [*columns(), tensor("grade", "BYTES", ["low", "high"] * (COUNT // 2))]

CASES = (
    _about("the server is live, by gRPC", "ServerLive", messages.ServerLiveRequest(), says(lambda found: found.live)),
    _about("the server is ready, by gRPC", "ServerReady", messages.ServerReadyRequest(), says(lambda found: found.ready)),
    _about("the model is ready, by gRPC", "ModelReady", messages.ModelReadyRequest(name="pump"), says(lambda found: found.ready)),
    _about(
        "a version of the model is ready, by gRPC", "ModelReady", messages.ModelReadyRequest(name="pump", version="1"),
        says(lambda found: found.ready),
    ),
    _about(
        "a model that is not there is not ready, by gRPC", "ModelReady", messages.ModelReadyRequest(name="nobody"), UNKNOWN, mlserver=Difference(says="ends with UNKNOWN", status="UNKNOWN")),
    _about(
        "the server names itself and its version, by gRPC", "ServerMetadata", messages.ServerMetadataRequest(),
        says(lambda found: found.name and found.version),
    ),
    _about(
        "the model describes itself, by gRPC", "ModelMetadata", messages.ModelMetadataRequest(name="pump"),
        says(lambda found: found.name == "pump" and {*NUMBERS} <= {one.name for one in found.inputs} and found.outputs), mlserver=Difference(says="describes neither inputs nor outputs", status="OK")),
    _about("an unknown model is an error, by gRPC", "ModelMetadata", messages.ModelMetadataRequest(name="nobody"), UNKNOWN),
    _about(
        "an unknown version is an error, by gRPC", "ModelMetadata", messages.ModelMetadataRequest(name="pump", version="4711"),
        UNKNOWN,
    ),
    _case("raw columns, by gRPC", infer(columns()), predicts(), asks=RAW),
    _case("raw columns of 32 bits, by gRPC", infer(columns(temperature_c="FP32", speed_rpm="INT32")), predicts(), asks=RAW),
    _case("NaN is a missing number, by gRPC", infer(columns(LACKING)), predicts(LACKING), asks=RAW),
    _case("raw texts, by gRPC", infer(GRADED, kind="graded"), predicts(labels=False), asks=RAW, mlserver=TEXT),
    _case("raw columns get raw outputs, by gRPC", infer(columns()), predicts(check=lambda found, _: found.raw_output_contents), asks=RAW),
    _case("a raw matrix, by gRPC", infer([matrix()], kind="matrix"), predicts(), asks=RAW),
    _case("columns in their contents, by gRPC", infer(columns(), raw=False), predicts()),
    _case(
        "columns of 32 bits in their contents, by gRPC",
        infer(columns(temperature_c="FP32", pressure_bar="FP32", speed_rpm="INT32"), raw=False), predicts(),
    ),
    _case("whole numbers without sign in their contents, by gRPC", infer(columns(speed_rpm="UINT16"), raw=False), predicts()),
    _case("texts in their contents, by gRPC", infer(GRADED, raw=False, kind="graded"), predicts(labels=False), mlserver=TEXT),
    _case(
        "columns in their contents get raw outputs, by gRPC", infer(columns(), raw=False),
        predicts(check=lambda found, _: found.raw_output_contents), mlserver=Difference(says="answers contents, which tritonclient does not read", status="OK")),
    _case("a thousand rows, by gRPC", infer(columns(MANY)), predicts(MANY)),
    _case("a version is asked for, by gRPC", infer(columns(), model_version="1"), predicts(check=lambda found, _: found.model_version == "1")),
    _case("the id comes back, by gRPC", infer(columns(), id="42"), predicts(check=lambda found, _: found.id == "42")),
    _case(
        "only the outputs that are named come, by gRPC", infer(columns(), outputs=("score",)),
        predicts(labels=False, check=lambda found, target: [one.name for one in found.outputs] == [target.score]),
    ),
    _case("an output that nobody knows, by gRPC", infer(columns(), outputs=("colour",)), INVALID),
    _case("an unknown model, by gRPC", lambda _: messages.ModelInferRequest(model_name="nobody"), UNKNOWN),
    _case("an unknown version, by gRPC", infer(columns(), model_version="4711"), UNKNOWN),
    _case("a column is missing, by gRPC", infer(columns()[:-1]), INVALID, mlserver=CRASH),
    _case("a column that nobody knows, by gRPC", infer([*columns(), tensor("colour", "INT64", [1] * COUNT)]), INVALID, mlserver=CRASH),
    _case("a datatype that is none, by gRPC", infer([{**columns()[0], "datatype": "FP65", "data": b""}]), INVALID, mlserver=CRASH),
    _case("fewer raw bytes than the shape says, by gRPC", infer([{**columns()[0], "shape": [COUNT + 1]}, *columns()[1:]]), INVALID, asks=RAW, mlserver=CRASH),
    _case("fewer raw contents than inputs, by gRPC", _lacking_raw, INVALID, asks=RAW, mlserver=CRASH),
    _case("raw contents beside others, by gRPC", _raw_and_typed, INVALID, asks=RAW, mlserver=UNTOLD),
    _case("contents of another datatype, by gRPC", infer([{**columns()[0], "field": "fp32_contents"}, *columns()[1:]], raw=False), INVALID, mlserver=UNTOLD),
    _case("fewer values than the shape says, by gRPC", infer([{**columns()[0], "shape": [COUNT + 1]}, *columns()[1:]], raw=False), INVALID, mlserver=BLIND),
    _case("a negative length, by gRPC", infer([{**columns()[0], "shape": [-COUNT]}, *columns()[1:]]), INVALID, mlserver=CRASH),
)  # fmt: skip
