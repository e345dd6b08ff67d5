"""Reading properties of messages, whatever they hold, for which a few parts of the client library are replaced.

The library raises on a property that it cannot decode: bytes that are no UTF-8 in an id, a routing key or the name of a
header, and a time past the year 9999, which any time in microseconds is. Its reader then ends the connection. The broker
delivers the message again on the next one, so a single message keeps a service from every other message. Both are known
upstream and open: aiormq issue 186, pamqp issue 40. Texts are sent on as the bytes they came as.
"""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Any, TypeVar

from pamqp import decode, encode

LATIN_1 = "latin-1:"
"""Begins a text whose bytes are no UTF-8. A text that begins so itself is marked once more: the id of one message is
never read as the id of another."""

MAX_NESTING = 32
"""Levels of tables and lists in a header; what lies deeper is left out, before it is too deep for whoever reads it."""

T = TypeVar("T")

_LENGTH = struct.Struct(">I")
_STRING, _ARRAY, _TABLE, _BYTES = b"SAFx"


def read_any_property() -> None:
    """Replace what the client library reads properties with, so that it reads any."""
    decode.METHODS.update(shortstr=_short_string, timestamp=_timestamp, table=_headers)
    decode.TABLE_MAPPING[b"T"] = _timestamp
    encode._string = _encode_string  # noqa: SLF001  # encodes short and long strings


async def keep_body(message: T) -> T:
    """Leave the body of a message as it came; FastStream would try to read it as JSON."""
    return message


def read_text(raw: bytes) -> str:
    """Read a text as UTF-8, or else as marked Latin-1; different bytes are always different texts."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return LATIN_1 + raw.decode("latin-1")
    return LATIN_1 + raw.decode("latin-1") if text.startswith(LATIN_1) else text


def write_text(text: str) -> bytes:
    """Write a text as the bytes it was read from."""
    if text.startswith(LATIN_1):
        try:
            return text.removeprefix(LATIN_1).encode("latin-1")
        except UnicodeEncodeError:  # somebody wrote the mark by hand
            pass
    return text.encode()


def _short_string(value: bytes) -> tuple[int, str]:
    end = 1 + value[0]
    return end, read_text(value[1:end])


def _timestamp(value: bytes) -> tuple[int, datetime | None]:
    try:
        return decode.timestamp(value)
    except (ValueError, OverflowError, OSError):
        return 8, None


def _headers(value: bytes) -> tuple[int, dict[str, Any]]:
    try:
        return _table(value, 0, 0)
    except (KeyError, IndexError, ValueError, struct.error):  # a type that the library does not know has no length
        return 4 + _LENGTH.unpack_from(value)[0], {}


def _table(data: bytes, at: int, depth: int) -> tuple[int, dict[str, Any]]:
    at, end = _bounds(data, at)
    found: dict[str, Any] = {}
    while at < end:
        name_end = at + 1 + data[at]
        name = read_text(data[at + 1 : name_end])
        at, found[name] = _value(data, name_end, depth)
    return end, found


def _array(data: bytes, at: int, depth: int) -> tuple[int, list[Any]]:
    at, end = _bounds(data, at)
    found: list[Any] = []
    while at < end:
        at, item = _value(data, at, depth)
        found.append(item)
    return end, found


def _value(data: bytes, at: int, depth: int) -> tuple[int, Any]:
    kind, at = data[at], at + 1
    if kind in {_ARRAY, _TABLE}:
        if depth == MAX_NESTING:
            return _bounds(data, at)[1], None
        return (_array if kind == _ARRAY else _table)(data, at, depth + 1)
    if kind == _STRING:
        start, end = _bounds(data, at)
        return end, read_text(data[start:end])
    # All other types but this one are short: copying the rest for each value of a long table would be slow.
    rest = data[at:] if kind == _BYTES else data[at : at + 8]
    consumed, found = decode.TABLE_MAPPING[bytes([kind])](rest)
    return at + consumed, found


def _bounds(data: bytes, at: int) -> tuple[int, int]:
    """Return where the content begins and ends of what is preceded by its length."""
    return at + 4, at + 4 + _LENGTH.unpack_from(data, at)[0]


def _encode_string(encoder: struct.Struct, value: str) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"a text is required, not {type(value).__name__}")
    raw = write_text(value)
    if len(raw) >= 256**encoder.size:
        raise TypeError(f"a text of {len(raw)} bytes is too long for its field")
    return encoder.pack(len(raw)) + raw
