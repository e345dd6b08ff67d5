"""Ask why a stored row was predicted so."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from gateway_api.gateway import gateway_of
from gateway_api.predict.stored.answers import PastExplanation, past_explanation
from gateway_api.predict.stored.explaining import require_prediction, scored_again
from gateway_api.predict.stored.reference import EXPLANATION
from gateway_api.wire.parameters import UseCaseQuery

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
