"""Ask why a stored row was predicted so, and which others are like it."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from gateway_api.gateway import gateway_of
from gateway_api.predict.stored.answers import (
    NearestPredictions,
    PastExplanation,
    nearest_predictions,
    past_explanation,
)
from gateway_api.predict.stored.explaining import require_prediction, scored_again
from gateway_api.predict.stored.reference import EXPLANATION, NEAREST
from gateway_api.predict.stored.requests import NearestQuery
from gateway_api.wire.parameters import UseCaseQuery
from sql.labels.beside import labels_of
from sql.predictions.nearest import nearest_rows

router = APIRouter(tags=["Predictions"])

PredictionId = Annotated[UUID, Path(description="Id of the prediction.")]


@router.get("/past-predictions/{prediction_id}/explanation", **EXPLANATION)
async def explanation(
    request: Request, prediction_id: PredictionId, query: Annotated[UseCaseQuery, Query()]
) -> PastExplanation:
    """Explain a stored prediction, by the version that made it."""
    gateway = gateway_of(request)
    online = gateway.online(query.use_case)
    stored = await asyncio.to_thread(require_prediction, gateway.engine, online.use_case, prediction_id)
    predicted = await scored_again(request, gateway, online, stored)
    return past_explanation(online.use_case, stored, predicted)


@router.get("/past-predictions/{prediction_id}/nearest", **NEAREST)
def nearest(
    request: Request, prediction_id: PredictionId, query: Annotated[NearestQuery, Query()]
) -> NearestPredictions:
    """List the stored rows that are most like a stored one, with what came true."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    stored = require_prediction(gateway.engine, use_case, prediction_id)
    found = nearest_rows(gateway.engine, use_case, stored, query.limit)
    labels = labels_of(gateway.engine, use_case, [one.row["id"] for one in found.rows])
    return nearest_predictions(use_case, prediction_id, found, labels)
