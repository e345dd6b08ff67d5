"""The calls of the protocol: each reads a message, asks what HTTP asks, and writes a message."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import grpc
import pyarrow as pa

from broker.ids import to_milliseconds
from broker.service.tracing import Span
from broker.topology import ONLINE
from gateway_api.door.accounts import Account
from gateway_api.door.problems import NotReady, Unauthorized
from gateway_api.gateway import Gateway
from gateway_api.predict.inference_protocol import answers
from gateway_api.predict.inference_protocol.grpc_service import open_inference_pb2 as messages
from gateway_api.predict.inference_protocol.grpc_service.tensors import read_inference, write_inference
from gateway_api.predict.inference_protocol.inferring import infer, served_versions, version_of
from gateway_api.predict.online import OnlineRequest
from gateway_api.reference.openapi import VERSION
from gateway_api.wire.readiness import require_ready
from usecases.contract.arriving import brought_contract


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and by which call.

    Attributes
    ----------
    account
        Whose key came; none for what needs no key.
    request_id, span
        The call in answers, logs and traces.
    key
        `idempotency-key` among its metadata; none where there is none.
    context
        The call as gRPC knows it.
    """

    account: Account | None
    request_id: UUID
    span: Span
    key: str | None
    context: grpc.aio.ServicerContext

    async def is_gone(self) -> bool:
        """Return whether the caller has hung up."""
        gone: bool = self.context.cancelled()
        return gone

    def require_account(self) -> Account:
        """Return whose key came.

        Raises
        ------
        Unauthorized
            If none did.
        """
        if self.account is None:
            raise Unauthorized("Send your API key as metadata, `authorization: Bearer KEY` or `x-api-key: KEY`.")
        return self.account


class InferenceService:
    """Answers the calls of the protocol with what one gateway has."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def server_live(self, _: messages.ServerLiveRequest, __: Caller) -> messages.ServerLiveResponse:
        """Confirm that the process answers; nothing else is looked at."""
        return messages.ServerLiveResponse(live=True)

    async def server_ready(self, _: messages.ServerReadyRequest, __: Caller) -> messages.ServerReadyResponse:
        """Check whether rows sent now would be predicted."""
        try:
            await require_ready(self._gateway.broker, self._gateway.engine, self._gateway.catalog, (ONLINE,))
        except NotReady:
            return messages.ServerReadyResponse(ready=False)
        return messages.ServerReadyResponse(ready=True)

    async def server_metadata(self, _: messages.ServerMetadataRequest, __: Caller) -> messages.ServerMetadataResponse:
        """Return what this server is."""
        # Binary tensors are an extension of HTTP; gRPC has them by itself.
        return messages.ServerMetadataResponse(name=answers.SERVER, version=VERSION)

    async def model_ready(self, request: messages.ModelReadyRequest, _: Caller) -> messages.ModelReadyResponse:
        """Check whether a worker serves a model."""
        return messages.ModelReadyResponse(ready=bool(await self._versions(request.name, request.version)))

    async def model_metadata(self, request: messages.ModelMetadataRequest, _: Caller) -> messages.ModelMetadataResponse:
        """Return the inputs and outputs of a use case."""
        versions = await self._versions(request.name, request.version)
        use_case = self._gateway.use_case(request.name)
        found = answers.model_metadata(use_case, brought_contract(use_case), versions)
        kind = messages.ModelMetadataResponse.TensorMetadata
        return messages.ModelMetadataResponse(
            name=found.name,
            versions=found.versions,
            platform=found.platform,
            inputs=[kind(**tensor.model_dump()) for tensor in found.inputs],
            outputs=[kind(**tensor.model_dump()) for tensor in found.outputs],
        )

    async def model_infer(self, request: messages.ModelInferRequest, caller: Caller) -> messages.ModelInferResponse:
        """Predict the rows of tensors."""
        online = self._gateway.online(request.model_name)
        only = version_of(request.model_version) if request.model_version else None
        account = caller.require_account()

        def ask_for(rows: pa.RecordBatch) -> OnlineRequest:
            return OnlineRequest(
                batch_id=caller.request_id,
                received_at=to_milliseconds(datetime.now(UTC)),
                source=account.role.source,
                rows=rows,
                is_gone=caller.is_gone,
                model_version=only,
                span=caller.span,
            )

        wanted = await asyncio.to_thread(read_inference, brought_contract(online.use_case), request)
        inferred = await infer(
            self._gateway,
            online,
            wanted,
            ask_for,
            account=account.name,
            key=caller.key,
            content=request.SerializeToString(deterministic=True),
        )
        return write_inference(request, inferred.model_version, inferred.outputs)

    async def _versions(self, name: str, version: str) -> list[int]:
        use_case = self._gateway.use_case(name)
        return await asyncio.to_thread(served_versions, self._gateway.engine, use_case.name, version or None)
