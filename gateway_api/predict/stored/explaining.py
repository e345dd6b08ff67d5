"""A stored row scored once more by the very version that made it; nothing of that is stored."""

from __future__ import annotations

import asyncio
from uuid import UUID

from sqlalchemy import Engine, RowMapping
from starlette.requests import Request

from gateway_api.gateway import Gateway, Online
from gateway_api.predict.asking import asked_over_http
from gateway_api.predict.online import Predicted
from gateway_api.predict.problems import VersionNotServed
from gateway_api.predict.stored.problems import UnknownPrediction
from sql.predictions.past import one_prediction
from usecases.checking.row_model import Row, row_model
from usecases.contract.spec import UseCase


def require_prediction(engine: Engine, use_case: UseCase, prediction_id: UUID) -> RowMapping:
    """Return a stored prediction, as its table has it.

    Raises
    ------
    UnknownPrediction
        If there is none of that id.
    """
    found = one_prediction(engine, use_case, prediction_id)
    if found is None:
        raise UnknownPrediction(
            f"No prediction {prediction_id} of {use_case.name} is stored. GET /past-predictions lists them by use case."
        )
    return found


async def scored_again(request: Request, gateway: Gateway, online: Online, stored: RowMapping) -> Predicted:
    """Have a stored row scored and explained by the version that made it.

    Its features are those that are stored: what was joined to it then is not looked up anew.

    Raises
    ------
    VersionNotServed
        If no worker serves that version any more.
    gateway_api.door.problems.Problem
        If it cannot be scored for another reason.
    """
    version = stored["model_version"]
    rows = [await asyncio.to_thread(stored_values, online.use_case, stored)]
    asked = asked_over_http(request, rows, explain=True, model_version=version, store=False)
    try:
        return await online.lane.predict_alone(asked, gateway.settings.predict_deadline.total_seconds())
    except VersionNotServed:
        raise VersionNotServed(
            f"Version {version} made this prediction and is not served any more, so it cannot be asked why. What the version "
            "that is served says of the same values, `POST /predict?explain=true` answers."
        ) from None


def stored_values(use_case: UseCase, stored: RowMapping) -> Row:
    """Return the values of a stored row as a worker takes them; they were checked when it came in."""
    return row_model(use_case).model_construct(**{name: stored[name] for name in use_case.columns})
