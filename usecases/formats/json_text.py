"""JSON as every door reads it: by the parser of the row model, and with no name that stands twice in one object.

Not with orjson, which refuses the NaN that Python's own `json` writes and rounds whole numbers past 64 bits.
"""

from __future__ import annotations

import codecs
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json
from typing_extensions import override

from usecases.contract.row_layout import may_hold_doubled_names


class JsonError(ValueError):
    """A text is no JSON; says where."""


class DoubledNameError(JsonError):
    """A name stands twice in one object, so nobody knows which of the two values is meant."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The name {name[:60]!r} stands twice in one object; which of the two is meant?")


class NotJson:
    """Stands for a line that is no JSON at all."""


NOT_JSON = NotJson()


@dataclass(frozen=True, slots=True)
class DoubledName:
    """Stands for a row in which a name stands twice.

    Attributes
    ----------
    name
        The name.
    text
        The row, with all of its members.
    """

    name: str
    text: str

    @override
    def __str__(self) -> str:
        return self.text


def parse(text: bytes) -> Any:
    """Parse JSON.

    Raises
    ------
    JsonError
        If it is none.
    DoubledNameError
        If a name stands twice in one object.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except DoubledNameError:
        raise
    except (ValueError, RecursionError) as error:
        raise JsonError(str(error)) from None


def parse_rows(text: bytes) -> Any:
    """Parse a row, or a list of rows; one in which a name stands twice becomes a :class:`DoubledName`.

    Raises
    ------
    JsonError
        If the text is no JSON.
    """
    text = text.removeprefix(codecs.BOM_UTF8)  # which .NET and PowerShell put in front
    try:
        content = from_json(text, cache_strings="keys")
        rows = content if isinstance(content, list) else [content]
        if may_hold_doubled_names(text, sum(len(row) for row in rows if isinstance(row, dict))):
            content = json.loads(text, object_pairs_hook=_row)
    except (ValueError, RecursionError) as error:
        raise JsonError(str(error)) from None
    return content


def parse_lines(lines: Sequence[bytes]) -> list[Any]:
    """Parse lines of JSON, each by itself.

    Returns
    -------
    list
        What each line holds: :data:`NOT_JSON` where it is none, and a :class:`DoubledName` where a name stands twice.
    """
    rows = _parse_at_once(lines)
    if rows is not None and not may_hold_doubled_names(b",".join(lines), sum(map(len, rows))):
        return rows
    return [_parse_line(line) for line in lines]


def row_text(row: Any) -> str:
    """Write a row that was parsed here as JSON again, with all that came."""
    if isinstance(row, DoubledName):
        return row.text
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=str)


_OPENS, _CLOSES = b"{}"
_MARK = secrets.randbits(53)
"""Stands between lines that are parsed at once: none of them can know it, so what holds half an object, or two, shows."""


def _parse_at_once(lines: Sequence[bytes]) -> list[Any] | None:
    if not all(line[0] == _OPENS and line.rstrip()[-1] == _CLOSES for line in lines):
        return None
    try:
        found: list[Any] = from_json(b"[" + f",{_MARK},".encode().join(lines) + b"]", cache_strings="keys")
    except ValueError:
        return None
    rows = found[::2]
    is_each_alone = len(rows) == len(lines) and found[1::2].count(_MARK) == len(lines) - 1
    return rows if is_each_alone else None


def _parse_line(line: bytes) -> Any:
    try:
        return parse_rows(line)
    except JsonError:
        return NOT_JSON


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DoubledNameError(_doubled(pairs))
    return found


def _row(pairs: list[tuple[str, Any]]) -> dict[str, Any] | DoubledName:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    members = (f"{row_text(name)}:{row_text(value)}" for name, value in pairs)
    return DoubledName(_doubled(pairs), f"{{{','.join(members)}}}")


def _doubled(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    raise AssertionError("no name stands twice")  # pragma: no cover  # callers have counted
