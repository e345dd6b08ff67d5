"""Bad rows of all batches: list them, count them, send repaired ones again, discard others."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway_api.door.accounts import require_person, require_replay
from gateway_api.door.problems import InvalidParameters
from gateway_api.gateway import gateway_of
from gateway_api.quarantine.answers import (
    CorrectionAnswer,
    FoundRow,
    FoundRows,
    QualitySummary,
    RepairedFileAnswer,
    RowsDiscarded,
    RowsReplayed,
    quality_answer,
)
from gateway_api.quarantine.corrections import correct_rows
from gateway_api.quarantine.discarding import discard
from gateway_api.quarantine.reference import (
    CORRECT_ROWS,
    DISCARD_ROWS,
    QUALITY,
    QUARANTINE,
    REPLAY_FILE,
    REPLAY_ROWS,
)
from gateway_api.quarantine.repaired_files import replay_file
from gateway_api.quarantine.repairs import read_repaired, send_repaired
from gateway_api.quarantine.requests import (
    CorrectRows,
    DiscardRows,
    QualityQuery,
    QuarantineQuery,
    RepairedFileQuery,
    ReplayRows,
)
from gateway_api.wire.body import RowReader
from gateway_api.wire.commands import read_command
from gateway_api.wire.cursors import cursor_of_row, cut_page, row_of_cursor
from gateway_api.wire.time_spans import divide_time, whole_range
from sql.quality.rates import QualityWindow, first_received_at, read_quality
from sql.quarantine.pages import RowKey, newest_quarantined
from usecases.contract.arriving import arriving_contract

MOST_COMMAND_BYTES = 16 * 1024

MOST_DISCARD_BYTES = 128 * 1024
"""Of a thousand rows that are named."""

MOST_SPANS = 100
"""Spans of time in a summary: as many as a chart on a page can tell apart."""

router = APIRouter(tags=["Quarantine"])


@router.get("/quarantine", **QUARANTINE)
def quarantine(request: Request, query: Annotated[QuarantineQuery, Query()]) -> FoundRows:
    """List bad rows of all batches, those of the newest batch first."""
    after = row_of_cursor(query.cursor)
    found = newest_quarantined(
        gateway_of(request).engine,
        query.which,
        start=query.start,
        end=query.end,
        after=None if after is None else RowKey(*after),
        limit=query.limit + 1,
    )
    shown, cursor = cut_page(found, query.limit, lambda last: cursor_of_row(last["batch_id"], last["row_number"]))
    return FoundRows(rows=[FoundRow.model_validate(dict(row)) for row in shown], next_cursor=cursor)


@router.get("/quarantine/summary", **QUALITY)
def quality(request: Request, query: Annotated[QualityQuery, Query()]) -> QualitySummary:
    """Count the rows of batches: good and bad, by rule, by batch and over time."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    first = query.start or first_received_at(gateway.reads, use_case.name)
    spans = divide_time(*whole_range(first, query.end, datetime.now(UTC)), MOST_SPANS)
    window = QualityWindow(use_case=use_case.name, start=spans.start, end=spans.end, batch_id=query.batch_id)
    return quality_answer(use_case.name, spans, read_quality(gateway.reads, window, spans.width))


@router.post("/quarantine/replay", **REPLAY_ROWS)
async def replay_rows(request: Request) -> Response:
    """Send repaired rows again, as a batch of their own; all of them or none."""
    source = require_replay(request).role.source
    gateway = gateway_of(request)
    command = await read_command(request, ReplayRows, gateway.settings.max_body_bytes)
    use_case = gateway.use_case(command.use_case)
    reader = RowReader(arriving_contract(use_case))
    rows = await asyncio.to_thread(read_repaired, reader, [entry.row for entry in command.rows])
    keys = [RowKey(entry.batch_id, entry.row_number) for entry in command.rows]
    batch = await send_repaired(
        gateway, use_case, source, {key: row.__dict__ for key, row in zip(keys, rows, strict=True)}
    )
    answer = RowsReplayed(batch_id=batch.id, name=batch.name, rows=len(rows)).model_dump(mode="json")
    return JSONResponse(answer, status_code=202, headers={"Location": f"/batches/{batch.id}"})


@router.post("/quarantine/replay/file", **REPLAY_FILE)
async def replay_rows_of_file(request: Request, query: Annotated[RepairedFileQuery, Query()]) -> RepairedFileAnswer:
    """Send the rows of a repaired file again, those that are valid."""
    source = require_replay(request).role.source
    gateway = gateway_of(request)
    return await replay_file(request, gateway, gateway.use_case(query.use_case), source, query)


@router.post("/quarantine/corrections", **CORRECT_ROWS)
async def correct(request: Request) -> CorrectionAnswer:
    """Replace a value in all bad rows that have it, and send those again that are valid then."""
    source = require_replay(request).role.source
    gateway = gateway_of(request)
    command = await read_command(request, CorrectRows, MOST_COMMAND_BYTES)
    use_case = gateway.use_case(command.use_case)
    if command.column not in arriving_contract(use_case).columns:
        raise InvalidParameters(f"column: {use_case.name} has no column {command.column!r}.")
    return await correct_rows(gateway, use_case, source, command)


@router.post("/quarantine/discard", **DISCARD_ROWS)
async def discard_rows(request: Request) -> RowsDiscarded:
    """Discard bad rows for a reason; they stay as they came, and count as quarantined for good."""
    account, gateway = require_person(request, "discard bad rows"), gateway_of(request)
    command = await read_command(request, DiscardRows, MOST_DISCARD_BYTES)
    return await asyncio.to_thread(discard, gateway, gateway.use_case(command.use_case), command, account)
