"""What is found out about a stored row, as answers: why it was predicted so, and which rows are like it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import fsum, isclose
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import RowMapping

from gateway_api.predict.answers import Explanation
from gateway_api.predict.online import Predicted, explanations
from gateway_api.wire.answers import Answer, StoredPrediction
from gateway_api.wire.prediction_page import stored_prediction
from sql.labels.beside import KnownLabel
from sql.predictions.nearest import NearestRows
from usecases.contract.spec import UseCase

TOLERANCE = 1e-6
"""Models answer with 32 bits, which hold seven digits: what differs by less is the same answer."""


class SummedExplanation(Explanation):
    """What each feature contributed, and what that adds up to."""

    margin: float = Field(description="The base value and all contributions, added up: what the score is made from.")


class PastExplanation(Answer):
    """Why a stored prediction is what it is."""

    id: UUID = Field(description="Id of the prediction.")
    use_case: str = Field(description="The use case.")
    model_version: int = Field(description="Version that made it, and that was asked once more.")
    prediction: str | float = Field(description="What that version answers to the stored values now.")
    score: float | None = Field(description="Its score now, where the task has one.")
    stored_prediction: str | float = Field(description="What was answered then, as it is stored.")
    stored_score: float | None = Field(description="The score that is stored.")
    is_same: bool = Field(
        description=(
            "Whether both answers are the same but for rounding. Where not, the version was trained again under its old "
            "number, or the stored values were changed: the explanation is that of the answer now."
        )
    )
    explanation: SummedExplanation | dict[str, SummedExplanation] | None = Field(
        description="What each feature contributed; by class for a multiclass task. None where the model's library does not tell."
    )


class NearPrediction(Answer):
    """A stored row that is like another one."""

    distance: float = Field(
        description="How far it lies from the row, from 0 for the same values to 1: the mean difference of the features "
        "as shares of their ranges (Gower)."
    )
    prediction: StoredPrediction = Field(description="The row, what was predicted for it, and what came true.")


class NearestPredictions(Answer):
    """The stored rows that are most like a stored row, among the newest."""

    id: UUID = Field(description="Id of the prediction that was asked about.")
    use_case: str = Field(description="The use case.")
    looked_at: int = Field(description="Rows that were compared: the newest; older ones were not looked at.")
    since: datetime | None = Field(description="When the oldest of those was received; none where there was none.")
    nearest: list[NearPrediction] = Field(description="The nearest of them, the nearest first.")


def past_explanation(use_case: UseCase, stored: RowMapping, predicted: Predicted) -> PastExplanation:
    """Build the answer about a stored row from what the version that made it answers now.

    Parameters
    ----------
    use_case, stored
        The contract, and the row of its table.
    predicted
        The answer to that row alone, with contributions where the model gives some.
    """
    [prediction], [score] = predicted.predictions, predicted.scores
    found = explanations(use_case, predicted)
    return PastExplanation.model_validate(
        {
            "id": stored["id"],
            "use_case": use_case.name,
            "model_version": predicted.model_version,
            "prediction": prediction,
            "score": score,
            "stored_prediction": stored["prediction"],
            "stored_score": stored["score"],
            "is_same": _is_same(prediction, stored["prediction"]) and _is_same(score, stored["score"]),
            "explanation": None if found is None else _summed(use_case, found[0]),
        }
    )


def _summed(use_case: UseCase, explanation: dict[str, Any]) -> dict[str, Any]:
    """Add contributions up, for each class where each has an output of its own."""
    if use_case.task.definition.class_outputs(use_case.classes):
        return {name: _with_margin(one) for name, one in explanation.items()}
    return _with_margin(explanation)


def _with_margin(explanation: dict[str, Any]) -> dict[str, Any]:
    return explanation | {"margin": fsum([explanation["base_value"], *explanation["contributions"].values()])}


def _is_same(now: str | float | None, then: str | float | None) -> bool:
    if isinstance(now, float) and isinstance(then, float):
        return isclose(now, then, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return now == then


def nearest_predictions(
    use_case: UseCase, prediction_id: UUID, found: NearestRows, labels: Mapping[UUID, KnownLabel]
) -> NearestPredictions:
    """Build the answer about the rows that are most like a stored one, with what came true for them by their ids."""
    return NearestPredictions.model_validate(
        {
            "id": prediction_id,
            "use_case": use_case.name,
            "looked_at": found.looked_at,
            "since": found.since,
            "nearest": [
                {
                    "distance": one.distance,
                    "prediction": stored_prediction(use_case, one.row, labels.get(one.row["id"])),
                }
                for one in found.rows
            ],
        }
    )
