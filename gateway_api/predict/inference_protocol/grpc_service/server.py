"""The server of gRPC in the process of the gateway: who may call, what is counted, and statuses in place of problems."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import grpc
import structlog
from google.protobuf.message import DecodeError, Message

from broker.messages import HEADER_TRACEPARENT
from broker.service.tracing import SpanKind
from gateway_api.door.accounts import Account
from gateway_api.door.problem_handlers import problem_of, text_of
from gateway_api.door.problems import MalformedBody, Problem
from gateway_api.gateway import Gateway
from gateway_api.predict.inference_protocol.grpc_service import open_inference_pb2 as messages
from gateway_api.predict.inference_protocol.grpc_service.service import Caller, InferenceService
from gateway_api.wire.request_keys import only_key

SERVICE = "inference.GRPCInferenceService"

OPEN_CALLS = frozenset({"ServerLive", "ServerReady"})
"""All that can be called without a key, as over HTTP."""

GRACE_SECONDS = 15
"""How long calls that are under way may take when the gateway stops; those of HTTP may as long."""

MOST_CALLS = 2_000
"""Calls at once; each may hold a message. Further ones are refused with RESOURCE_EXHAUSTED."""

MOST_DETAIL = 1_000
"""Letters of the text beside a status; it goes in a header, of which clients take 8 KiB, and a letter may take nine bytes."""

_HUNG_UP = 499
"""What is counted for a caller who hung up, as over HTTP."""

_STATUSES = {
    HTTPStatus.UNAUTHORIZED: grpc.StatusCode.UNAUTHENTICATED,
    HTTPStatus.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    HTTPStatus.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    HTTPStatus.CONFLICT: grpc.StatusCode.ALREADY_EXISTS,
    HTTPStatus.TOO_MANY_REQUESTS: grpc.StatusCode.RESOURCE_EXHAUSTED,
    HTTPStatus.SERVICE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT: grpc.StatusCode.DEADLINE_EXCEEDED,
}
"""Statuses of gRPC by those of HTTP; of the others, 4xx blame the request and 5xx the gateway."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the service: its name, the message it takes, and what answers it."""

    name: str
    takes: type[Message]
    answer: Callable[[Any, Caller], Awaitable[Message]]


def calls_of(service: InferenceService) -> list[Call]:
    """List the calls of the protocol."""
    return [
        Call("ServerLive", messages.ServerLiveRequest, service.server_live),
        Call("ServerReady", messages.ServerReadyRequest, service.server_ready),
        Call("ServerMetadata", messages.ServerMetadataRequest, service.server_metadata),
        Call("ModelReady", messages.ModelReadyRequest, service.model_ready),
        Call("ModelMetadata", messages.ModelMetadataRequest, service.model_metadata),
        Call("ModelInfer", messages.ModelInferRequest, service.model_infer),
    ]


@asynccontextmanager
async def serving_grpc(gateway: Gateway) -> AsyncIterator[None]:
    """Serve the protocol over gRPC while the block runs, where the settings name a port.

    Raises
    ------
    RuntimeError
        If the port is taken.
    """
    settings = gateway.settings
    if settings.gateway_grpc_port is None:
        yield
        return
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", settings.max_body_bytes),
            ("grpc.max_send_message_length", -1),
            # A second gateway on the same port would take half of the calls, and nobody would know.
            ("grpc.so_reuseport", 0),
        ],
        maximum_concurrent_rpcs=MOST_CALLS,
    )
    calls = calls_of(InferenceService(gateway))
    handlers = {call.name: grpc.unary_unary_rpc_method_handler(_Answering(gateway, call).answer) for call in calls}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_insecure_port(f"{settings.gateway_grpc_host}:{settings.gateway_grpc_port}")
    await server.start()
    try:
        yield
    finally:
        await server.stop(GRACE_SECONDS)


class _Answering:
    """Answers one call, whatever happens: a message is read only once the caller is known."""

    def __init__(self, gateway: Gateway, call: Call) -> None:
        self._gateway = gateway
        self._call = call

    async def answer(self, content: bytes, context: grpc.aio.ServicerContext) -> bytes:
        """Answer a message with a message, or end the call with a status."""
        started = time.perf_counter()
        name = f"/{SERVICE}/{self._call.name}"
        metadata = _texts(context)
        request_id = uuid4()
        context.set_trailing_metadata((("x-request-id", str(request_id)),))
        status = _HUNG_UP
        parent = metadata.get(HEADER_TRACEPARENT)
        try:
            with self._gateway.tracing.span(name, SpanKind.SERVER, parent=parent) as span:
                caller = Caller(self._account(context), request_id, span, _key(context), context)
                reply = await self._call.answer(self._read(content), caller)
            status = HTTPStatus.OK
            written: bytes = reply.SerializeToString()
        except Exception as error:  # whatever it is, the caller is told by a status
            problem = _problem_of(error, request_id)
            status = HTTPStatus(problem.status)
            await context.abort(status_of(problem), text_of(problem)[:MOST_DETAIL])
            raise
        else:
            return written
        finally:
            self._gateway.metrics.seconds(name, "gRPC", int(status)).observe(time.perf_counter() - started)

    def _account(self, context: grpc.aio.ServicerContext) -> Account | None:
        if self._call.name in OPEN_CALLS:
            return None
        given = context.invocation_metadata() or ()
        headers = [(name.encode(), value.encode() if isinstance(value, str) else value) for name, value in given]
        return self._gateway.keys.account_of(headers)

    def _read(self, content: bytes) -> Message:
        message = self._call.takes()
        try:
            message.ParseFromString(content)
        except DecodeError as error:
            raise MalformedBody(f"The message is no {self._call.takes.__name__}: {error}.") from None
        return message


def _key(context: grpc.aio.ServicerContext) -> str | None:
    given = context.invocation_metadata() or ()
    return only_key([value for name, value in given if name == "idempotency-key" and isinstance(value, str)])


def _texts(context: grpc.aio.ServicerContext) -> dict[str, str]:
    """Return the metadata of a call, except for bytes."""
    return {name: value for name, value in context.invocation_metadata() or () if isinstance(value, str)}


def _problem_of(error: Exception, request_id: UUID) -> Problem:
    try:
        return problem_of(error, {})
    except Exception:
        log.exception("Call failed", request_id=str(request_id))
        return Problem(f"Something went wrong. The gateway's log holds the reason under {request_id}.")


def status_of(problem: Problem) -> grpc.StatusCode:
    """Return the status that tells a problem."""
    status = HTTPStatus(problem.status)
    return _STATUSES.get(
        status,
        grpc.StatusCode.INTERNAL if status >= HTTPStatus.INTERNAL_SERVER_ERROR else grpc.StatusCode.INVALID_ARGUMENT,
    )
