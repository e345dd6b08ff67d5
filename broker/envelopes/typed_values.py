"""Values that kombu writes with their types, where JSON has none: times, decimals, UUIDs and bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

TYPE, VALUE = "__type__", "__value__"

MARK = b'"__type__"'
"""Stands in every body that holds such a value."""


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


def with_plain_values(rows: Sequence[Any]) -> list[Any]:
    """Return rows whose typed values are as JSON has them; one that cannot be read stays, and its row is bad.

    >>> with_plain_values([{"at": {"__type__": "datetime", "__value__": "2026-03-01T12:00:00"}, "heat": 5}])
    [{'at': '2026-03-01T12:00:00', 'heat': 5}]
    >>> with_plain_values([{"heat": {"__type__": "decimal", "__value__": "1.50"}}, {"heat": {"__type__": "mystery"}}])
    [{'heat': 1.5}, {'heat': {'__type__': 'mystery'}}]
    """
    return [{name: _plain(value) for name, value in row.items()} if isinstance(row, dict) else row for row in rows]


def _plain(value: Any) -> Any:
    if not isinstance(value, dict) or value.keys() != {TYPE, VALUE}:
        return value
    try:
        return _READERS[value[TYPE]](value[VALUE])
    except (KeyError, TypeError, ValueError):
        return value
