"""What callers may ask about batches."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from broker.messages import Source
from gateway_api.wire.parameters import AnswerQuery, FileQuery, PageQuery, Query, UseCaseName, require_classes
from sql.ledger.batches import BatchState
from sql.predictions.of_batch import RowOrder, RowsOfBatch
from usecases.contract.catalog import DEFAULT_USE_CASE
from usecases.contract.spec import UseCase


class BatchQuery(PageQuery):
    """Which batches."""

    use_case: UseCaseName | None = Field(default=None, description="Only those of this use case.")
    source: Source | None = Field(default=None, description="Only those that came through this door.")
    state: BatchState | None = Field(default=None, description="Only those that are read this far.")


class RowsQuery(AnswerQuery):
    """Which predictions of a batch."""

    def rows_of(self, use_case: UseCase, order: RowOrder = RowOrder.ROW) -> RowsOfBatch:
        """Return the filters.

        Raises
        ------
        gateway_api.door.problems.InvalidParameters
            If a class is none of the use case.
        """
        classes = require_classes(use_case, self.prediction)
        return RowsOfBatch(classes=classes, least=self.least, most=self.most, order=order)


class BatchPredictionsQuery(FileQuery, RowsQuery):
    """Which predictions of a batch, page by page."""

    order: RowOrder = Field(
        default=RowOrder.ROW,
        description="`row` as the rows of the file, `lowest` or `highest` by the score, or the predicted number, first. "
        "A file of CSV is always in the order of the rows.",
    )


class QuarantineFileQuery(PageQuery):
    """Which bad rows of a batch: a page of them, all as CSV, or those that wait as a workbook."""

    format: Literal["json", "csv", "xlsx"] | None = Field(
        default=None,
        description="`csv` gives all of them in one stream, without pages, as does `Accept: text/csv`; `xlsx` gives those that "
        "wait, the first 5,000, as a workbook for Excel.",
    )


class UploadQuery(Query):
    """What an upload is for."""

    use_case: UseCaseName = DEFAULT_USE_CASE
    name: str | None = Field(
        default=None,
        max_length=500,
        description="Name of the file where the body is the file; its ending tells the format.",
    )
