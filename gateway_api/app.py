"""The application, put together in one place."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

import structlog
from fastapi import Depends, FastAPI
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from broker.service.reporting import ThisProcess, reporting
from gateway_api.batches import routes as batches
from gateway_api.batches.jobs import routes as jobs
from gateway_api.dead_letters import routes as dead_letters
from gateway_api.door.middleware import FastPath, RequestMiddleware
from gateway_api.door.problem_handlers import install_problem_handlers
from gateway_api.drift import routes as drift
from gateway_api.forecasts import routes as forecasts
from gateway_api.gateway import Gateway, build_gateway
from gateway_api.health import routes as health
from gateway_api.health.alerts import routes as alerts
from gateway_api.labels import routes as labels
from gateway_api.models import routes as models
from gateway_api.models.report import routes as reports
from gateway_api.models.trainings import routes as trainings
from gateway_api.performance import routes as performance
from gateway_api.predict import asking
from gateway_api.predict import routes as predict
from gateway_api.predict.inference_protocol import routes as inference_protocol
from gateway_api.predict.inference_protocol.grpc_service.server import serving_grpc
from gateway_api.predict.mappings import routes as mappings
from gateway_api.predict.stored import routes as stored
from gateway_api.predictions import routes as predictions
from gateway_api.quarantine import routes as quarantine
from gateway_api.quarantine.report import routes as quality_reports
from gateway_api.reference import routes as reference
from gateway_api.reference.openapi import describe
from gateway_api.settings import Settings
from gateway_api.shadow import routes as shadow
from gateway_api.use_cases import routes as use_cases
from gateway_api.wire.parameters import refuse_doubles, refuse_nul
from gateway_api.wire.uploads import PART_SUFFIX
from sql.ledger.request_keys import forget_old_requests
from sql.registry.processes import ender, reporter

_TOPICS = (
    predict, inference_protocol, batches, jobs, mappings, predictions, stored, forecasts, quarantine, quality_reports, dead_letters,
    labels, models, reports, trainings, use_cases, drift, performance, shadow, health, alerts, reference,
)  # fmt: skip

CLEANUP_INTERVAL = timedelta(hours=1)
"""Pause between two rounds; keys are found to be old without it, so this only bounds the size of their table."""

ABANDONED_AFTER = timedelta(days=1)
"""No upload takes so long; a younger file may be one that another gateway is receiving."""

log = structlog.get_logger(__name__)


def build_app(settings: Settings) -> FastAPI:
    """Build the gateway; the broker and the database are reached for once it runs, and may be away.

    Raises
    ------
    gateway_api.door.accounts.ApiKeysError
        If the configuration cannot be used.
    """
    gateway = build_gateway(settings)
    app = FastAPI(
        lifespan=_lifespan,
        # The framework's own pages load their scripts from the internet; ours are in `reference`.
        openapi_url=None,
        dependencies=[Depends(refuse_doubles), Depends(refuse_nul)],
        redirect_slashes=False,
        # Its spans and metrics would double what the middleware counts, at the cost of speed.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.gateway = gateway
    app.state.routes = [route for topic in _TOPICS for route in topic.router.routes]
    app.add_middleware(RequestMiddleware, keys=gateway.keys, metrics=gateway.metrics, tracing=gateway.tracing)
    install_problem_handlers(app)
    for topic in _TOPICS:
        app.include_router(topic.router)
    app.openapi = cache(partial(describe, app, gateway.catalog))  # type: ignore[method-assign]  # FastAPI's way
    return app


def with_fast_path(app: FastAPI) -> FastPath:
    """Wrap the application in the fast path of /predict."""
    gateway: Gateway = app.state.gateway
    middleware = partial(RequestMiddleware, keys=gateway.keys, metrics=gateway.metrics, tracing=gateway.tracing)
    return FastPath(app, {"/predict": asking.predict}, middleware)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    gateway: Gateway = app.state.gateway

    def take_over(changed: frozenset[str]) -> None:
        gateway.take_over(changed)
        app.openapi.cache_clear()  # type: ignore[attr-defined]  # it was wrapped above

    # Before the first request: a file may have been edited since it was registered.
    await gateway.refresher.look_once(take_over)
    tasks = [
        asyncio.create_task(_delete_leftovers_regularly(gateway.engine, gateway.uploads)),
        asyncio.create_task(gateway.refresher.keep_refreshing(take_over)),
    ]
    lives = reporting(ThisProcess("gateway"), reporter(gateway.engine), ender(gateway.engine))
    async with lives, gateway.broker, serving_grpc(gateway):
        yield
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    gateway.engine.dispose()
    gateway.reads.dispose()
    if gateway.registry is not None:
        gateway.registry.close()
    await asyncio.to_thread(gateway.tracing.close)


async def _delete_leftovers_regularly(engine: Engine, uploads: Path) -> None:
    """Delete leftovers now and then, for as long as the gateway runs."""
    while True:
        try:
            await asyncio.to_thread(_delete_leftovers, engine, uploads)
        except (SQLAlchemyError, OSError) as error:
            log.warning("Deleting leftovers failed, trying again later", error=repr(error)[:500])
        await asyncio.sleep(CLEANUP_INTERVAL.total_seconds())


def _delete_leftovers(engine: Engine, uploads: Path) -> None:
    """Delete old request keys, and uploads that were broken off."""
    with engine.begin() as connection:
        forget_old_requests(connection, datetime.now(UTC))
    oldest = time.time() - ABANDONED_AFTER.total_seconds()
    for path in uploads.glob(f"*{PART_SUFFIX}"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
