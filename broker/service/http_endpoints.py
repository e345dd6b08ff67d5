"""The small HTTP side of a service without one: health for its supervisor, metrics for Prometheus."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping

import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from typing_extensions import override

Checks = Callable[[], Awaitable[Mapping[str, bool]]]
"""Answers, by name, which of the things a service needs are there."""


@contextlib.asynccontextmanager
async def service_http(host: str, port: int, registry: CollectorRegistry, checks: Checks) -> AsyncIterator[None]:
    """Serve `/health/live`, `/health/ready` and `/metrics` while the block runs; port 0 serves nothing."""
    if port == 0:
        yield
        return
    config = uvicorn.Config(_app(registry, checks), host=host, port=port, log_config=None, lifespan="off")
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """A server that leaves signals to the service it belongs to."""

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _app(registry: CollectorRegistry, checks: Checks) -> Starlette:
    async def live(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(_: Request) -> Response:
        found = await checks()
        return JSONResponse({"ready": all(found.values()), "checks": dict(found)}, 200 if all(found.values()) else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return Starlette(
        routes=[Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)],
    )
