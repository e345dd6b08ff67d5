"""How the model of a use case is fitted, and which rows judge it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from usecases.columns.features import SourceName, Strict
from usecases.columns.notations import Notation
from usecases.columns.patterns import TRAINING_DATA


class SplitKind(StrEnum):
    """Which rows are kept apart for evaluation."""

    TIME = "time"
    """The last ones."""
    GROUP = "group"
    """All rows of some patients, machines, or whatever else has several rows."""
    RANDOM = "random"
    """Rows drawn at random, each class alike."""


class TrainingParameters(Strict):
    """How the first model is fitted."""

    data: str | None = Field(
        default=None,
        pattern=TRAINING_DATA,
        description="`bundled:NAME` for a data set that comes along, a CSV or Parquet file beside the yaml, or a folder of "
        "Parquet files; without it, a forecast learns from the observations that are stored.",
    )
    rounds: int = Field(default=300, ge=1, le=10_000, description="Most boosting rounds; early stopping ends sooner.")
    early_stopping_rounds: int = Field(default=20, ge=1, description="Rounds without gain after which fitting stops.")
    max_depth: int = Field(default=6, ge=1, le=16, description="Depth of a tree.")
    learning_rate: float = Field(default=0.1, gt=0, le=1, description="Shrinkage of each tree's contribution.")
    subsample: float = Field(default=1.0, gt=0, le=1, description="Share of rows each tree sees.")
    colsample_bytree: float = Field(default=1.0, gt=0, le=1, description="Share of features each tree sees.")
    min_child_weight: float = Field(default=1.0, ge=0, description="Least weight of a leaf.")
    holdout_share: float = Field(default=0.2, gt=0, lt=1, description="Share of rows kept apart for evaluation.")
    split: SplitKind | None = Field(
        default=None,
        description="Rows kept apart: the last in `time`, a `group` as a whole, or `random` ones; found out if not given.",
    )
    split_column: SourceName = Field(
        default="",
        description="Column of the training data with the time or the group; `time` without one takes the rows' order.",
    )
    seed: int = Field(default=7, ge=0, description="Seed of every random choice, so that training repeats.")

    notations: dict[str, Notation] = Field(
        default_factory=dict,
        description="How numbers and times of the training data are written, by features, where it is not as 1234.5 and "
        "2026-12-31: `decimal_comma` is 1.234,5, `thousands_comma` is 1,234.5 and `day_first` is 31.12.2026.",
    )

    @model_validator(mode="after")
    def _column_fits_the_split(self) -> TrainingParameters:
        if self.split is SplitKind.GROUP and not self.split_column:
            raise ValueError("split: group needs split_column, the column that names what has several rows")
        if self.split_column and self.split not in {SplitKind.TIME, SplitKind.GROUP}:
            raise ValueError("split_column belongs to split: time or split: group; say which, or leave it away")
        return self
