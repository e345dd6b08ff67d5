"""The golden batch: rows with the scores a model gave where it was trained, by which any machine proves that it scores alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from registry.gates import GoldenComparison
from usecases.checking.row_model import Row, row_model, rows_to_arrow
from usecases.columns.features import CategoryFeature, Feature
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.runtime import Model, NotTold
from usecases.models.scoring import raw_scores

GOLDEN_ROWS = 50
"""Rows of a golden batch: enough to meet most leaves, scored in a millisecond."""

FEWEST_ROWS = 20
"""Rows that a notebook has to bring; a handful may agree by chance."""

TOLERANCE = 1e-6
"""Largest difference of a score that still counts as the same, as a share of it.

Trees are added in the same order everywhere, so on one machine scores are equal to the bit. Between machines the
exponential behind a probability may round its last bit differently, 6e-8 of a 32-bit number; a changed tree moves scores
by thousandths.
"""

_SMALLEST_SHARE = 1e-3
"""Scores below this share of the largest one are held to its size: what nearly cancels out keeps fewer digits."""

_NUMBER = "prediction"
"""Name of the score where no class has one."""


class GoldenBatchError(ValueError):
    """The golden batch cannot be read, or is none of this use case."""


@dataclass(frozen=True, slots=True)
class GoldenBatch:
    """Checked rows with the scores that were recorded.

    Attributes
    ----------
    scores
        Shaped as the task's models answer.
    is_own
        Whether a training of this product made it, by the encoding that serves; a notebook has one of its own.
    """

    rows: pa.RecordBatch
    scores: Floats
    is_own: bool


def golden_batch(use_case: UseCase, model: Model, rows: pa.RecordBatch) -> dict[str, Any]:
    """Pick rows evenly spread over the data, with the raw scores of the model.

    The rows are JSON as HTTP takes it; the scores are exact, since JSON writes a float so that it reads back the same.
    """
    positions = np.unique(np.linspace(0, rows.num_rows - 1, GOLDEN_ROWS).astype(np.int64))
    picked = rows.take(pa.array(positions))
    return {
        "use_case": use_case.name,
        "schema_hash": use_case.schema_hash,
        "rows": rows_as_json(picked),
        "scores": raw_scores(use_case, model, picked).tolist(),
    }


def rows_as_json(rows: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return checked rows as objects that JSON can write and HTTP would take."""
    return [
        {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
        for row in rows.to_pylist()
    ]


def score_names(use_case: UseCase) -> tuple[str, ...]:
    """Return what the scores of a golden batch are of: the classes that are answered with, or the number."""
    several = use_case.task.definition.class_outputs(use_case.outputs)
    return several or use_case.classes[-1:] or (_NUMBER,)


def read_batch(use_case: UseCase, golden: Mapping[str, Any]) -> GoldenBatch:
    """Read a golden batch, of a training or of a notebook.

    Raises
    ------
    GoldenBatchError
        If its rows are no rows of the use case, or its scores are not those of its answers.
    """
    rows, scores = golden.get("rows"), golden.get("scores")
    if not isinstance(rows, list) or not isinstance(scores, list | dict):
        raise GoldenBatchError(f"the golden batch is no object with rows and scores of {use_case.name}")
    is_own = golden.get("schema_hash") == use_case.schema_hash
    if not is_own and isinstance(scores, list) and score_names(use_case) != (_NUMBER,):
        raise GoldenBatchError(
            "the golden batch does not say which class its scores are of; write them as "
            f'"scores": {{{", ".join(f"{json.dumps(name)}: [...]" for name in score_names(use_case))}}}'
        )
    try:
        recorded = np.asarray(
            scores if isinstance(scores, list) else _in_order(use_case, list(scores), list(scores.values())),
            dtype=np.float64,
        )
    except (TypeError, ValueError) as error:
        raise GoldenBatchError(f"the scores of the golden batch cannot be read: {error}") from error
    checked = rows_to_arrow(use_case, [_checked(use_case, number, row) for number, row in enumerate(rows, 1)])
    shape = use_case.task.definition.shape(len(rows), use_case.outputs)
    if recorded.shape == (*shape, 1):  # as a model answers that was fitted on a table of one column
        recorded = recorded.reshape(shape)
    if recorded.shape != shape:
        raise GoldenBatchError(f"the golden batch has scores of shape {recorded.shape}, its rows need {shape}")
    return GoldenBatch(checked, recorded, is_own)


def _checked(use_case: UseCase, number: int, row: Any) -> Row:
    try:
        return row_model(use_case).model_validate_json(json.dumps(row))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise GoldenBatchError(
            f"row {number} of the golden batch is no row of {use_case.name}: {where + ': ' if where else ''}{first['msg']}; "
            "write rows as they will arrive, before anything is encoded"
        ) from error


def _in_order(use_case: UseCase, names: Sequence[str], columns: Sequence[Any]) -> Any:
    """Put scores that are named into the order of the use case's answers; of two classes the second one's count."""
    found = dict(zip(canonical_score_names(use_case, names), columns, strict=True))
    wanted = score_names(use_case)
    if None in found or not set(wanted) <= set(found):
        known = " and ".join(use_case.outputs or wanted)
        raise GoldenBatchError(f"the golden batch has scores of {', '.join(names)}; {use_case.name} has {known}")
    if len(use_case.task.definition.shape(1, use_case.outputs)) == 1:
        return found[wanted[0]]
    return np.column_stack([np.asarray(found[name], dtype=np.float64) for name in wanted])


def canonical_score_names(use_case: UseCase, names: Sequence[str]) -> list[str | None]:
    """Return what scores are of by the use case's own names, whichever way the data writes a class; nothing if unknown."""
    if not use_case.classes:
        return [name if name in score_names(use_case) else None for name in names]
    codes = use_case.task.definition.read_targets(use_case.target_spelling, pa.array(names, pa.string())).numbers
    return [None if np.isnan(code) else use_case.classes[int(code)] for code in codes]


def compare(use_case: UseCase, model: Model, batch: GoldenBatch) -> GoldenComparison:
    """Score a golden batch again and hold the scores against those that were recorded."""
    scores, recorded = raw_scores(use_case, model, batch.rows), batch.scores
    size = np.abs(recorded)
    scale = np.maximum(size, max(_SMALLEST_SHARE * size.max(initial=0.0), float(np.finfo(np.float32).tiny)))
    apart = np.abs(scores - recorded) / scale
    apart = apart if apart.ndim == 1 else apart.max(axis=1, initial=0.0)
    if not apart.size:
        return GoldenComparison(0, 0, 0.0, "")
    worst = int(np.argmax(np.where(np.isnan(apart), np.inf, apart)))
    words = f"row {worst + 1}: recorded was {_shown(recorded[worst])}, served would be {_shown(scores[worst])}"
    # Written so that a difference that is no number does not count as the same.
    return GoldenComparison(apart.size, int((~(apart <= TOLERANCE)).sum()), float(apart[worst]), words)


def _shown(score: Any) -> str:
    return " / ".join(f"{number:.6g}" for number in np.atleast_1d(score))


def shortfall(use_case: UseCase, batch: GoldenBatch, not_told: NotTold) -> str:
    """Return what the rows of a notebook leave open, as a sentence's end; empty where they prove the scores.

    Parameters
    ----------
    use_case, batch
        The rows.
    not_told
        What the model file does not say, so that rows have to.
    """
    if batch.is_own:
        return ""
    rows = batch.rows
    if rows.num_rows < FEWEST_ROWS:
        return f"the golden batch has {rows.num_rows} rows; {FEWEST_ROWS} are the fewest that prove anything"
    if (batch.scores == batch.scores[0]).all():
        return "all scores of the golden batch are the same, as any model's could be; choose rows that differ"
    found = (_left_open(feature, rows.column(feature.name), not_told) for feature in use_case.features)
    return next(filter(None, found), "")


def _left_open(feature: Feature, column: pa.Array, not_told: NotTold) -> str:
    if column.null_count == len(column):
        return f"no row of the golden batch has {feature.name}; add some"
    if feature.nullable and not column.null_count:
        return f"no row of the golden batch lacks {feature.name}, which may be missing; add one"
    if isinstance(feature, CategoryFeature) and (not_told.names or feature.name in not_told.codes):
        there = set(pc.unique(column.cast(pa.string())).to_pylist())
        if lacking := [value for value in feature.values if value not in there]:
            return (
                f"the model file does not tell how {feature.name} is coded, and no row of the golden batch has "
                f"{', '.join(lacking[:10])}; add one for each"
            )
    return ""
