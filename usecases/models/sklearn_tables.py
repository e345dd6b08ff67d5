"""Rows as estimators of scikit-learn were given them in a notebook, and their classes as the use case has them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.features import CategoryFeature, TimestampFeature
from usecases.columns.timestamps import MICROSECONDS_A_DAY
from usecases.contract.spec import UseCase
from usecases.models.calendar_columns import column_names
from usecases.models.runtime import ModelError
from usecases.models.scoring import TIMESTAMP_ORIGIN_DAYS, matrix

Codes = np.ndarray[tuple[int], np.dtype[np.int64]]


def class_texts(classes: Any) -> tuple[str, ...]:
    """Write the classes of an estimator as texts; whole numbers without a point, and false and true as 0 and 1.

    >>> class_texts([1.0, 4112345.0]), class_texts([False, True]), class_texts(["no", "yes"])
    (('1', '4112345'), ('0', '1'), ('no', 'yes'))
    """
    known = np.asarray(classes).tolist()
    return tuple(
        str(int(one)) if isinstance(one, float | bool) and float(one).is_integer() else str(one) for one in known
    )


@cache
def class_places(use_case: UseCase, classes: tuple[str, ...]) -> tuple[int, ...]:
    """Return the column of each class of a use case among the probabilities of an estimator.

    By the names of its classes, however the data writes them; else its classes are the codes themselves.
    """
    codes = use_case.task.definition.read_targets(use_case.target_spelling, pa.array(classes, pa.string())).numbers
    wanted = list(range(len(use_case.classes)))
    if sorted(codes.tolist()) == wanted:
        return tuple(codes.tolist().index(code) for code in wanted)
    if classes == tuple(map(str, wanted)):
        return tuple(wanted)
    raise ModelError(f"the model's classes are {', '.join(classes)}; {use_case.name} has {', '.join(use_case.classes)}")


def estimator_table(
    use_case: UseCase, rows: pa.RecordBatch, names: Sequence[str], *, with_calendar: bool, with_texts: bool
) -> Any:
    """Return rows as the estimator was given them where it was fitted: an array of numbers, or a DataFrame."""
    import pandas as pd  # noqa: PLC0415  # half a second that Airflow and the doors need not spend

    encoded = matrix(use_case, rows, with_calendar=with_calendar, dtype=np.float64)
    columns: dict[str, Any] = dict(zip(column_names(use_case, with_calendar=with_calendar), encoded.T, strict=True))
    for feature in use_case.features:
        if isinstance(feature, TimestampFeature):
            # Subtracted before it is divided, as notebooks do: trees of 64 bits may split at a moment itself.
            micros = pc.subtract(rows.column(feature.name).cast(pa.int64()), TIMESTAMP_ORIGIN_DAYS * MICROSECONDS_A_DAY)
            days = pc.divide(micros.cast(pa.float64()), float(MICROSECONDS_A_DAY))
            columns[feature.name] = days.to_numpy(zero_copy_only=False)
        if with_texts and isinstance(feature, CategoryFeature):
            codes: Codes = np.nan_to_num(columns[feature.name], nan=-1).astype(np.int64)
            columns[feature.name] = pd.Categorical.from_codes(codes, categories=pd.Index(feature.values))
    if not names:
        return np.column_stack(list(columns.values()))
    return pd.DataFrame({name: columns[name] for name in names})
