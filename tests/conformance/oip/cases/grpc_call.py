"""Calls of gRPC, and what a server answered to one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
import numpy as np
from google.protobuf.message import Message

from gateway_api.predict.inference_protocol.grpc_service import open_inference_pb2 as messages
from tests.conformance.oip.cases.binary import decode_binary
from tests.conformance.oip.cases.case import Difference
from tests.conformance.oip.targets import Target

__all__ = ["GrpcCase", "GrpcReply", "GrpcRequest", "send"]

GrpcRequest = Callable[[Target], Message]
_ANSWERS: dict[str, type[Message]] = {
    "ServerLive": messages.ServerLiveResponse,
    "ServerReady": messages.ServerReadyResponse,
    "ServerMetadata": messages.ServerMetadataResponse,
    "ModelReady": messages.ModelReadyResponse,
    "ModelMetadata": messages.ModelMetadataResponse,
    "ModelInfer": messages.ModelInferResponse,
}


@dataclass(frozen=True, slots=True)
class GrpcReply:
    """What came back: a message, or a status with its text."""

    status: str
    message: Any
    text: str = ""

    def values(self, name: str) -> Any:
        """Return the values of an output, raw or in its contents."""
        names = [output.name for output in self.message.outputs]
        output = self.message.outputs[names.index(name)]
        if self.message.raw_output_contents:
            assert not output.contents.ListFields()
            raw = self.message.raw_output_contents[names.index(name)]
            return decode_binary(output.datatype, raw).reshape(list(output.shape))
        ((_, values),) = output.contents.ListFields()
        return np.array(list(values)).reshape(list(output.shape))


@dataclass(frozen=True, kw_only=True, slots=True)
class GrpcCase:
    """One thing that the protocol over gRPC asks of a server."""

    name: str
    asks: str
    method: str
    request: GrpcRequest
    expect: Callable[[GrpcReply, Target], None]
    mlserver: Difference | None = None


def send(target: Target, method: str, request: Message, **metadata: str) -> GrpcReply:
    """Call a method of a server."""
    with grpc.insecure_channel(target.grpc_address) as channel:
        call = channel.unary_unary(
            f"/inference.GRPCInferenceService/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=_ANSWERS[method].FromString,
        )
        headers = tuple({**target.headers, **metadata}.items())
        try:
            return GrpcReply("OK", call(request, timeout=30, metadata=headers))
        except grpc.RpcError as error:
            return GrpcReply(error.code().name, None, error.details())
