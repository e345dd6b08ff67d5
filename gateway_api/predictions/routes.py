"""GET /past-predictions: what was predicted, page by page or as one stream of CSV."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway_api.gateway import gateway_of
from gateway_api.predict.reference import PAST_PREDICTIONS
from gateway_api.wire.csv_stream import csv_response, wants_csv
from gateway_api.wire.cursors import id_of_cursor
from gateway_api.wire.parameters import PastQuery
from gateway_api.wire.prediction_page import prediction_page
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
