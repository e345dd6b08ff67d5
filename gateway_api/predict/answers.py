"""The answers of /predict and /check: their types, and how a prediction is written straight to bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from pydantic import Field

from broker.ids import first_prediction_id
from gateway_api.predict.online import OnlineRequest, Predicted
from gateway_api.wire.answers import Answer, RowError
from gateway_api.wire.rows import CheckedRows
from usecases.checking.row_model import Row
from usecases.contract.spec import UseCase


class Prediction(Answer):
    """What became of one row."""

    id: UUID = Field(description="Id under which the prediction is stored; ordered by time.")
    key: str | None = Field(default=None, description="Key of the row; only where the use case has one.")
    prediction: str | float = Field(description="The predicted class or value.")
    score: float | None = Field(
        description="Probability: of the positive class (binary), of the predicted class (multiclass); none for a value."
    )
    scores: dict[str, float] | None = Field(default=None, description="Probability of every class; multiclass only.")
    features: dict[str, Any] = Field(description="The values the prediction was made from.")


class Explanation(Answer):
    """Why the model answered so: the base value and all contributions add up to the model's margin."""

    base_value: float = Field(description="The margin where nothing is known about the row.")
    contributions: dict[str, float] = Field(description="What each feature adds to it; its sign tells the direction.")


class PredictAnswer(Answer):
    """The rows are predicted and committed."""

    request_id: UUID = Field(description="Id of the request; the batch of its rows.")
    use_case: str = Field(description="Use case that predicted.")
    model_version: int = Field(description="Version of the model.")
    predictions: list[Prediction] = Field(description="One for each row, in order.")
    explanations: list[Explanation] | list[dict[str, Explanation]] | None = Field(
        default=None,
        description=(
            "With `explain=true`: one for each row, in order; by class for a multiclass task. The margin is the log odds "
            "of the positive class, the score of a class before softmax, or the predicted number. None for a repeated "
            "request that a version scored which is not loaded any more."
        ),
    )


class CheckedRow(Answer):
    """A good row of a file."""

    row: int = Field(description="Number of the row, counted from 1.")
    values: dict[str, Any] = Field(description="Its values as `/predict` takes them.")


class CheckAnswer(Answer):
    """What is wrong with rows; nothing was predicted or stored."""

    use_case: str = Field(description="Use case whose contract they were held against.")
    rows_in: int = Field(description="Rows in the body.")
    good: int = Field(description="Rows that /predict would take.")
    bad: int = Field(description="Rows it would refuse.")
    errors: list[RowError] = Field(description="Everything that is wrong, row by row; at most 1,000 are listed.")
    errors_total: int = Field(description="Number of errors.")
    problem: str | None = Field(
        default=None, description="Of a file: why it would be refused as a whole; none if its rows can be read."
    )
    columns: list[str] | None = Field(default=None, description="Of a file: its columns, as it names them.")
    is_whole: bool | None = Field(
        default=None,
        description="Of a file: whether all of its rows were checked; of a longer one the first 1,000 are.",
    )
    rows: list[CheckedRow] | None = Field(default=None, description="Of a file: its good rows among those checked.")


def encode_answer(use_case: UseCase, request: OnlineRequest, predicted: Predicted) -> bytes:
    """Write what became of a request: every row with its id, its prediction and the values it was made from."""
    first = first_prediction_id(request.received_at, request.batch_id).int
    content = {
        "request_id": request.batch_id,
        "use_case": use_case.name,
        "model_version": predicted.model_version,
        "predictions": [
            _prediction(use_case, UUID(int=first + number), row, predicted, number - 1)
            for number, row in enumerate(request.rows, start=1)
        ],
    }
    if request.explain:
        content["explanations"] = _explanations(use_case, predicted)
    answer: bytes = orjson.dumps(content)
    return answer


def _explanations(use_case: UseCase, predicted: Predicted) -> list[dict[str, Any]] | None:
    if predicted.contributions is None:
        return None
    outputs = use_case.task.definition.class_outputs(use_case.classes)
    if outputs:
        return [
            {name: _explanation(use_case, shares) for name, shares in zip(outputs, row, strict=True)}
            for row in predicted.contributions
        ]
    return [_explanation(use_case, row[0]) for row in predicted.contributions]


def _explanation(use_case: UseCase, shares: Sequence[float]) -> dict[str, Any]:
    names = [feature.name for feature in use_case.features]
    return {"base_value": shares[-1], "contributions": dict(zip(names, shares[:-1], strict=True))}


def _prediction(use_case: UseCase, prediction_id: UUID, row: Row, predicted: Predicted, index: int) -> dict[str, Any]:
    values = row.__dict__
    entry: dict[str, Any] = {"id": prediction_id}
    if use_case.key is not None:
        entry["key"] = values[use_case.key]
        values = {name: value for name, value in values.items() if name != use_case.key}
    entry["prediction"] = predicted.predictions[index]
    entry["score"] = predicted.scores[index]
    if predicted.class_scores is not None:
        entry["scores"] = dict(zip(use_case.classes, predicted.class_scores[index], strict=True))
    entry["features"] = values
    return entry


def check_answer(use_case: UseCase, found: CheckedRows) -> CheckAnswer:
    """Build the answer about what a check found."""
    return CheckAnswer(
        use_case=use_case.name,
        rows_in=found.rows,
        good=found.rows - found.bad,
        bad=found.bad,
        errors=[RowError.model_validate(error) for error in found.errors],
        errors_total=found.errors_total,
    )
