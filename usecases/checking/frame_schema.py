"""The contract for columns of rows: a pandera schema per use case, for files and tables."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa

from usecases.checking.reasons import RuleName
from usecases.columns.features import CategoryFeature, FloatFeature, IntegerFeature
from usecases.contract.spec import UseCase


@cache
def frame_schema(use_case: UseCase) -> pandera.DataFrameSchema:
    """Derive the pandera schema of typed columns.

    Every check is named by the rule it holds, so that a failure case tells the reason by itself. Types are not
    checked here: :mod:`usecases.columns.casting` has settled them, cell by cell.
    """
    columns: dict[str, pandera.Column] = {}
    if use_case.key:
        columns[use_case.key] = pandera.Column(nullable=True)
    for feature in use_case.features:
        checks = []
        if not feature.nullable:
            checks.append(pandera.Check(_is_present, name=RuleName.MISSING, error=RuleName.MISSING, ignore_na=False))
        if isinstance(feature, FloatFeature | IntegerFeature):
            if feature.minimum is not None:
                checks.append(pandera.Check.ge(feature.minimum, name=RuleName.MINIMUM, error=RuleName.MINIMUM))
            if feature.maximum is not None:
                checks.append(pandera.Check.le(feature.maximum, name=RuleName.MAXIMUM, error=RuleName.MAXIMUM))
        if isinstance(feature, CategoryFeature):
            allowed = list(feature.values)
            checks.append(pandera.Check.isin(allowed, name=RuleName.ALLOWED_VALUES, error=RuleName.ALLOWED_VALUES))
        # Nulls are a check of their own, above, so that they too are found by running the checks alone.
        columns[feature.name] = pandera.Column(nullable=True, checks=checks)
    return pandera.DataFrameSchema(columns, strict=True, ordered=True, name=use_case.name)


def _is_present(values: pd.Series[Any]) -> pd.Series[bool]:
    return values.notna()


def to_frame(rows: pa.RecordBatch) -> Any:
    """Convert typed columns for pandera without losing what nulls do to whole numbers and booleans."""
    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    columns: dict[str, Any] = {}
    for field, values in zip(rows.schema, rows.columns, strict=True):
        # Every time is in UTC by now, so the frame need not carry a time zone along.
        plain = values.cast(pa.timestamp("us")) if pa.types.is_timestamp(field.type) else values
        columns[field.name] = plain.to_pandas(types_mapper=nullable.get if values.null_count else None)
    return pd.DataFrame(columns, copy=False)
