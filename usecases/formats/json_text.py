"""JSON as every door reads it: by the parser of the row model, and with no name that stands twice in one object.

Not with orjson, which refuses the NaN that Python's own `json` writes and rounds whole numbers past 64 bits.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import re
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


def may_hold_rows_within(content: Any, names: frozenset[str]) -> bool:
    """Return whether JSON may hold rows in something else: a text that is JSON, or what has one of these names.

    >>> [may_hold_rows_within(content, frozenset({"payload"})) for content in ("{}", {"payload": {}}, {"a": 1})]
    [True, True, False]
    """
    return isinstance(content, str) or has_name_of(content, names)


def has_name_of(content: Any, names: frozenset[str]) -> bool:
    """Return whether an object, or the first of a list, has one of these names.

    >>> [has_name_of(content, frozenset({"payload"})) for content in ([{"payload": {}}, {}], {"a": 1}, [], None)]
    [True, False, False, False]
    """
    first = content[0] if isinstance(content, list) and content else content
    return isinstance(first, dict) and not names.isdisjoint(first)


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
        plain = _without_nul(text)
        if plain != text:
            return parse_rows(plain)
        raise JsonError(f"{error}{_what_it_is(text)}") from None
    return content


def _without_nul(text: bytes) -> bytes:
    """Return JSON in UTF-16 or UTF-32 as UTF-8, and without the NUL that programs in C send behind it; else itself."""
    encoding = json.detect_encoding(text) if b"\0" in text[:4] else "utf-8"
    with contextlib.suppress(UnicodeError):
        return text.decode(encoding).rstrip("\0").encode()
    return text


def _what_it_is(text: bytes) -> str:
    """Return what a text that is no JSON seems to be, and what to do, in words."""
    if _OBJECTS_BY_LINE.match(text):
        return "; rows one a line are application/x-ndjson"
    if _LINE_PROTOCOL.match(text):
        return '; it looks like the line protocol of InfluxDB: have Telegraf write JSON (data_format = "json")'
    return encoding_to_send(text)


def encoding_to_send(text: bytes) -> str:
    """Return what to do about JSON that is not in UTF-8, in words; nothing of what is, whatever else is wrong with it.

    >>> encoding_to_send('{"a": "ü"}'.encode("latin-1")), encoding_to_send(b'{"a": ')
    ('; it is not in UTF-8, which JSON has to be: send it so', '')
    """
    try:
        is_utf_8 = "\0" not in text.decode()
    except UnicodeError:
        is_utf_8 = False
    return "" if is_utf_8 else "; it is not in UTF-8, which JSON has to be: send it so"


_OBJECTS_BY_LINE = re.compile(rb"\s*\{[^\n]*\}[ \t\r]*\n[ \t\r]*\{")
_LINE_PROTOCOL = re.compile(
    rb"[^\s,={}\"]{1,200}(,[^\s,={}\"]{1,200}=[^\s,={}\"]{1,200}){0,100} [^\s,={}\"]{1,200}=[^\s,{}]"
)


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
