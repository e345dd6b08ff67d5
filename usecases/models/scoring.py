"""From checked rows to answers: score a batch of rows with a model, whatever its library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.features import BooleanFeature, CategoryFeature, FloatFeature, IntegerFeature, TimestampFeature
from usecases.columns.timestamps import MICROSECONDS_A_DAY
from usecases.contract.row_layout import value_set
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.calendar_columns import calendar_columns
from usecases.models.runtime import Model, ModelError, ScoringError
from usecases.tasks.definition import Scores


def score(use_case: UseCase, model: Model, rows: pa.RecordBatch) -> Scores:
    """Score checked rows; a row's answer does not depend on the rows beside it.

    Parameters
    ----------
    use_case
        Gives the encoding and the names of the classes.
    model
        A model whose :meth:`~usecases.models.runtime.Model.require_fit` let the use case pass.
    rows
        Checked rows in the layout of :func:`usecases.contract.row_layout.row_schema`; further columns are ignored.

    Raises
    ------
    usecases.models.scoring.UnknownCategoryError
        If a category is none of the allowed values.
    ModelError
        If the model has another number of features or classes.
    ScoringError
        If an answer is not finite.
    """
    return use_case.task.definition.scores(use_case.outputs, raw_scores(use_case, model, rows))


def raw_scores(use_case: UseCase, model: Model, rows: pa.RecordBatch) -> Floats:
    """Return the numbers of the model: shape ``(rows,)``, or ``(rows, classes)`` where each class has an output."""
    shape = use_case.task.definition.shape(rows.num_rows, use_case.outputs)
    if not rows.num_rows:
        return np.empty(shape, dtype=np.float64)
    answers = model.predict(use_case, rows)
    if answers.shape != shape:
        raise ModelError(f"the model answers with shape {answers.shape} where {shape} is needed")
    if not np.isfinite(answers).all():
        raise ScoringError(f"the model gave {int((~np.isfinite(answers)).sum())} answers that are no finite number")
    return answers


TIMESTAMP_ORIGIN_DAYS = 10_957
"""2000-01-01 in days since 1970: near the data, a day's number keeps a minute's precision in 32-bit floats."""


class UnknownCategoryError(ValueError):
    """A checked row carries a category that the use case does not allow, so the model has no code for it."""


def matrix(
    use_case: UseCase, rows: pa.RecordBatch, *, with_calendar: bool = False, dtype: Any = np.float32
) -> np.ndarray[Any, np.dtype[Any]]:
    """Encode checked rows as one matrix of numbers.

    Parameters
    ----------
    use_case
        Gives the features and the order of the columns.
    rows
        Checked rows in the layout of :func:`usecases.contract.row_layout.row_schema`; further columns are ignored.
    with_calendar
        Whether :func:`usecases.models.calendar_columns.calendar_columns` stand behind the features.
    dtype
        In what the library keeps numbers: 32 bits, as XGBoost does, or 64.

    Returns
    -------
    numpy.ndarray
        Shape ``(rows, features)``, NaN where a value is missing. Categories are codes in the order of the allowed values;
        times are days since 2000-01-01.

    Raises
    ------
    UnknownCategoryError
        If a category is none of the allowed values; scoring it as missing would be a silent guess.
    """
    calendar = calendar_columns(use_case) if with_calendar else ()
    out = np.empty((rows.num_rows, len(use_case.features) + len(calendar)), dtype=dtype, order="F")
    largest = float(np.finfo(dtype).max)
    for index, feature in enumerate(use_case.features):
        column = rows.column(feature.name)
        match feature:
            case CategoryFeature():
                numbers = _codes(feature, column)
            case BooleanFeature():
                numbers = column.cast(pa.uint8())
            case TimestampFeature():
                days = pc.divide(column.cast(pa.int64()).cast(pa.float64()), float(MICROSECONDS_A_DAY))
                numbers = pc.subtract(days, float(TIMESTAMP_ORIGIN_DAYS))
            case IntegerFeature():
                # By way of 64-bit floats always: numpy goes that way where nulls are among the numbers, and rounding
                # twice is not rounding once. A row must not be encoded by its neighbours.
                numbers = column.cast(pa.float64(), safe=False)
            case FloatFeature():
                # What 32 bits do not hold lies beyond every split of the trees; infinity would be refused by XGBoost.
                numbers = np.clip(column.to_numpy(zero_copy_only=False), -largest, largest)
        out[:, index] = numbers if isinstance(numbers, np.ndarray) else numbers.to_numpy(zero_copy_only=False)
    for index, of_time in enumerate(calendar, start=len(use_case.features)):
        out[:, index] = of_time.numbers(rows.column(use_case.features[of_time.place].name))
    return np.ascontiguousarray(out)


def has_calendar(use_case: UseCase, columns: int) -> bool:
    """Return whether a model of so many columns was fitted on those of the calendar, too; old ones and foreign ones were not."""
    more = columns - len(use_case.features)
    return more > 0 and more == len(calendar_columns(use_case))


def _codes(feature: CategoryFeature, column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type) and column.dictionary.equals(value_set(feature)):
        return column.indices
    texts = column.cast(pa.string())
    codes = pc.index_in(texts, value_set=value_set(feature))
    unknown = pc.and_(pc.is_valid(texts), pc.is_null(codes))
    if pc.any(unknown).as_py():
        value = texts.filter(unknown)[0].as_py()
        raise UnknownCategoryError(f"{feature.name}: {value!r} is not one of {', '.join(feature.values[:10])}")
    return codes
