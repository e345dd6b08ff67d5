"""The Open Inference Protocol over HTTP: what is served, whether it is ready, and predictions of tensors."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broker.topology import ONLINE
from gateway_api.door.accounts import account_of
from gateway_api.door.problems import MalformedBody
from gateway_api.gateway import gateway_of
from gateway_api.predict.asking import asked_over_http
from gateway_api.predict.inference_protocol.answers import (
    EXTENSIONS,
    SERVER,
    ModelMetadata,
    ModelReady,
    ServerLive,
    ServerMetadata,
    ServerReady,
    model_metadata,
)
from gateway_api.predict.inference_protocol.bodies import read_infer_body, write_infer_body
from gateway_api.predict.inference_protocol.inferring import infer, off_the_loop, served_versions, version_of
from gateway_api.predict.inference_protocol.inflating import inflated
from gateway_api.predict.inference_protocol.reference import (
    INFER,
    LIVE,
    METADATA,
    MODEL,
    MODEL_READY,
    READY,
    of_version,
)
from gateway_api.predict.problems import VersionNotServed
from gateway_api.reference.openapi import VERSION
from gateway_api.wire.body import read_body
from gateway_api.wire.parameters import UseCasePath
from gateway_api.wire.readiness import require_ready
from gateway_api.wire.request_keys import only_key
from usecases.contract.arriving import brought_contract

JSON_LENGTH = "Inference-Header-Content-Length"
"""Header that tells where the JSON of a body ends; of a packed body, once it is unpacked."""

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol"])


@router.get("", **METADATA)
async def server() -> ServerMetadata:
    """Return what this server is."""
    return ServerMetadata(name=SERVER, version=VERSION, extensions=list(EXTENSIONS))


@router.get("/health/live", **LIVE)
async def live() -> ServerLive:
    """Confirm that the process answers; nothing else is looked at."""
    return ServerLive(live=True)


@router.get("/health/ready", **READY)
async def ready(request: Request) -> ServerReady:
    """Check whether tensors sent now would be predicted; files and messages may wait meanwhile."""
    gateway = gateway_of(request)
    await require_ready(gateway.broker, gateway.engine, gateway.catalog, queues=[ONLINE])
    return ServerReady(ready=True)


@router.get("/models/{name}", **MODEL)
@router.get("/models/{name}/versions/{version}", **of_version(MODEL))
def model(request: Request, name: UseCasePath) -> ModelMetadata:
    """Return the inputs and outputs of a use case."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(name)
    versions = served_versions(gateway.engine, use_case.name, _version(request))
    return model_metadata(use_case, brought_contract(use_case), versions)


@router.get("/models/{name}/ready", **MODEL_READY)
@router.get("/models/{name}/versions/{version}/ready", **of_version(MODEL_READY))
def model_ready(request: Request, name: UseCasePath) -> ModelReady:
    """Check whether a worker serves a model."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(name)
    if not served_versions(gateway.engine, use_case.name, _version(request)):
        raise VersionNotServed(
            f"No worker serves a model of {use_case.name}."
        )  # the protocol wants 4xx for what is not ready
    return ModelReady(name=use_case.name, ready=True)


@router.post("/models/{name}/infer", **INFER)
@router.post("/models/{name}/versions/{version}/infer", **of_version(INFER))
async def infer_tensors(request: Request, name: UseCasePath) -> Response:
    """Predict the rows of tensors."""
    gateway, limit = gateway_of(request), gateway_of(request).settings.max_body_bytes
    online = gateway.online(name)
    version = _version(request)
    only = None if version is None else version_of(version)
    content = await read_body(request, limit)
    encoding = request.headers.get("content-encoding")
    if encoding is not None:
        content = await asyncio.to_thread(inflated, content, encoding, limit)
    body = await off_the_loop(
        content, read_infer_body, brought_contract(online.use_case), content, _json_length(request)
    )
    inferred = await infer(
        gateway,
        online,
        body.wanted,
        lambda rows: asked_over_http(request, rows, model_version=only),
        account=account_of(request).name,
        key=only_key(request.headers.getlist("idempotency-key")),
        content=content,
    )
    request.scope["request_id"] = inferred.request.batch_id
    head = {"model_name": online.use_case.name, "model_version": str(inferred.model_version)}
    if body.wanted.id is not None:
        head["id"] = body.wanted.id
    return _answer(*write_infer_body(head, inferred.outputs, body))


def _version(request: Request) -> str | None:
    """Return the version that a path names; none where it names none."""
    version: str | None = request.path_params.get("version")
    return version


def _json_length(request: Request) -> int | None:
    text = request.headers.get(JSON_LENGTH)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 12):  # noqa: PLR2004  # more than any body has
        raise MalformedBody(f"{JSON_LENGTH} is the length of the JSON in bytes; found {text[:60]!r}.")
    return int(text)


def _answer(content: bytes, json_length: int | None) -> Response:
    if json_length is None:
        return Response(content, media_type="application/json")
    return Response(content, media_type="application/octet-stream", headers={JSON_LENGTH: str(json_length)})
