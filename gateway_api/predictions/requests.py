"""Which past predictions callers may ask for."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from broker.messages import Source
from gateway_api.door.problems import InvalidParameters
from gateway_api.wire.parameters import (
    AnswerQuery,
    Classes,
    FileQuery,
    Moment,
    RangeQuery,
    UseCaseName,
    UseCaseQuery,
    require_classes,
)
from sql.labels.beside import Outcome
from sql.predictions.of_batch import BatchRange
from sql.predictions.past import Wanted
from usecases.checking.row_model import key_of
from usecases.contract.catalog import DEFAULT_USE_CASE
from usecases.contract.spec import UseCase


class PastQuery(FileQuery, RangeQuery, AnswerQuery):
    """Which predictions."""

    use_case: UseCaseName = DEFAULT_USE_CASE
    key: str | None = Field(
        default=None, max_length=1_000, description="Only those of rows with this key, such as a machine or a customer."
    )
    batch_id: UUID | None = Field(
        default=None, description="Only those of this batch: a file, a message, or a request with a key."
    )
    source: Source | None = Field(default=None, description="Only those that came through this door.")
    model_version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Only those of this version.")
    outcome: Outcome | None = Field(
        default=None,
        description="Only those of which this came true: `right` is the class that was predicted, `wrong` another one (both where "
        "classes are predicted), `known` anything, and of `unknown` nobody has said yet.",
    )

    def wanted_of(self, use_case: UseCase, batch: BatchRange | None) -> Wanted:
        """Return the filters.

        Raises
        ------
        gateway_api.door.problems.InvalidParameters
            If a class is none of the use case, or it has no key, or no classes that could be right.
        """
        if self.outcome in {Outcome.RIGHT, Outcome.WRONG} and not use_case.classes:
            raise InvalidParameters(
                f"outcome: {use_case.name} predicts numbers, which are neither right nor wrong. Use known or unknown."
            )
        if self.key is not None and use_case.key is None:
            raise InvalidParameters(f"key: rows of {use_case.name} have none. Leave it out.")
        return Wanted(
            start=self.start,
            end=self.end,
            key=None if self.key is None else key_of(self.key) or self.key,  # as rows have theirs
            batch=batch,
            source=self.source,
            model_version=self.model_version,
            classes=require_classes(use_case, self.prediction),
            least=self.least,
            most=self.most,
            outcome=None if self.outcome is None else self.outcome.condition,
        )


class SummaryQuery(RangeQuery, UseCaseQuery):
    """Which predictions are counted."""

    start: Moment | None = Field(
        default=None, description="Committed then or later; if not given, from the first prediction on."
    )
    end: Moment | None = Field(default=None, description="Committed before; if not given, until now.")
    source: Source | None = Field(default=None, description="Only those that came through this door.")
    model_version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Only those of this version.")
    prediction: Classes = Field(
        default_factory=list, description="Only those of which this class was predicted; may be given several times."
    )
    buckets: int = Field(default=60, ge=2, le=1_000, description="Most spans of time.")
