"""Values that programs write with their types into JSON: kombu and MongoDB what JSON has none for, Avro the branch of a union."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

TYPE, VALUE = "__type__", "__value__"

OPENS = b"{"
"""Stands more often than there are rows in every text of rows that holds such a value."""

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
    "$numberLong": _whole_number, "$oid": _as_text, "$uuid": _as_text, "$date": _moment,
}  # fmt: skip
"""Names of the types of MongoDB, one of which is the only name in a value that it writes as extended JSON."""


def with_plain_values(rows: Sequence[Any]) -> list[Any]:
    """Return rows whose typed values are as JSON has them; one that cannot be read stays, and its row is bad.

    A row without any is itself.

    >>> with_plain_values([{"at": {"__type__": "datetime", "__value__": "2026-03-01T12:00:00"}, "heat": 5}])
    [{'at': '2026-03-01T12:00:00', 'heat': 5}]
    >>> with_plain_values([{"heat": {"__type__": "decimal", "__value__": "1.50"}}, {"heat": {"__type__": "mystery"}}])
    [{'heat': 1.5}, {'heat': {'__type__': 'mystery'}}]
    >>> with_plain_values([{"heat": {"double": 1.5}, "line": {"string": "A"}, "other": {"a": 1}}])
    [{'heat': 1.5, 'line': 'A', 'other': {'a': 1}}]
    >>> with_plain_values([{"heat": {"$numberDouble": "1.5"}, "at": {"$date": {"$numberLong": "0"}}, "wear": {"$numberInt": "x"}}])
    [{'heat': 1.5, 'at': '1970-01-01T00:00:00+00:00', 'wear': {'$numberInt': 'x'}}]
    """
    return [_with_plain(row) if isinstance(row, dict) else row for row in rows]


def with_plain_values_of_lines(lines: Sequence[bytes], rows: Sequence[Any]) -> Sequence[Any]:
    """Return rows of a file of JSON so, of which each stands in a line, as mongoexport and the tools of Avro write them."""
    return with_plain_values(rows) if sum(line.count(OPENS) for line in lines) > len(lines) else rows


def _with_plain(row: dict[str, Any]) -> dict[str, Any]:
    if dict not in {*map(type, row.values())}:
        return row
    return {name: _plain(value) for name, value in row.items()}


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
