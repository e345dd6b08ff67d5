"""The golden batch: rows with the scores a version gave when it was trained, by which any machine proves that it scores alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import cycle, islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from usecases.checking.row_model import row_model, rows_to_arrow
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

GOLDEN_ROWS = 50
"""Rows of a golden batch: enough to meet most leaves, scored in a millisecond."""

TOLERANCE = 1e-6
"""Largest difference of a score that still counts as the same, relative to scores above 1.

Trees are added in the same order everywhere, so on one machine scores are equal to the bit. Between machines the
exponential behind a probability may round its last bit differently, 6e-8 of a 32-bit number; a changed tree moves scores
by thousandths.
"""


class GoldenBatchError(ValueError):
    """The golden batch cannot be read, or is none of this use case."""


def golden_batch(use_case: UseCase, model: Model, rows: pa.RecordBatch) -> dict[str, Any]:
    """Pick rows evenly spread over the data, with the raw scores of the model.

    The rows are JSON as HTTP takes it; the scores are exact, since JSON writes a float so that it reads back the same.
    """
    positions = np.unique(np.linspace(0, rows.num_rows - 1, GOLDEN_ROWS).astype(np.int64))
    picked = rows.take(pa.array(positions))
    features = [
        {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
        for row in picked.to_pylist()
    ]
    return {
        "use_case": use_case.name,
        "schema_hash": use_case.schema_hash,
        "rows": features,
        "scores": raw_scores(use_case, model, picked).tolist(),
    }


def golden_difference(use_case: UseCase, model: Model, golden: Mapping[str, Any]) -> float:
    """Score a golden batch again and give the largest difference from what is recorded.

    Raises
    ------
    GoldenBatchError
        If its rows are no rows of the use case, or its scores no scores of such a model.
    """
    try:
        read = row_model(use_case)
        rows = [read.model_validate_json(json.dumps(row)) for row in golden["rows"]]
        recorded = np.asarray(golden["scores"], dtype=np.float64)
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        first_line = str(error).partition("\n")[0]
        raise GoldenBatchError(f"the golden batch holds no rows of {use_case.name}: {first_line}") from error
    scores = raw_scores(use_case, model, rows_to_arrow(use_case, rows))
    if scores.shape != recorded.shape:
        raise GoldenBatchError(f"the golden batch has scores of shape {recorded.shape}, the model gives {scores.shape}")
    return float(np.max(np.abs(scores - recorded) / np.maximum(np.abs(recorded), 1.0), initial=0.0))


def try_out(use_case: UseCase, model: Model) -> int:
    """Score made-up rows, where a version brings no golden batch; return how many.

    Raises
    ------
    usecases.models.runtime.ModelError, usecases.models.runtime.ScoringError
        If the model cannot score rows of the use case.
    """
    columns = {feature.name: _made_up(feature) for feature in use_case.features}
    raw_scores(use_case, model, pa.RecordBatch.from_pydict(columns))
    return GOLDEN_ROWS


def _made_up(feature: Feature) -> pa.Array:
    """Walk through the values a feature may have, with a gap where it may be missing."""
    steps = np.linspace(0.0, 1.0, GOLDEN_ROWS)
    match feature:
        case FloatFeature() | IntegerFeature():
            low = 0.0 if feature.minimum is None else float(feature.minimum)
            high = low + 1_000.0 if feature.maximum is None else float(feature.maximum)
            values = pa.array(low + steps * (high - low)).cast(arrow_type(feature), safe=False)
        case CategoryFeature():
            values = category_array(feature, pa.array(list(islice(cycle(feature.values), GOLDEN_ROWS))))
        case BooleanFeature():
            values = pa.array(steps > 0.5)  # noqa: PLR2004  # half of them
        case TimestampFeature():
            values = pa.array((steps * 2_000_000_000_000_000).astype(np.int64)).cast(arrow_type(feature))
    is_gap = pa.array([feature.nullable, *[False] * (GOLDEN_ROWS - 1)])
    return pc.if_else(is_gap, pa.scalar(None, values.type), values)
