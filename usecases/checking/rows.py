"""The layout of checked rows: one Arrow schema per use case, the same from every door to the table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from usecases.checking.row_model import Row
from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.contract.spec import UseCase

CATEGORY = pa.dictionary(pa.int16(), pa.string())
"""A category travels as its code beside the list of allowed values; 16 bits hold every list the contract allows."""


def arrow_type(feature: Feature) -> pa.DataType:
    """Return the Arrow type of a checked feature."""
    match feature:
        case FloatFeature():
            return pa.float64()
        case IntegerFeature():
            return pa.int64()
        case CategoryFeature():
            return CATEGORY
        case BooleanFeature():
            return pa.bool_()
        case TimestampFeature():
            return pa.timestamp("us", "UTC")


@cache
def row_schema(use_case: UseCase) -> pa.Schema:
    """Return the Arrow schema of checked rows: the key where there is one, then the features in order."""
    fields = [pa.field(use_case.key, pa.string())] if use_case.key else []
    fields += [pa.field(feature.name, arrow_type(feature), nullable=feature.nullable) for feature in use_case.features]
    return pa.schema(fields)


def category_array(feature: CategoryFeature, values: pa.Array) -> pa.DictionaryArray:
    """Encode texts as codes into the allowed values; a text outside of them becomes null.

    Notes
    -----
    The dictionary is always the whole list of allowed values, so the code is the number the model was trained on.
    """
    codes = pc.index_in(values, value_set=value_set(feature)).cast(pa.int16())
    return pa.DictionaryArray.from_arrays(codes, value_set(feature))


def rows_to_arrow(use_case: UseCase, rows: Sequence[Row]) -> pa.RecordBatch:
    """Convert validated rows into columns."""
    columns: list[pa.Array] = []
    for field in row_schema(use_case):
        values = [getattr(row, field.name) for row in rows]
        columns.append(pa.array(values, pa.string() if field.type == CATEGORY else field.type))
    for index, feature in enumerate(use_case.features, start=1 if use_case.key else 0):
        if isinstance(feature, CategoryFeature):
            columns[index] = category_array(feature, columns[index])
    return pa.RecordBatch.from_arrays(columns, schema=row_schema(use_case))


@cache
def value_set(feature: CategoryFeature) -> pa.Array:
    """Return the allowed values in the order of their codes."""
    return pa.array(feature.values, pa.string())
