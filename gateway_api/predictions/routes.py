"""Past predictions: page by page, as one stream of CSV, or counted over time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway_api.door.problems import InvalidParameters, UnknownBatch
from gateway_api.gateway import Gateway, gateway_of
from gateway_api.predictions.answers import PredictionSummary, summary_answer
from gateway_api.predictions.reference import PAST_PREDICTIONS, SUMMARY
from gateway_api.predictions.requests import PastQuery, SummaryQuery
from gateway_api.wire.csv_stream import csv_response, file_name, wants_csv
from gateway_api.wire.cursors import id_of_cursor
from gateway_api.wire.parameters import require_classes
from gateway_api.wire.prediction_page import prediction_page
from gateway_api.wire.time_spans import divide_time, whole_range
from sql.labels.beside import csv_of_predictions, labels_of
from sql.ledger.batch_ledger import find_batch
from sql.predictions.archived import archived_between
from sql.predictions.counts import CountFilter, first_recorded_at
from sql.predictions.hours import count_predictions
from sql.predictions.of_batch import BatchRange
from sql.predictions.past import newest_predictions
from usecases.contract.spec import UseCase

router = APIRouter(tags=["Predictions"])


@router.get("/past-predictions", **PAST_PREDICTIONS)
def past_predictions(request: Request, query: Annotated[PastQuery, Query()]) -> Response:
    """List stored predictions, the newest first."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    batch = None if query.batch_id is None else _range(gateway, use_case, query.batch_id)
    wanted = query.wanted_of(use_case, batch)
    if wants_csv(query.format, request):
        return csv_response(csv_of_predictions(gateway.reads, use_case, wanted), _file_name(use_case))
    before = id_of_cursor(query.cursor)
    found = newest_predictions(gateway.reads, use_case, wanted, before=before, limit=query.limit + 1)
    labels = labels_of(gateway.reads, use_case, [row["id"] for row in found.rows])
    archived = partial(archived_between, gateway.reads, use_case.name, query.start, query.end, query.batch_id)
    return prediction_page(use_case, found.rows, labels, query.limit, found.searched_to, archived_rows=archived)


@router.get("/past-predictions/summary", **SUMMARY)
def past_summary(request: Request, query: Annotated[SummaryQuery, Query()]) -> PredictionSummary:
    """Count stored predictions over time, by class, door and model version."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    first = query.start or first_recorded_at(gateway.reads, use_case.name)
    spans = divide_time(*whole_range(first, query.end, datetime.now(UTC)), query.buckets)
    which = CountFilter(
        use_case=use_case.name,
        start=spans.start,
        end=spans.end,
        width=spans.width,
        source=query.source,
        model_version=query.model_version,
        classes=require_classes(use_case, query.prediction),
    )
    return summary_answer(use_case, spans, count_predictions(gateway.reads, which))


def _file_name(use_case: UseCase) -> str:
    return file_name(use_case.name, "predictions", datetime.now(UTC))


def _range(gateway: Gateway, use_case: UseCase, batch_id: UUID) -> BatchRange:
    """Return the ids of a batch of the use case."""
    found = find_batch(gateway.engine, batch_id)
    if found is None:
        raise UnknownBatch(
            f"There is no batch {batch_id}. The answer of an upload and GET /batches name them; a request without an "
            "Idempotency-Key is none, and its answer has the ids of its predictions."
        )
    if found.use_case != use_case.name:
        raise InvalidParameters(f"batch_id: that batch is one of {found.use_case}. Ask with use_case={found.use_case}.")
    return BatchRange(found.batch_id, found.first_id, found.last_id)
