"""What callers may ask about batches."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from broker.messages import Source
from gateway_api.door.problems import InvalidParameters
from gateway_api.wire.parameters import FileQuery, PageQuery, Query, UseCaseName
from sql.ledger.batches import BatchState
from sql.predictions.of_batch import RowOrder, RowsOfBatch
from usecases.contract.catalog import DEFAULT_USE_CASE
from usecases.contract.spec import UseCase


class BatchQuery(PageQuery):
    """Which batches."""

    use_case: UseCaseName | None = Field(default=None, description="Only those of this use case.")
    source: Source | None = Field(default=None, description="Only those that came through this door.")
    state: BatchState | None = Field(default=None, description="Only those that are read this far.")


class RowsQuery(Query):
    """Which predictions of a batch."""

    prediction: list[Annotated[str, Field(max_length=200)]] = Field(
        default_factory=list,
        max_length=100,  # what the address of a request has room for
        description="Only rows of which this class was predicted; may be given several times.",
    )
    least: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="Only rows with this score or more; without classes, this number.",
    )
    most: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="Only rows with this score or less; without classes, this number.",
    )

    def rows_of(self, use_case: UseCase, order: RowOrder = RowOrder.ROW) -> RowsOfBatch:
        """Return the filters.

        Raises
        ------
        gateway_api.door.problems.InvalidParameters
            If a class is none of the use case.
        """
        unknown = [name for name in self.prediction if name not in use_case.classes]
        if unknown:
            known = f"its classes are {', '.join(use_case.classes[:20])}" if use_case.classes else "it predicts numbers"
            raise InvalidParameters(f"prediction: {unknown[0][:60]!r} is no class of {use_case.name}; {known}.")
        return RowsOfBatch(classes=tuple(self.prediction), least=self.least, most=self.most, order=order)


class BatchPredictionsQuery(FileQuery, RowsQuery):
    """Which predictions of a batch, page by page."""

    order: RowOrder = Field(
        default=RowOrder.ROW,
        description="`row` as the rows of the file, `lowest` or `highest` by the score, or the predicted number, first. "
        "A file of CSV is always in the order of the rows.",
    )


class UploadQuery(Query):
    """What an upload is for."""

    use_case: UseCaseName = DEFAULT_USE_CASE
    name: str | None = Field(
        default=None,
        max_length=500,
        description="Name of the file where the body is the file; its ending tells the format.",
    )
