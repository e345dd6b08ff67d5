"""The answers of /predict and /check."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field

from gateway_api.predict.mappings.answers import SuggestedMapping
from gateway_api.wire.answers import Answer, RowError
from gateway_api.wire.body import CheckedRows
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
    """The rows are predicted and, unless they were not to be stored, committed."""

    request_id: UUID = Field(description="Id of the request; the batch of its rows.")
    use_case: str = Field(description="Use case that predicted.")
    model_version: int = Field(description="Version of the model.")
    predictions: list[Prediction] = Field(description="One for each row, in order.")
    stored: bool = Field(default=True, description="Whether they are stored; false is answered to `store=false` alone.")
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
    mapping: int | None = Field(
        default=None, description="Of a file: number of the mapping it was read by; none where it has no mapping."
    )
    suggestion: SuggestedMapping | None = Field(
        default=None,
        description="Of a file without a mapping that is not written as the use case expects: how it could be read. "
        "`POST /mappings` accepts it, edited or not.",
    )
    told: list[str] | None = Field(
        default=None,
        description="Of a file: what is read over, such as other sheets, or read although one may not see it, such as rows that "
        "a filter hides.",
    )
    places: dict[str, str] | None = Field(
        default=None,
        description="Of a file: where its bad rows stand in it, by their numbers, for who opens it to correct them: `line 8` of a "
        "text, where the row begins, `row 8 of the sheet` of a workbook. None where the format does not tell.",
    )


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
