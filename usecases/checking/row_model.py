"""The contract for single rows: a pydantic model per use case, for HTTP and for messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial
from math import isnan
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator
from pydantic_core import PydanticCustomError

from usecases.columns.features import (
    MAX_TEXT_LENGTH,
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.columns.timestamps import as_utc, parse_timestamp
from usecases.contract.row_layout import CATEGORY, canonical_row, category_array, row_schema
from usecases.contract.spec import UseCase

INT64 = 2**63


class Row(BaseModel):
    """Base of every row model: an unknown column is an error, and no text is quietly read as a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


@cache
def row_model(use_case: UseCase) -> type[Row]:
    """Derive the model of one row.

    Returns
    -------
    type[Row]
        A model whose fields are the columns of the use case, in order. Values come out as ``float``, ``int``,
        ``str``, ``bool`` or an aware ``datetime`` in UTC.
    """
    fields: dict[str, Any] = {}
    if use_case.key:
        key = Annotated[str, AfterValidator(_storable), Field(max_length=MAX_TEXT_LENGTH)] | None
        fields[use_case.key] = (Annotated[key, BeforeValidator(_name)], None)
    for feature in use_case.features:
        kind: Any = _annotation(feature)
        if feature.nullable:
            kind = Annotated[kind | None, BeforeValidator(_none_if_missing)]
        elif isinstance(feature, CategoryFeature):
            kind = Annotated[kind, BeforeValidator(_none_if_missing)]
        about = Field(
            title=feature.label,
            description=feature.description or None,
            examples=None if feature.example is None else [feature.example],
            default=None if feature.nullable else ...,
        )
        fields[feature.name] = (kind, about)
    rules = use_case.parsed_rules

    def check_rules(row: Row) -> Row:
        values = row.__dict__
        broken = [rule for rule in rules if not rule.holds_for(values)]
        if broken:
            texts = ", ".join(repr(rule.text) for rule in broken)
            raise PydanticCustomError(
                "row_rule", "the row breaks {texts}", {"rules": [rule.name for rule in broken], "texts": texts}
            )
        return row

    name = "".join(part.capitalize() for part in use_case.name.split("_")) + "Row"
    validators: dict[str, Any] = {"check_rules": model_validator(mode="after")(check_rules)} if rules else {}
    if use_case.names_by_source or use_case.ignored_columns:
        validators["rename"] = model_validator(mode="before")(partial(canonical_row, use_case))
    model: type[Row] = create_model(
        name, __base__=Row, __doc__=f"One row of {use_case.title}.", __validators__=validators, **fields
    )
    return model


def example_row(use_case: UseCase) -> dict[str, Any]:
    """Return a row made of the features' examples, as JSON values; it is valid where every feature has an example."""
    row: dict[str, Any] = {use_case.key: "example-1"} if use_case.key else {}
    for feature in use_case.features:
        example = feature.example
        row[feature.name] = example.isoformat() if isinstance(example, datetime) else example
    return row


def _annotation(feature: Feature) -> Any:
    match feature:
        case FloatFeature():
            return Annotated[float, Field(ge=feature.minimum, le=feature.maximum)]
        case IntegerFeature():
            low = -INT64 if feature.minimum is None else feature.minimum
            high = INT64 - 1 if feature.maximum is None else feature.maximum
            return Annotated[int, BeforeValidator(_whole_number), Field(ge=low, le=high)]
        case CategoryFeature():
            return Literal[feature.values]
        case BooleanFeature():
            return bool
        case TimestampFeature():
            return Annotated[datetime, BeforeValidator(_timestamp)]


def _whole_number(value: Any) -> Any:
    """Read 3.0 as 3, as JSON Schema does; a column of a file cannot tell them apart either."""
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int and not -INT64 <= value < INT64:
        raise PydanticCustomError("int_type", "Input should be a whole number of 64 bits")
    return value


def _timestamp(value: Any) -> Any:
    if not isinstance(value, str | datetime):
        return value
    try:
        return parse_timestamp(value) if isinstance(value, str) else as_utc(value)
    except ValueError as error:
        raise PydanticCustomError("timestamp", "Input should be an ISO 8601 time") from error


def _none_if_missing(value: Any) -> Any:
    """Read an empty text and NaN as a missing value, which they are in every file."""
    return None if value == "" or (type(value) is float and isnan(value)) else value


def _name(value: Any) -> Any:
    """Read a whole number as a name; tables are full of numbered machines."""
    return str(value) if type(value) is int else _none_if_missing(value)


def _storable(value: str) -> str:
    """Refuse a text that PostgreSQL cannot hold at the door instead of at the commit: NUL, or half of a surrogate pair."""
    if "\0" in value or (not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value)):
        raise PydanticCustomError("unstorable_text", "Input should hold neither NUL nor half of a surrogate pair")
    return value


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
