"""What a use case says of drift."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pydantic import Field

from usecases.columns.features import BooleanFeature, CategoryFeature, Feature, IntegerFeature, Strict


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
    keys: tuple[str, ...] = Field(
        default=(),
        max_length=3,
        description="Columns whose values together name a machine, a region or whatever else rows come from: which of them "
        "moved is judged as well. The `key` of the use case, or features that are categories, whole numbers or booleans.",
    )

    def require_keys(self, key: str | None, features: Iterable[Feature]) -> None:
        """Refuse keys that no column can give.

        Raises
        ------
        ValueError
            Naming the column.
        """
        kinds = (CategoryFeature, IntegerFeature, BooleanFeature)
        able = {key, *(feature.name for feature in features if isinstance(feature, kinds))} - {None}
        for name in self.keys:
            if name not in able:
                raise ValueError(
                    f"drift.keys: {name} is neither the key nor a category, a whole number or a boolean; "
                    f"choose among {', '.join(sorted(map(str, able))) or 'none'}"
                )
        if len(set(self.keys)) != len(self.keys):
            raise ValueError("drift.keys: a column stands twice")
