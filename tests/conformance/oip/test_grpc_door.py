"""What the gateway itself asks of calls of gRPC: a key, messages of a bearable size, rows that are counted once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import grpc
import pytest

from gateway_api.predict.inference_protocol.grpc_service import open_inference_pb2 as messages
from tests.conformance.oip.cases.grpc_call import GrpcReply, send
from tests.conformance.oip.cases.grpc_calls import infer
from tests.conformance.oip.cases.requests import columns, tensor
from tests.conformance.oip.pumps import rows
from tests.conformance.oip.targets import Target

READY = messages.ModelReadyRequest(name="pump")


def with_key(target: Target, **headers: str) -> Target:
    return Target(
        name=target.name,
        url=target.url,
        grpc_address=target.grpc_address,
        label=target.label,
        score=target.score,
        headers=headers,
    )


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "unknown"}, {"authorization": "Bearer unknown"}])
def test_without_a_known_key_only_the_health_of_the_server_is_told(ours: Target, headers: dict[str, str]) -> None:
    stranger = with_key(ours, **headers)
    assert send(stranger, "ServerLive", messages.ServerLiveRequest()).message.live
    assert send(stranger, "ServerReady", messages.ServerReadyRequest()).message.ready
    for method, request in (
        ("ModelInfer", infer(columns())(ours)),
        ("ModelInfer", messages.ModelInferRequest(model_name="nobody")),
        ("ModelReady", READY),
        ("ModelMetadata", messages.ModelMetadataRequest(name="pump")),
        ("ServerMetadata", messages.ServerMetadataRequest()),
    ):
        reply = send(stranger, method, request)
        assert reply.status == "UNAUTHENTICATED", method
        assert "API key" in reply.text


def test_a_key_may_come_as_a_bearer(ours: Target) -> None:
    bearer = with_key(ours, authorization=f"Bearer {ours.headers['x-api-key']}")
    assert send(bearer, "ModelReady", READY).message.ready


def test_two_keys_are_one_too_many(ours: Target) -> None:
    reply = send(ours, "ModelReady", READY, authorization="Bearer unknown")
    assert reply.status == "UNAUTHENTICATED"


def test_a_message_beyond_the_limit_is_refused(ours: Target) -> None:
    large = messages.ModelInferRequest(model_name="pump", raw_input_contents=[bytes(17 * 1024**2)])
    assert send(ours, "ModelInfer", large).status == "RESOURCE_EXHAUSTED"


def test_a_packed_message_counts_as_what_it_becomes(ours: Target) -> None:
    large = messages.ModelInferRequest(model_name="pump", raw_input_contents=[bytes(17 * 1024**2)])
    with grpc.insecure_channel(ours.grpc_address) as channel:
        call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        with pytest.raises(grpc.RpcError) as refused:
            call(
                large.SerializeToString(),
                timeout=30,
                metadata=tuple(ours.headers.items()),
                compression=grpc.Compression.Gzip,
            )
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param([tensor("temperature_c", "FP64", b"", [2**40])], id="a huge shape"),
        pytest.param(columns(rows(1_001)), id="1,001 rows"),
        pytest.param([tensor(f"column_{number}", "FP64", b"", [0]) for number in range(5_000)], id="many inputs"),
    ],
)
def test_more_than_a_request_takes_is_refused(ours: Target, inputs: list[dict[str, object]]) -> None:
    assert send(ours, "ModelInfer", infer(inputs)(ours)).status == "INVALID_ARGUMENT"


def test_a_message_that_is_none_is_refused(ours: Target) -> None:
    with grpc.insecure_channel(ours.grpc_address) as channel:
        call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        with pytest.raises(grpc.RpcError) as refused:
            call(b"\xff\xff", timeout=30, metadata=tuple(ours.headers.items()))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_bad_rows_are_named(ours: Target) -> None:
    given = rows().assign(temperature_c=lambda good: good["temperature_c"].where(good.index != 3, 900.0))
    reply = send(ours, "ModelInfer", infer(columns(given))(ours))
    assert reply.status == "INVALID_ARGUMENT"
    assert "Row 4" in reply.text
    assert "temperature_c" in reply.text


def test_a_text_of_many_faults_fits_a_header(ours: Target) -> None:
    names = [tensor("ä" * 60 + str(number), "FP64", [1.0]) for number in range(50)]
    reply = send(ours, "ModelInfer", infer(names)(ours))
    assert reply.status == "INVALID_ARGUMENT"
    assert reply.text


def test_no_model_is_served(ours: Target) -> None:
    assert not send(ours, "ModelReady", messages.ModelReadyRequest(name="iris")).message.ready
    flower = [tensor(f"{part}_{side}_cm", "FP64", [1.5]) for part in ("sepal", "petal") for side in ("length", "width")]
    asked = infer(flower)(ours)
    assert isinstance(asked, messages.ModelInferRequest)
    asked.model_name = "iris"
    assert send(ours, "ModelInfer", asked).status == "UNAVAILABLE"


def test_an_id_is_a_key_only_where_it_is_said(ours: Target) -> None:
    once = uuid4().hex
    idempotent = {"idempotent": messages.InferParameter(bool_param=True)}

    def ids(**members: Any) -> list[bytes]:
        reply = send(ours, "ModelInfer", infer(columns(), id=once, **members)(ours))
        assert reply.status == "OK", reply
        found: list[bytes] = reply.values("id").tolist()
        return found

    assert ids() != ids()
    first = ids(parameters=idempotent)
    assert first == ids(parameters=idempotent)
    other: GrpcReply = send(ours, "ModelInfer", infer(columns(rows(2)), id=once, parameters=idempotent)(ours))
    assert other.status == "ALREADY_EXISTS"
