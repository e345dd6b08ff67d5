"""GET /quarantine: the bad rows of all batches, and what is wrong with them on the whole."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from gateway_api.gateway import gateway_of
from gateway_api.quarantine.answers import (
    BadBatchAnswer,
    FoundRow,
    FoundRows,
    QualityBucket,
    QualitySummary,
    RuleCount,
)
from gateway_api.quarantine.reference import QUALITY, QUARANTINE
from gateway_api.quarantine.requests import QualityQuery, QuarantineQuery
from gateway_api.wire.cursors import cursor_of_row, row_of_cursor
from gateway_api.wire.time_spans import Spans, cut_time, whole_range
from sql.quality.rates import Quality, QualityWindow, first_received_at, read_quality
from sql.quarantine.pages import RowKey, newest_quarantined

MOST_SPANS = 100
"""Spans of time in a summary: as many as a chart on a page can tell apart."""

router = APIRouter(tags=["Quarantine"])


@router.get("/quarantine", **QUARANTINE)
def quarantine(request: Request, query: Annotated[QuarantineQuery, Query()]) -> FoundRows:
    """List bad rows of all batches, those of the newest batch first."""
    after = row_of_cursor(query.cursor)
    rows = newest_quarantined(
        gateway_of(request).engine,
        query.which,
        start=query.start,
        end=query.end,
        after=None if after is None else RowKey(*after),
        limit=query.limit + 1,
    )
    shown = [FoundRow.model_validate(dict(row)) for row in rows[: query.limit]]
    more = len(rows) > query.limit
    return FoundRows(rows=shown, next_cursor=cursor_of_row(shown[-1].batch_id, shown[-1].row_number) if more else None)


@router.get("/quarantine/summary", **QUALITY)
def quality(request: Request, query: Annotated[QualityQuery, Query()]) -> QualitySummary:
    """Count the rows of batches: good and bad, by rule, by batch and over time."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    first = query.start or first_received_at(gateway.engine, use_case.name)
    spans = cut_time(*whole_range(first, query.end, datetime.now(UTC)), MOST_SPANS)
    window = QualityWindow(use_case=use_case.name, start=spans.start, end=spans.end)
    return quality_answer(use_case.name, spans, read_quality(gateway.engine, window, spans.width))


def quality_answer(use_case: str, spans: Spans, found: Quality) -> QualitySummary:
    """Lay the counts out as an answer."""
    return QualitySummary(
        use_case=use_case,
        start=spans.start,
        end=spans.end,
        bucket_seconds=int(spans.width.total_seconds()),
        **asdict(found.totals),
        by_rule=[RuleCount(**asdict(rule)) for rule in found.by_rule],
        by_batch=[BadBatchAnswer.model_validate(asdict(batch)) for batch in found.by_batch],
        by_time=[QualityBucket(**asdict(span)) for span in found.by_time],
    )
