"""The application, put together in one place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial

from fastapi import FastAPI

from gateway_api.batches import routes as batches
from gateway_api.dead_letters import routes as letters
from gateway_api.door.fast_path import Express
from gateway_api.door.middleware import Door
from gateway_api.door.problem_handlers import install_problem_handlers
from gateway_api.drift import routes as drift
from gateway_api.gateway import Gateway, build_gateway
from gateway_api.health import queues
from gateway_api.health import routes as health
from gateway_api.housekeeping import keep_house
from gateway_api.labels import routes as labels
from gateway_api.models import routes as models
from gateway_api.performance import routes as performance
from gateway_api.predict import check
from gateway_api.predict import routes as predict
from gateway_api.predictions import routes as past
from gateway_api.predictions import summary
from gateway_api.quarantine import repairs
from gateway_api.quarantine import routes as quarantine
from gateway_api.reference import routes as docs
from gateway_api.reference.openapi import describe
from gateway_api.settings import Settings
from gateway_api.shadow import routes as shadow
from gateway_api.use_cases import routes as use_cases
from gateway_api.use_cases import setup

_PARTS = (
    predict,
    batches,
    past,
    labels,
    performance,
    drift,
    shadow,
    check,
    summary,
    quarantine,
    repairs,
    queues,
    letters,
    setup,
    use_cases,
    models,
    health,
    docs,
)
"""In the order of the reference docs."""


def build_app(settings: Settings) -> FastAPI:
    """Build the gateway; the broker and the database are reached for once it runs, and may be away.

    Raises
    ------
    gateway_api.door.accounts.ApiKeysError, usecases.catalog.UseCaseFileError
        If the configuration cannot be used.
    """
    gateway = build_gateway(settings)
    app = FastAPI(
        lifespan=_lifespan,
        # The framework's own pages load their scripts from the internet; ours are in `docs`.
        openapi_url=None,
        redirect_slashes=False,
        # Its spans and metrics would double what is counted at the door, at the cost of speed.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.gateway = gateway
    app.add_middleware(Door, keys=gateway.keys, metrics=gateway.metrics, tracing=gateway.tracing)
    install_problem_handlers(app)
    for part in _PARTS:
        app.include_router(part.router)
    app.openapi = cache(partial(describe, app, gateway.catalog))  # type: ignore[method-assign]  # FastAPI's way
    return app


def with_express(app: FastAPI) -> Express:
    """Put the short way for predictions before the application."""
    gateway: Gateway = app.state.gateway
    door = partial(Door, keys=gateway.keys, metrics=gateway.metrics, tracing=gateway.tracing)
    return Express(app, {"/predict": predict.predict}, door)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    gateway: Gateway = app.state.gateway

    def take_over(changed: frozenset[str]) -> None:
        gateway.take_over(changed)
        app.openapi.cache_clear()  # type: ignore[attr-defined]  # it was wrapped above

    tasks = [
        asyncio.create_task(keep_house(gateway.engine, gateway.uploads)),
        asyncio.create_task(gateway.registered.keep_refreshing(take_over)),
    ]
    async with gateway.broker:
        yield
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    gateway.engine.dispose()
    if gateway.registry is not None:
        gateway.registry.close()
    await asyncio.to_thread(gateway.tracing.close)
