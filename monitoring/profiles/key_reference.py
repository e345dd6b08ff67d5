"""What the training data looked like by key: the mean of each machine's rows, and how far its windows stray from it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

MOST_KEYS = 1_000
"""Keys of the training data that are kept, those of the most rows."""

MOST_NUMBERS = 50_000
"""Keys times columns that are kept: a bound on the profile of a use case of many columns."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class KeyLimit(_Frozen):
    """How far the mean of a window of one key lies from that of its other rows."""

    length: int = Field(ge=1, description="Rows of a window.")
    windows: int = Field(ge=1, description="Windows of this length that all keys hold side by side.")
    shift: float = Field(description="Limit of the distance, in standard deviations of the key's rows.")


class KeyColumn(_Frozen):
    """A number, by key; a place in each list is a key, in the order of `KeyReference.keys`."""

    mean: float = Field(description="Mean of the means of the keys.")
    deviation: float = Field(description="Standard deviation of rows within a key.")
    between: float | None = Field(
        description="Limit of the distance of a key's mean from that of the others, in such deviations; none of few keys."
    )
    most_missing: float = Field(description="Largest share of missing values in a window of a key.")
    limits: tuple[KeyLimit, ...] = Field(description="Limits within a key, by length, ascending.")
    present: tuple[int, ...] = Field(description="Rows with a value.")
    means: tuple[float, ...] = Field(description="Their mean.")
    deviations: tuple[float, ...] = Field(description="Their standard deviation, drawn towards that of all keys.")
    strays: tuple[float, ...] = Field(
        description="By how much the limits are widened for a key whose own windows went further than those of others."
    )


class KeyReference(_Frozen):
    """What the training data looked like by key."""

    columns: tuple[str, ...] = Field(description="Columns that make up a key.")
    keys: tuple[str, ...] = Field(description="Keys, those of the most rows first.")
    rows: tuple[int, ...] = Field(description="Rows of each.")
    left_out: int = Field(ge=0, description="Rows of keys that are not kept, and rows without a key.")
    numbers: dict[str, KeyColumn] = Field(description="Features that are numbers, and the score.")
