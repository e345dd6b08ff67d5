"""Values and rows that clients write with their types: kombu and MongoDB what JSON has none for, Avro unions, .NET classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from usecases.contract.spec import UseCase

TYPE, VALUE = "__type__", "__value__"

OPENS = b"{"
"""Stands more often than there are rows in every body that holds such a value."""

TYPE_NAME, VALUES = "$type", "$values"
"""What Json.NET, and Rebus by it, writes of the class of an object, and the members of a list."""

_AVRO = frozenset({"boolean", "int", "long", "float", "double", "string"})
"""Branches of a union, one of which is the only name in a value that Avro writes as JSON."""


def _as_text(value: Any) -> Any:
    return value


def _number(value: Any) -> Any:
    return float(value)


def _uuid(value: Any) -> Any:
    digits = value["hex"]
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


_READERS: dict[str, Callable[[Any], Any]] = {
    "datetime": _as_text, "date": _as_text, "time": _as_text, "bytes": _as_text, "decimal": _number, "uuid": _uuid,
}  # fmt: skip


def _whole_number(value: Any) -> int:
    return int(str(value))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _moment(value: Any) -> Any:
    """Read a time of MongoDB: a text, or milliseconds."""
    milliseconds = value["$numberLong"] if isinstance(value, dict) else value
    return value if isinstance(value, str) else (_EPOCH + timedelta(milliseconds=int(milliseconds))).isoformat()


_EXTENDED: dict[str, Callable[[Any], Any]] = {
    "$numberDouble": _number, "$numberDecimal": _number, "$numberInt": _whole_number,
    "$numberLong": _whole_number, "$oid": _as_text, "$date": _moment,
}  # fmt: skip
"""Names of the types of MongoDB, one of which is the only name in a value that it writes as extended JSON."""


def with_plain_values(rows: Sequence[Any]) -> list[Any]:
    """Return rows whose typed values are as JSON has them; one that cannot be read stays, and its row is bad.

    >>> with_plain_values([{"at": {"__type__": "datetime", "__value__": "2026-03-01T12:00:00"}, "heat": 5}])
    [{'at': '2026-03-01T12:00:00', 'heat': 5}]
    >>> with_plain_values([{"heat": {"__type__": "decimal", "__value__": "1.50"}}, {"heat": {"__type__": "mystery"}}])
    [{'heat': 1.5}, {'heat': {'__type__': 'mystery'}}]
    >>> with_plain_values([{"heat": {"double": 1.5}, "line": {"string": "A"}, "other": {"a": 1}}])
    [{'heat': 1.5, 'line': 'A', 'other': {'a': 1}}]
    >>> with_plain_values([{"heat": {"$numberDouble": "1.5"}, "at": {"$date": {"$numberLong": "0"}}, "wear": {"$numberInt": "x"}}])
    [{'heat': 1.5, 'at': '1970-01-01T00:00:00+00:00', 'wear': {'$numberInt': 'x'}}]
    """
    return [{name: _plain(value) for name, value in row.items()} if isinstance(row, dict) else row for row in rows]


def _plain(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(branch, inner)] = value.items()
        if branch in _EXTENDED:
            return _read(_EXTENDED, branch, inner, value)
        return inner if branch in _AVRO and not isinstance(inner, dict | list) else value
    return _read(_READERS, value[TYPE], value[VALUE], value) if value.keys() == {TYPE, VALUE} else value


def _read(readers: Mapping[str, Callable[[Any], Any]], kind: Any, inner: Any, value: Any) -> Any:
    try:
        return readers[kind](inner)
    except (KeyError, TypeError, ValueError, OverflowError):
        return value


def without_type_names(use_case: UseCase, content: dict[str, Any]) -> Any:
    """Return a row, or the list of rows, that Json.NET wrote with the names of their classes, where no column is called so.

    >>> from usecases.contract.catalog import load_catalog
    >>> iris = load_catalog()["iris"]
    >>> without_type_names(iris, {"$type": "Plant.Row, Plant", "petal_width_cm": 0.2})
    {'petal_width_cm': 0.2}
    >>> without_type_names(iris, {"$type": "System.Collections.Generic.List`1", "$values": [{"$type": "Plant.Row", "a": 1}]})
    [{'a': 1}]
    """
    if TYPE_NAME in use_case.known_names:
        return content
    if content.keys() == {TYPE_NAME, VALUES} and isinstance(content[VALUES], list):
        return [_without_type_name(row) if isinstance(row, dict) else row for row in content[VALUES]]
    return _without_type_name(content)


def _without_type_name(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != TYPE_NAME}
