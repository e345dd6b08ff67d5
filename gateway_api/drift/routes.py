"""Whether the population moved, and whether what arrives is good."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from gateway_api.drift.answers import DriftAnswer, WatchedQuality
from gateway_api.drift.layout import Watched, drift_answer, quality_answer
from gateway_api.drift.reference import DRIFT, WATCHED_QUALITY
from gateway_api.drift.requests import DriftQuery, WatchQuery
from gateway_api.gateway import gateway_of
from monitoring.drift.report import read_drift
from sql.drift.windows import DriftWindow
from sql.quality.arrivals import read_arrivals, read_heard, read_refused
from sql.quality.rates import QualityWindow, read_quality

router = APIRouter(tags=["Monitoring"])


@router.get("/monitoring/drift", **DRIFT)
def drift(request: Request, query: Annotated[DriftQuery, Query()]) -> DriftAnswer:
    """Judge whether what is scored still looks like what the model was trained on."""
    gateway = gateway_of(request)
    use_case, spans = gateway.use_case(query.use_case), query.spans
    window = DriftWindow(
        use_case=use_case.name,
        since=spans.start,
        until=spans.end,
        source=query.source,
        model_version=query.model_version,
    )
    return drift_answer(use_case, window, spans, read_drift(gateway.engine, use_case, window, spans.width))


@router.get("/monitoring/quality", **WATCHED_QUALITY)
def quality(request: Request, query: Annotated[WatchQuery, Query()]) -> WatchedQuality:
    """Follow what arrives: rows, bad rows, refused files, and whether anything arrives at all."""
    gateway = gateway_of(request)
    use_case, spans, engine = gateway.use_case(query.use_case), query.spans, gateway.engine
    window = QualityWindow(use_case=use_case.name, start=spans.start, end=spans.end)
    watched = Watched(
        found=read_quality(engine, window, spans.width),
        heard=read_heard(engine, use_case.name),
        arrivals=read_arrivals(engine, window, spans.width),
        refused=read_refused(engine, window),
    )
    return quality_answer(use_case, spans, watched, datetime.now(UTC))
