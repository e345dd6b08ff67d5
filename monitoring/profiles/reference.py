"""Mergeable counts of what was scored: profiles add up, so drift over any window is a sum, never a scan of the rows."""

from __future__ import annotations

import hashlib
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitoring.profiles.key_reference import KeyReference

MAX_BINS = 20
"""Bins of a number: enough to see a shape move, few enough that each holds rows in a small window."""


class _Frozen(BaseModel):
    # JSON: NaN and infinity, which JSON has not, cannot get into a profile.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NumberBins(_Frozen):
    """Bins of a number, from the quantiles of the training data."""

    edges: tuple[float, ...] = Field(
        max_length=MAX_BINS - 1, description="Inner edges, ascending; a bin holds its left."
    )
    lowest: float | None = Field(description="Smallest number of the training data; none if it had none.")
    highest: float | None = Field(description="Largest number of the training data.")


class CategoryBins(_Frozen):
    """Bins of a text or a boolean: the values that stand in the training data."""

    values: tuple[str, ...] = Field(description="Values in the order of their codes.")


class NumberCounts(_Frozen):
    """What a number was, over some rows."""

    counts: tuple[int, ...] = Field(description="Rows in each bin; the first and last are open towards the outside.")
    missing: int = Field(ge=0, description="Rows without a value.")
    below: int = Field(ge=0, description="Rows below the smallest number of the training data.")
    above: int = Field(ge=0, description="Rows above the largest number of the training data.")
    total: float = Field(description="Sum of the numbers.")
    squares: float = Field(ge=0, description="Sum of their squares.")
    minimum: float | None = Field(description="Smallest number; none if there is none.")
    maximum: float | None = Field(description="Largest number.")

    @property
    def present(self) -> int:
        """Rows with a value."""
        return sum(self.counts)

    def __add__(self, other: NumberCounts) -> NumberCounts:
        return NumberCounts(
            counts=_added(self.counts, other.counts),
            missing=self.missing + other.missing,
            below=self.below + other.below,
            above=self.above + other.above,
            total=self.total + other.total,
            squares=self.squares + other.squares,
            minimum=min((one for one in (self.minimum, other.minimum) if one is not None), default=None),
            maximum=max((one for one in (self.maximum, other.maximum) if one is not None), default=None),
        )


class CategoryCounts(_Frozen):
    """What a text or a boolean was, over some rows."""

    counts: tuple[int, ...] = Field(description="Rows of each value of the training data.")
    missing: int = Field(ge=0, description="Rows without a value.")
    unseen: int = Field(ge=0, description="Rows of a value that is allowed, but not in the training data.")

    @property
    def present(self) -> int:
        """Rows with a value."""
        return sum(self.counts) + self.unseen

    def __add__(self, other: CategoryCounts) -> CategoryCounts:
        return CategoryCounts(
            counts=_added(self.counts, other.counts),
            missing=self.missing + other.missing,
            unseen=self.unseen + other.unseen,
        )


class Bins(_Frozen):
    """How rows are counted; fixed by the training data of a model version.

    Profiles counted in the same bins can be added.
    """

    schema_hash: str = Field(description="Hash of the use case's schema.")
    numbers: dict[str, NumberBins] = Field(description="Bins of numeric features; times count in days since 1970.")
    categories: dict[str, CategoryBins] = Field(description="Bins of categories and booleans.")
    score: NumberBins = Field(description="Bins of the score; of the prediction where it is a number.")
    classes: CategoryBins | None = Field(description="Classes that may be predicted; none of a regression.")

    @cached_property
    def digest(self) -> str:
        """Short name of these bins; differs wherever an edge or a value does."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


class Profile(_Frozen):
    """Counts of some rows and their answers.

    Examples
    --------
    >>> first = Profile(bins="b", rows=1, numbers={}, categories={}, score=no_numbers(1), classes=None)
    >>> (first + first).rows
    2
    """

    bins: str = Field(description="Digest of the bins the rows were counted in.")
    rows: int = Field(ge=0, description="Rows.")
    numbers: dict[str, NumberCounts] = Field(description="Counts of numeric features.")
    categories: dict[str, CategoryCounts] = Field(description="Counts of categories and booleans.")
    score: NumberCounts = Field(description="Counts of the score; of the prediction where it is a number.")
    classes: CategoryCounts | None = Field(description="Counts of the predicted classes; none of a regression.")

    def __add__(self, other: Profile) -> Profile:
        if self.bins != other.bins:
            raise ValueError(f"profiles in different bins ({self.bins}, {other.bins}) do not add up")
        return Profile(
            bins=self.bins,
            rows=self.rows + other.rows,
            numbers={name: counts + other.numbers[name] for name, counts in self.numbers.items()},
            categories={name: counts + other.categories[name] for name, counts in self.categories.items()},
            score=self.score + other.score,
            classes=None if self.classes is None or other.classes is None else self.classes + other.classes,
        )


class WindowLimits(_Frozen):
    """How far windows of one length of the training data lie from the rest of it."""

    length: int = Field(ge=1, description="Rows of a window, or its seconds.")
    windows: int = Field(ge=1, description="Windows of this length that the training data holds side by side.")
    usual_psi: float = Field(description="Median of their index, less what chance makes of it.")
    psi: float = Field(description="Limit of the index, less what chance makes of it.")
    shift: float | None = Field(description="Limit of the distance of the means, in standard deviations; numbers only.")
    outside: float | None = Field(description="Limit of the share of rows on one side of all other rows; numbers only.")


class ColumnWindows(_Frozen):
    """What the order of the training rows says of a column."""

    is_clock: bool = Field(description="Whether it is a time or a running number, which moves as it should.")
    gives_time: bool = Field(default=False, description="Whether its times are those at which the rows came.")
    by_rows: tuple[WindowLimits, ...] = Field(description="Limits by rows, ascending; none of a clock.")
    by_seconds: tuple[WindowLimits, ...] = Field(description="Limits by length in time, where the rows have one.")


class ReferenceProfile(_Frozen):
    """What the training data looked like; stored beside the model as `profile.json`."""

    bins: Bins = Field(description="How rows are counted.")
    profile: Profile = Field(description="Counts of the training data.")
    windows: dict[str, ColumnWindows] = Field(
        default={}, description="Columns whose rows depend on those before them; all others are judged as independent."
    )
    keys: KeyReference | None = Field(
        default=None, description="The same by machine or region; none where the use case names no keys."
    )

    @model_validator(mode="after")
    def _belong_together(self) -> ReferenceProfile:
        if self.profile.bins != self.bins.digest:
            raise ValueError(f"the profile was counted in bins {self.profile.bins}, not in {self.bins.digest}")
        return self

    @cached_property
    def digest(self) -> str:
        """Short name of this profile; differs wherever a bin or a count does."""
        # Without windows, or keys, it is that of profiles from before there were any, whose counts are in the database.
        empty = {name for name in ("windows", "keys") if not getattr(self, name)}
        dumped = self.model_dump_json(exclude=empty)
        return hashlib.sha256(dumped.encode()).hexdigest()[:12]


def no_numbers(bins: int, *, missing: int = 0) -> NumberCounts:
    """Return the counts where no number is present."""
    return NumberCounts(
        counts=(0,) * bins, missing=missing, below=0, above=0, total=0.0, squares=0.0, minimum=None, maximum=None
    )


def _added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(int.__add__, one, other))
