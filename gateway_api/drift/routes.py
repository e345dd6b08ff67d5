"""Whether the population moved, and whether what arrives is good."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from gateway_api.door.accounts import require_admin
from gateway_api.drift.answers import (
    AcceptedWindowAnswer,
    AcceptedWindowList,
    DriftAnswer,
    DriftByKeyAnswer,
    WatchedQuality,
)
from gateway_api.drift.layout import Watched, accepted_answer, drift_answer, key_answer, quality_answer
from gateway_api.drift.problems import acceptance_errors_as_problems
from gateway_api.drift.reference import ACCEPT, ACCEPTED, DRIFT, DRIFT_BY_KEY, WATCHED_QUALITY, WITHDRAW
from gateway_api.drift.requests import AcceptWindow, DriftQuery, WatchQuery
from gateway_api.gateway import gateway_of
from gateway_api.wire.commands import read_command
from gateway_api.wire.parameters import UseCaseQuery
from monitoring.drift.acceptance import accept_window
from monitoring.drift.key_report import read_key_drift
from monitoring.drift.report import read_drift
from sql.drift.accepted import AcceptedWindow, list_accepted, withdraw_accepted
from sql.drift.windows import DriftWindow
from sql.quality.arrivals import read_arrivals, read_heard, read_refused
from sql.quality.rates import QualityWindow, read_quality

MOST_COMMAND_BYTES = 4 * 1024

DECIDE = "decide what is normal"

router = APIRouter(tags=["Monitoring"])


@router.get("/monitoring/drift", **DRIFT)
def drift(request: Request, query: Annotated[DriftQuery, Query()]) -> DriftAnswer:
    """Judge whether what is scored still looks like what the model was trained on."""
    gateway = gateway_of(request)
    use_case, spans = gateway.use_case(query.use_case), query.spans
    window = query.window(spans)
    return drift_answer(use_case, window, spans, read_drift(gateway.reads, use_case, window, spans.width))


@router.get("/monitoring/drift/keys", **DRIFT_BY_KEY)
def drift_by_key(request: Request, query: Annotated[DriftQuery, Query()]) -> DriftByKeyAnswer:
    """Judge which machines or regions moved away from their own rows in training."""
    gateway = gateway_of(request)
    use_case, window = gateway.use_case(query.use_case), query.window(query.spans)
    return key_answer(use_case, window, read_key_drift(gateway.reads, use_case, window))


@router.get("/monitoring/drift/accepted", **ACCEPTED)
def accepted_windows(request: Request, query: Annotated[UseCaseQuery, Query()]) -> AcceptedWindowList:
    """List what people accepted as normal."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    found = list_accepted(gateway.engine, use_case.name)
    return AcceptedWindowList(use_case=use_case.name, windows=[accepted_answer(one) for one in found])


@router.post("/monitoring/drift/accepted", **ACCEPT)
async def accept(request: Request) -> AcceptedWindowAnswer:
    """Accept a window of served rows as normal."""
    admin, gateway = require_admin(request, DECIDE), gateway_of(request)
    command = await read_command(request, AcceptWindow, MOST_COMMAND_BYTES)
    use_case = gateway.use_case(command.use_case)
    window = DriftWindow(
        use_case=use_case.name,
        since=command.since,
        until=command.until,
        source=command.source,
        model_version=command.model_version,
    )

    def act() -> AcceptedWindow:
        return accept_window(gateway.engine, use_case, window, admin.name, command.reason)

    with acceptance_errors_as_problems():
        return accepted_answer(await asyncio.to_thread(act))


@router.post("/monitoring/drift/accepted/{number}/withdraw", **WITHDRAW)
def withdraw(
    request: Request, number: Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the window.")]
) -> AcceptedWindowAnswer:
    """Withdraw an accepted window."""
    admin = require_admin(request, DECIDE)
    with acceptance_errors_as_problems():
        return accepted_answer(withdraw_accepted(gateway_of(request).engine, number, admin.name))


@router.get("/monitoring/quality", **WATCHED_QUALITY)
def quality(request: Request, query: Annotated[WatchQuery, Query()]) -> WatchedQuality:
    """Follow what arrives: rows, bad rows, refused files, and whether anything arrives at all."""
    gateway = gateway_of(request)
    use_case, spans, engine = gateway.use_case(query.use_case), query.spans, gateway.reads
    window = QualityWindow(use_case=use_case.name, start=spans.start, end=spans.end)
    watched = Watched(
        found=read_quality(engine, window, spans.width),
        heard=read_heard(engine, use_case.name),
        arrivals=read_arrivals(engine, window, spans.width),
        refused=read_refused(engine, window),
    )
    return quality_answer(use_case, spans, watched, datetime.now(UTC))
