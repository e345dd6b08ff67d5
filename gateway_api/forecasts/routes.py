"""Forecasts over HTTP: asked for, and found again beside what came true."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway_api.door.problems import InvalidParameters
from gateway_api.forecasts.answers import ForecastPage, ForecastWaits, forecast_page
from gateway_api.forecasts.reference import FORECASTS, MAKE_FORECAST
from gateway_api.forecasts.requests import ForecastQuery, MakeForecast
from gateway_api.gateway import Gateway, gateway_of
from gateway_api.wire.commands import read_command
from gateway_api.wire.csv_stream import csv_response, file_name, wants_csv
from gateway_api.wire.cursors import id_of_cursor
from gateway_api.wire.sentences import sentence
from sql.forecasts.making import answered_request, ask
from sql.forecasts.reading import (
    WantedForecasts,
    csv_of_forecasts,
    forecasts_page,
    newest_forecast_origin,
    newest_readings,
    origin_if_stored,
)
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of

PATIENCE_SECONDS = 10.0
"""How long a caller who asks for a forecast waits for it."""

_LOOK_SECONDS = 0.1
_ENTRIES = 1_000

router = APIRouter(tags=["Forecasts"])


@router.get("/forecasts", **FORECASTS)
def forecasts(request: Request, query: Annotated[ForecastQuery, Query()]) -> Response:
    """List forecasts beside what came true, page by page or as one stream of CSV."""
    gateway = gateway_of(request)
    use_case = _forecast(gateway, query.use_case)
    wanted = query.wanted
    if wanted.origin is None and wanted.since is None and wanted.until is None:
        newest = newest_forecast_origin(gateway.engine, use_case)
        wanted = replace(wanted, origin=newest)
    if wants_csv(query.format, request):
        name = file_name(use_case.name, "forecasts", datetime.now(UTC))
        return csv_response(csv_of_forecasts(gateway.engine, use_case, wanted), name)
    after = id_of_cursor(query.cursor)
    rows = forecasts_page(gateway.engine, use_case, wanted, after=after, limit=query.limit + 1)
    readings: Sequence[Any] = ()
    if rows and query.history:
        step = timedelta(microseconds=options_of(use_case).step)
        last: datetime = rows[0]["origin"]
        since = last - step * (query.history - 1)
        readings = newest_readings(gateway.engine, use_case, query.series, since, last + step)
    page = forecast_page(use_case, rows, query.limit, readings)
    return Response(page.model_dump_json(), media_type="application/json")


@router.post("/forecast", **MAKE_FORECAST)
async def make_forecast(request: Request) -> Response:
    """Forecast from the newest complete time, or from another one."""
    gateway = gateway_of(request)
    command = await read_command(request, MakeForecast, gateway.settings.max_body_bytes)
    use_case = _forecast(gateway, command.use_case)
    number = await asyncio.to_thread(ask, gateway.engine, use_case.name, command.origin)
    deadline = time.monotonic() + PATIENCE_SECONDS
    batch_id: UUID | None = None
    while time.monotonic() < deadline:
        if batch_id is None:
            batch_id = await asyncio.to_thread(_batch_of, gateway, number)
        origin = None if batch_id is None else await asyncio.to_thread(origin_if_stored, gateway.engine, batch_id)
        if origin is not None:
            page = await asyncio.to_thread(_page, gateway, use_case, origin)
            return Response(page.model_dump_json(), media_type="application/json")
        await asyncio.sleep(_LOOK_SECONDS)
    where = f"/batches/{batch_id}" if batch_id is not None else f"/forecasts?use_case={use_case.name}"
    return JSONResponse(
        ForecastWaits(use_case=use_case.name, batch_id=batch_id).model_dump(mode="json"),
        status_code=202,
        headers={"Location": where},
    )


def _forecast(gateway: Gateway, name: str) -> UseCase:
    use_case = gateway.use_case(name)
    if use_case.forecast is None:
        raise InvalidParameters(
            f"{use_case.name} is a {use_case.task}; forecasts are of use cases with task: forecast. Its predictions: "
            f"GET /past-predictions?use_case={use_case.name}"
        )
    return use_case


def _batch_of(gateway: Gateway, number: int) -> UUID | None:
    found = answered_request(gateway.engine, number)
    if found is None:
        return None
    batch_id, problem = found
    if problem is not None:
        raise InvalidParameters(sentence(problem))
    return batch_id


def _page(gateway: Gateway, use_case: UseCase, origin: datetime) -> ForecastPage:
    wanted = WantedForecasts(origin=origin)
    rows = forecasts_page(gateway.engine, use_case, wanted, after=None, limit=_ENTRIES + 1)
    return forecast_page(use_case, rows, _ENTRIES)
