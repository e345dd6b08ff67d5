"""Records of Kafka Connect, Debezium and Maxwell, which say nowhere that they are ones: told by their exact names.

And only where no column of the use case is called so. Times, days and decimals are numbers and bytes in them, which their
schema explains.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from broker.envelopes.envelope import within_text
from broker.envelopes.foreign import MessageRefusedError
from usecases.columns.features import TimestampFeature
from usecases.columns.timestamps import UTC_ZONE
from usecases.contract.spec import UseCase
from usecases.formats.json_text import parse

SCHEMA, PAYLOAD = "schema", "payload"
BEFORE, AFTER, OPERATION = "before", "after", "op"
DELETED, TOLD_OPERATION = "__deleted", "__op"
"""What Debezium adds to a row that it hands over without what was before; so do other names that begin so."""
DATABASE = "database"
_OF_MAXWELL = frozenset({DATABASE, "table", "type", "data"})
_ADDED = "__"

_LONGEST_DECIMAL = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IN_UTC = "+00:00"
_OF_CLOCKS = "io.debezium.time."
"""Begins the kinds of times that Debezium reads off columns without a zone; of those with one it writes texts."""
_INSTANT = "org.apache.kafka.connect.data.Timestamp"
"""What Debezium makes of those where it is told to (`time.precision.mode: connect`); of other connectors it is a moment."""


def _decimal(value: Any, parameters: Mapping[str, Any]) -> Any:
    """Read the bytes of a whole number, and how many of its digits stand behind the point."""
    scale = int(parameters.get("scale", 0))
    if len(value) > _LONGEST_DECIMAL:
        raise ValueError("no decimal of a database has so many digits")
    number = int.from_bytes(base64.b64decode(value, validate=True), signed=True)
    return float(Decimal(number).scaleb(-scale)) if scale else number


def _text(value: Any, _: Mapping[str, Any]) -> str:
    """Read the bytes of a text, which a key may be; those of something else stay as they are."""
    return base64.b64decode(value, validate=True).decode()


def _moment(value: Any, nanoseconds: int) -> str:
    if type(value) is not int:
        raise TypeError("a time is a whole number")
    return (_EPOCH + timedelta(microseconds=value * nanoseconds // 1_000)).isoformat()


def _on_clocks(use_case: UseCase, name: str, moment: Any) -> Any:
    """Return a time that a database keeps without a zone as one without an offset, where the use case says of which zone they are."""
    feature = use_case.features_by_name.get(use_case.names_by_source.get(name, name))
    has_zone = isinstance(feature, TimestampFeature) and feature.time_zone != UTC_ZONE
    return moment.removesuffix(_IN_UTC) if has_zone and isinstance(moment, str) else moment


def _day(value: Any, _: Mapping[str, Any]) -> str:
    return (_EPOCH + timedelta(days=value)).date().isoformat()


_READERS: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    _INSTANT: lambda value, _: _moment(value, 1_000_000),
    "org.apache.kafka.connect.data.Date": _day,
    "org.apache.kafka.connect.data.Decimal": _decimal,
    "io.debezium.time.Timestamp": lambda value, _: _moment(value, 1_000_000),
    "io.debezium.time.MicroTimestamp": lambda value, _: _moment(value, 1_000),
    "io.debezium.time.NanoTimestamp": lambda value, _: _moment(value, 1),
    "io.debezium.time.Date": _day,
    "io.debezium.data.VariableScaleDecimal": lambda value, _: _decimal(value["value"], value),
}


def open_record(use_case: UseCase, content: dict[str, Any]) -> Any:
    """Return the row of a record, of a change the row after it; anything else stays what it is.

    Raises
    ------
    MessageRefusedError
        If the record is of a row that was deleted.

    Examples
    --------
    >>> from usecases.contract.catalog import load_catalog
    >>> iris = load_catalog()["iris"]
    >>> open_record(iris, {"schema": None, "payload": {"petal_width_cm": 0.2}})
    {'petal_width_cm': 0.2}
    >>> open_record(iris, {"before": None, "after": {"petal_width_cm": 0.2}, "op": "c", "ts_ms": 1})
    {'petal_width_cm': 0.2}
    >>> open_record(iris, {"petal_width_cm": 0.2, "__op": "u", "__deleted": "false"})
    {'petal_width_cm': 0.2}
    >>> open_record(iris, {"database": "plant", "table": "iris", "type": "insert", "ts": 1, "data": {"petal_width_cm": 0.2}})
    {'petal_width_cm': 0.2}
    """
    known = use_case.known_names
    if known.isdisjoint(content):
        content = _row_of(use_case, content)
    if known.isdisjoint({DELETED, TOLD_OPERATION}) and not {DELETED, TOLD_OPERATION}.isdisjoint(content):
        if str(content.get(DELETED, "")).lower() == "true" or content.get(TOLD_OPERATION) == "d":
            raise MessageRefusedError(_DELETED)
        return {name: value for name, value in content.items() if name in known or not name.startswith(_ADDED)}
    return content


_DELETED = "the record is of a row that was deleted; send those of new and changed rows alone"


def _row_of(use_case: UseCase, content: dict[str, Any]) -> dict[str, Any]:
    """Return the row in a record; what is none stays what it is."""
    if content.keys() >= _OF_MAXWELL and isinstance(content["data"], dict):
        if content["type"] == "delete":
            raise MessageRefusedError(_DELETED)
        return content["data"]
    schema, row = (content[SCHEMA], content[PAYLOAD]) if content.keys() == {SCHEMA, PAYLOAD} else ({}, content)
    is_change = isinstance(row, dict) and ({BEFORE, AFTER, OPERATION} <= row.keys() or row.keys() == {BEFORE, AFTER})
    if is_change:
        schema, row = _fields(schema).get(AFTER), row[AFTER]
    if row is None:
        raise MessageRefusedError(_DELETED)
    if isinstance(row, str):
        row = within_text(use_case, row, parse)  # a document of MongoDB
    if row is content or not isinstance(row, dict):
        return content
    fields, of_clocks = _fields(schema), (_OF_CLOCKS, _INSTANT) if is_change else _OF_CLOCKS
    return {
        # A text says of which zone it is.
        name: _on_clocks(use_case, name, plain)
        if plain is not value and str(field.get("name")).startswith(of_clocks)
        else plain
        for name, value in row.items()
        for field in (fields.get(name, {}),)
        for plain in (_plain(value, field),)
    }


def _fields(schema: Any) -> dict[str, Mapping[str, Any]]:
    """Return what a schema says of each field; nothing where there is none."""
    fields = schema.get("fields") if isinstance(schema, dict) else None
    found = [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []
    return {str(field.get("field")): field for field in found}


def _plain(value: Any, field: Mapping[str, Any]) -> Any:
    """Return a value as JSON has it; one that cannot be read stays, and its row is bad."""
    kind = field.get("name")
    read = _text if kind is None and field.get("type") == "bytes" else _READERS.get(str(kind))
    if value is None or read is None:
        return value
    try:
        return read(value, field.get("parameters") or {})
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        return value
