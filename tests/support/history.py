"""Stored predictions of the past, with whatever times, versions and scores a test wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pyarrow as pa
from sqlalchemy import Engine

from broker.ids import prediction_ids, repeated_ids, to_milliseconds
from sql.base.copying import copy_rows
from sql.predictions.tables import prediction_table
from usecases.checking.row_model import example_row
from usecases.contract.row_layout import row_schema
from usecases.contract.spec import UseCase
from usecases.tasks.binary import THRESHOLD
from usecases.tasks.task import Task

Floats = np.ndarray[Any, np.dtype[np.float64]]


def store_predictions(
    engine: Engine,
    use_case: UseCase,
    moment: datetime,
    answers: Floats,
    *,
    version: int = 1,
    keys: Sequence[str] | None = None,
    features: pa.RecordBatch | None = None,
) -> list[UUID]:
    """Store predictions that were received at one moment, and give their ids.

    Parameters
    ----------
    engine, use_case, moment
        Where, of what and when.
    answers
        Probabilities of the second class, or of each class (a row for each prediction), or predicted numbers.
    version, keys
        Version that made them, and the keys of their rows.
    features
        Their rows; the example of the use case if not given.
    """
    count = len(answers)
    if features is None:
        plain = [
            pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in row_schema(use_case)
        ]
        features = pa.RecordBatch.from_pylist([example_row(use_case)] * count, schema=pa.schema(plain))
    batch = uuid4()
    numbers = np.arange(1, count + 1, dtype=np.int32)
    columns: dict[str, Any] = {
        "id": prediction_ids([(to_milliseconds(moment), batch, count)], numbers),
        "batch_id": repeated_ids([(batch, count)]),
        "row_number": numbers,
        "source": ["file"] * count,
        "model_version": np.full(count, version, dtype=np.int32),
        "received_at": pa.array([moment] * count, pa.timestamp("us", "UTC")),
    }
    for field, column in zip(features.schema, features.columns, strict=True):
        columns[field.name] = column.cast(pa.string()) if pa.types.is_dictionary(field.type) else column
    if keys is not None:
        columns[str(use_case.key)] = list(keys)
    classes = np.array(use_case.classes)
    match use_case.task:
        case Task.BINARY:
            columns["prediction"] = classes[(answers >= THRESHOLD).astype(int)].tolist()
            columns["score"] = answers
        case Task.MULTICLASS:
            columns["prediction"] = classes[answers.argmax(axis=1)].tolist()
            columns["score"] = answers.max(axis=1)
            columns["scores"] = answers.tolist()
        case Task.REGRESSION | Task.FORECAST:
            columns["prediction"] = answers
    rows = pa.RecordBatch.from_pydict(columns)
    with engine.begin() as connection:
        copy_rows(connection, prediction_table(use_case), rows)
    return [UUID(bytes=value) for value in rows.column("id").to_pylist()]
