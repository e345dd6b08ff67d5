"""Past predictions: page by page, as one stream of CSV, or counted over time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway_api.gateway import gateway_of
from gateway_api.predictions.answers import PredictionSummary, summary_answer
from gateway_api.predictions.reference import PAST_PREDICTIONS, SUMMARY
from gateway_api.predictions.requests import PastQuery, SummaryQuery
from gateway_api.wire.csv_stream import csv_response, wants_csv
from gateway_api.wire.cursors import id_of_cursor
from gateway_api.wire.prediction_page import prediction_page
from gateway_api.wire.time_spans import divide_time, whole_range
from sql.predictions.counts import CountFilter, count_predictions, first_recorded_at
from sql.predictions.past import csv_of_predictions, newest_predictions

router = APIRouter(tags=["Predictions"])


@router.get("/past-predictions", **PAST_PREDICTIONS)
def past_predictions(request: Request, query: Annotated[PastQuery, Query()]) -> Response:
    """List stored predictions, the newest first."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    if wants_csv(query.format, request):
        return csv_response(csv_of_predictions(gateway.engine, use_case, query.wanted), f"{use_case.name}-predictions")
    before = id_of_cursor(query.cursor)
    found = newest_predictions(gateway.engine, use_case, query.wanted, before=before, limit=query.limit + 1)
    return prediction_page(use_case, found.rows, query.limit, found.searched_to)


@router.get("/past-predictions/summary", **SUMMARY)
def past_summary(request: Request, query: Annotated[SummaryQuery, Query()]) -> PredictionSummary:
    """Count stored predictions over time, by class, door and model version."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    first = query.start or first_recorded_at(gateway.engine, use_case.name)
    spans = divide_time(*whole_range(first, query.end, datetime.now(UTC)), query.buckets)
    which = CountFilter(
        use_case=use_case.name,
        start=spans.start,
        end=spans.end,
        width=spans.width,
        source=query.source,
        model_version=query.model_version,
    )
    return summary_answer(use_case, spans, count_predictions(gateway.engine, which))
