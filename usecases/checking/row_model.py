"""The contract for single rows: a pydantic model per use case, for HTTP and for messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from math import isnan
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from usecases.checking.reasons import RuleName
from usecases.columns.booleans import boolean_of, named_truths, truth_of
from usecases.columns.day_first import after_plain_days
from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.columns.missing import is_declared, is_word
from usecases.columns.number_texts import is_whole_or_thousands, number_of
from usecases.columns.texts import EXACT, MAX_TEXT_LENGTH, is_shortened, meant_by, plain_key, spellings, text_of
from usecases.columns.timestamps import as_utc, parse_timestamp
from usecases.contract.row_layout import CATEGORY, canonical_row, category_array, composed, is_nameless, row_schema
from usecases.contract.spec import UseCase
from usecases.formats.chunks import BOM

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
        key = Annotated[str, AfterValidator(_name_of_a_row), Field(max_length=MAX_TEXT_LENGTH)] | None
        fields[use_case.key] = (Annotated[key, BeforeValidator(key_of)], None)
    for feature in use_case.features:
        kind: Any = _annotation(feature)
        if feature.nullable:
            kind = kind | None
        reader = reader_of(feature)
        if reader is not None:
            kind = Annotated[kind, BeforeValidator(reader)]
        about = Field(
            title=feature.label,
            description=feature.description or None,
            examples=None if feature.example is None else [feature.example],
            default=None if feature.nullable else ...,
        )
        fields[feature.name] = (kind, about)
    rules = use_case.parsed_rules
    names = tuple(use_case.features_by_name)

    def check_rules(row: Row) -> Row:
        values = row.__dict__
        if use_case.may_lack_all_features and all(values[name] is None for name in names):
            raise PydanticCustomError("row_rule", "the row has no feature", {"rules": [RuleName.NO_FEATURE]})
        broken = [rule for rule in rules if not rule.holds_for(values)]
        if broken:
            texts = ", ".join(repr(rule.text) for rule in broken)
            raise PydanticCustomError(
                "row_rule", "the row breaks {texts}", {"rules": [rule.name for rule in broken], "texts": texts}
            )
        return row

    name = "".join(part.capitalize() for part in use_case.name.split("_")) + "Row"
    validators: dict[str, Any] = {}
    if rules or use_case.may_lack_all_features:
        validators["check_rules"] = model_validator(mode="after")(check_rules)
    if use_case.names_by_source or use_case.ignored_columns:
        validators["rename"] = model_validator(mode="before")(partial(canonical_row, use_case))
    model: type[Row] = create_model(
        name, __base__=Row, __doc__=f"One row of {use_case.title}.", __validators__=validators, **fields
    )
    return model


def read_row(use_case: UseCase, row: Any) -> Row:
    """Read one row as Python has it.

    Raises
    ------
    pydantic.ValidationError
        If it breaks the contract.
    """
    model = row_model(use_case)
    try:
        return model.model_validate(row)
    except ValidationError:
        plain = with_plain_names(use_case, row)
        if plain is row:
            raise
        return model.model_validate(plain)


def with_plain_names(use_case: UseCase, row: Any) -> Any:
    """Return a row without what is around its names, and without what has no name; itself if all names are plain.

    >>> from usecases.contract.catalog import load_catalog
    >>> iris = load_catalog()["iris"]
    >>> with_plain_names(iris, {" job": 1, "Unnamed: 0": 2}), with_plain_names(iris, {" job": 1, "job": 2})
    ({'job': 1}, {' job': 1, 'job': 2})
    """
    if not isinstance(row, dict) or all(map(is_plain_name, row)):
        return row
    sources = use_case.names_by_source
    named = {name: value for name, value in row.items() if name.strip() in sources or not is_nameless(name)}
    plain = {_plain_name(name): value for name, value in named.items()}
    return plain if len(plain) == len(named) else row


def is_plain_name(name: str) -> bool:
    """Return whether a name is one, without anything around it."""
    return name == _plain_name(name) and not is_nameless(name)


def _plain_name(name: str) -> str:
    """Return a name without spaces around it, and without the byte order mark that programs of plain UTF-8 take for a part of it."""
    return composed(name.removeprefix(BOM).strip())


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
            return Annotated[int, Field(ge=low, le=high)]
        case CategoryFeature():
            return Literal[feature.values]
        case BooleanFeature():
            return bool
        case TimestampFeature():
            return Annotated[datetime, Field(ge=feature.minimum, le=feature.maximum)]


@after_plain_days
def reader_of(feature: Feature) -> Callable[[Any], Any] | None:
    """Return what reads a JSON value before its type is checked; none where the type alone says all."""
    match feature:
        case FloatFeature():
            read = partial(_number, feature) if feature.takes_texts else _none_if_missing if feature.nullable else None
        case IntegerFeature():
            read = partial(_whole_number_or_text, feature) if feature.takes_texts else _whole_number
        case CategoryFeature():
            read = partial(category_in, spellings(feature.values), truths=named_truths(feature.values))
        case BooleanFeature():
            read = boolean_of
        case TimestampFeature():
            read = partial(_timestamp, feature.time_zone)
    declared = feature.missing_texts
    if not declared or read is None:
        return read
    has_comma = isinstance(feature, FloatFeature) and feature.decimal_comma

    def read_unless_missing(value: Any) -> Any:
        return None if is_declared(declared, value, decimal_comma=has_comma) else read(value)

    return read_unless_missing


def _number(feature: FloatFeature | IntegerFeature, value: Any) -> Any:
    """Read a text as a cell of a file."""
    if type(value) is not str:
        return _none_if_missing(value)
    if is_word(value):
        return None
    number = number_of(value, decimal_comma=isinstance(feature, FloatFeature) and feature.decimal_comma)
    return value if number is None else number


def _whole_number_or_text(feature: IntegerFeature, value: Any) -> Any:
    return value if type(value) is str and is_whole_or_thousands(value) else _whole_number(_number(feature, value))


def _whole_number(value: Any) -> Any:
    """Read 3.0 as 3, as JSON Schema does; a column of a file cannot tell them apart either."""
    if type(value) is not int:
        value = _none_if_missing(value)
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int and not -INT64 <= value < INT64:
        raise PydanticCustomError("int_type", "Input should be a whole number, and no larger than 64 bits hold")
    return value


def _timestamp(zone: str | None, value: Any) -> Any:
    if isinstance(value, str) and is_word(value):
        return None
    if not isinstance(value, str | datetime):
        return _none_if_missing(value)
    try:
        return parse_timestamp(value, zone) if isinstance(value, str) else as_utc(value, zone)
    except ValueError as error:
        raise PydanticCustomError("timestamp", "Input should be an ISO 8601 time") from error


def _none_if_missing(value: Any) -> Any:
    """Read an empty text and NaN as a missing value, which they are in every file."""
    return None if (type(value) is str and not value.strip()) or (type(value) is float and isnan(value)) else value


def _name_of_a_row(value: str) -> str:
    """Refuse a number without its last digits, and at the door what PostgreSQL cannot hold: NUL, or half of a surrogate pair."""
    if "+" in value and is_shortened(value):
        raise PydanticCustomError("shortened_number", "Input should be a number with all of its digits")
    if "\0" in value or (not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value)):
        raise PydanticCustomError("unstorable_text", "Input should hold neither NUL nor half of a surrogate pair")
    return value


def rows_to_arrow(use_case: UseCase, rows: Sequence[Row]) -> pa.RecordBatch:
    """Convert validated rows into columns."""
    columns: list[pa.Array] = []
    for field in row_schema(use_case):
        values = [row.__dict__[field.name] for row in rows]
        columns.append(pa.array(values, pa.string() if field.type == CATEGORY else field.type))
    for index, feature in enumerate(use_case.features, start=1 if use_case.key else 0):
        if isinstance(feature, CategoryFeature):
            columns[index] = category_array(feature, columns[index])
    return pa.RecordBatch.from_arrays(columns, schema=row_schema(use_case))


def category_in(known: Mapping[str, str], value: Any, truths: Mapping[bool | None, str]) -> Any:
    """Read one value as an allowed one, by how these may be written, or as None; what is neither stays what it is.

    >>> feature = CategoryFeature(name="c", type="category", values=("L", "3"))
    >>> [category_in(spellings(feature.values), value, {}) for value in ("L", " L ", 3, 3.0, "3.0", " ", "M", True)]
    ['L', 'L', '3', '3', '3', None, 'M', True]
    >>> category_in({}, True, {True: "WAHR"}), category_in({}, "TRUE", {True: "WAHR"})
    ('WAHR', 'WAHR')
    """
    if type(value) is str and value in known:
        return known[value]
    if type(value) is bool:
        return truths.get(value, value)
    if type(value) not in {str, int, float}:
        return value
    text = text_of(value) or ""
    if text not in known:
        text = text.strip()
    return known.get(text) or meant_by(known, text) or truths.get(truth_of(text), value if text else None)


def key_of(value: Any) -> Any:
    """Read one value as the name of a row or, where it is missing, as None; what can be no name stays what it is.

    >>> [key_of(value) for value in (" M-1 ", "'-1 ", 1000, 1000.0, "1000.0", 12345678901234567890, "", 1.5, '="007"')]
    ['M-1', '-1', '1000', '1000', '1000', '12345678901234567890', None, 1.5, '007']
    """
    if type(value) is int:
        return str(value)
    if type(value) is float:
        if isnan(value):
            return None
        return str(int(value)) if abs(value) < EXACT and value.is_integer() else value
    if type(value) is not str:
        return value
    text = value.strip()
    is_plain = text.isascii() and not text.startswith(("'", '="')) and not text.endswith(".0")
    return (text or None) if is_plain else plain_key(text)
