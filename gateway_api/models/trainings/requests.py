"""What callers may order, and ask, about trainings."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from gateway_api.wire.parameters import Moment, PageQuery, SinceUntilQuery, UseCaseName
from sql.registry.trainings import LearnFrom, TrainingOrder, TrainingState
from usecases.models.runtimes import DEFAULT_RUNTIME, RUNTIMES, runtime_named

MOST_TRIALS = 500
"""Configurations that one training may try, as on the command line."""


def _known_library(name: str) -> str:
    return runtime_named(name).name


class OrderTrainingQuery(SinceUntilQuery):
    """What is to be trained, and from what."""

    use_case: UseCaseName
    learn_from: LearnFrom = Field(
        default=LearnFrom.USE_CASE,
        description="`use_case`: the data it was made of, or the stored observations of a forecast; `labels`: stored predictions "
        "with the labels that have arrived, of the range of time; `file`: the file in the body.",
    )
    since: Moment | None = Field(
        default=None,
        description="Of labels: predictions received then or later; ISO 8601, UTC where no offset is given.",
    )
    until: Moment | None = Field(default=None, description="Of labels: predictions received before.")
    name: str | None = Field(
        default=None,
        max_length=500,
        description="Name of the file where the body is the file; its ending tells the format.",
    )
    trials: int = Field(default=1, ge=1, le=MOST_TRIALS, description="Configurations to try; the best is kept.")
    library: Annotated[str, AfterValidator(_known_library)] = Field(
        default=DEFAULT_RUNTIME.name,
        description="Model library that fits it.",
        json_schema_extra={"enum": [runtime.name for runtime in RUNTIMES]},
    )

    @model_validator(mode="after")
    def _range_is_of_labels(self) -> Self:
        if self.learn_from is not LearnFrom.LABELS and (self.since or self.until):
            raise ValueError("since and until choose among labels; give them with learn_from=labels")
        return self

    def order(self, file_name: str | None = None, file_digest: str | None = None) -> TrainingOrder:
        """Return the order, with the file that came along."""
        return TrainingOrder(
            use_case=self.use_case,
            learn_from=self.learn_from,
            file_name=file_name,
            file_digest=file_digest,
            since=self.since,
            until=self.until,
            trials=self.trials,
            library=self.library,
        )


class TrainingQuery(PageQuery):
    """Which trainings."""

    use_case: UseCaseName | None = Field(default=None, description="Only those of this use case.")
    state: TrainingState | None = Field(default=None, description="Only those in this state.")
