"""What a use case says of drift."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from usecases.columns.features import Strict


class RowOrderSource(StrEnum):
    """Where the order in which training rows came is taken from."""

    AUTO = "auto"
    FILE = "file"
    NONE = "none"


class DriftLimits(Strict):
    """When a difference between training and serving counts as drift."""

    max_psi: float = Field(default=0.2, gt=0, description="Population stability index past which a feature drifted.")
    minimum_rows: int = Field(default=500, ge=1, description="Below this the answer is 'not enough rows'.")
    row_order: RowOrderSource = Field(
        default=RowOrderSource.AUTO,
        description="Order of the training rows, by whose windows served rows are judged: `auto` takes the only feature "
        "that is a time, the column of a split in time, or the order of the file; `none` says that rows are independent.",
    )
