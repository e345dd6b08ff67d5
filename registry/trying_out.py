"""Made-up rows, which show whether a model scores the rows of a use case at all, where it brings no golden batch."""

from __future__ import annotations

from itertools import cycle, islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.contract.row_layout import arrow_type, category_array
from usecases.contract.spec import UseCase
from usecases.models.runtime import Model
from usecases.models.scoring import raw_scores

ROWS = 50
"""Made-up rows: enough that every kind of value is among them."""


def try_out(use_case: UseCase, model: Model) -> int:
    """Score made-up rows; return how many.

    Raises
    ------
    usecases.models.runtime.ModelError, usecases.models.runtime.ScoringError
        If the model cannot score rows of the use case.
    """
    columns = {feature.name: _made_up(feature) for feature in use_case.features}
    raw_scores(use_case, model, pa.RecordBatch.from_pydict(columns))
    return ROWS


def _made_up(feature: Feature) -> pa.Array:
    """Walk through the values a feature may have, with a gap where it may be missing."""
    steps = np.linspace(0.0, 1.0, ROWS)
    match feature:
        case FloatFeature() | IntegerFeature():
            low = 0.0 if feature.minimum is None else float(feature.minimum)
            high = low + 1_000.0 if feature.maximum is None else float(feature.maximum)
            values = pa.array(low + steps * (high - low)).cast(arrow_type(feature), safe=False)
        case CategoryFeature():
            values = category_array(feature, pa.array(list(islice(cycle(feature.values), ROWS))))
        case BooleanFeature():
            values = pa.array(steps > 0.5)  # noqa: PLR2004  # half of them
        case TimestampFeature():
            values = pa.array((steps * 2_000_000_000_000_000).astype(np.int64)).cast(arrow_type(feature))
    is_gap = pa.array([feature.nullable, *[False] * (ROWS - 1)])
    return pc.if_else(is_gap, pa.scalar(None, values.type), values)
