"""Messages of AMQP 1.0 clients whose body is a value: RabbitMQ hands its bytes over undecoded, and says so in the type."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from broker.envelopes.envelope import Envelope
from broker.envelopes.foreign import ForeignMessage, MessageRefusedError
from broker.messages import JSON, MAX_INBOX_ROWS
from usecases.contract.spec import UseCase

MESSAGE_TYPE = "amqp-1.0"
HEADER_LONG_ID = "x-message-id"
"""Where RabbitMQ 4 puts an id that the property of AMQP 0-9-1 does not hold: bytes, or a long text."""

_SECTION = b"\x00\x53\x77"
"""Begins a section that is a value, by the code of its descriptor."""

MAX_NESTING = 16
"""Levels of lists and maps of a value; a row has one, in a list."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _moment(milliseconds: int) -> str:
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat()


_NOTHING: dict[int, Any] = {0x40: None, 0x41: True, 0x42: False, 0x43: 0, 0x44: 0, 0x45: []}
_FIXED: dict[int, tuple[struct.Struct, Callable[[Any], Any]]] = {
    0x50: (struct.Struct(">B"), int), 0x51: (struct.Struct(">b"), int), 0x52: (struct.Struct(">B"), int),
    0x53: (struct.Struct(">B"), int), 0x54: (struct.Struct(">b"), int), 0x55: (struct.Struct(">b"), int),
    0x56: (struct.Struct(">?"), bool), 0x60: (struct.Struct(">H"), int), 0x61: (struct.Struct(">h"), int),
    0x73: (struct.Struct(">4s"), lambda raw: raw.decode("utf-32-be")),
    0x70: (struct.Struct(">I"), int), 0x71: (struct.Struct(">i"), int), 0x72: (struct.Struct(">f"), float),
    0x80: (struct.Struct(">Q"), int), 0x81: (struct.Struct(">q"), int), 0x82: (struct.Struct(">d"), float),
    0x83: (struct.Struct(">q"), _moment), 0x98: (struct.Struct(">16s"), lambda raw: str(UUID(bytes=raw))),
}  # fmt: skip
_TEXTS = {0xA0: 1, 0xB0: 4, 0xA1: 1, 0xB1: 4, 0xA3: 1, 0xB3: 4}
"""Bytes, texts and symbols, by how many bytes their length takes."""
_LISTS, _MAPS = {0xC0: 1, 0xD0: 4}, {0xC1: 1, 0xD1: 4}


def _open(_: UseCase, message: ForeignMessage) -> ForeignMessage:
    if not message.body.startswith(_SECTION):
        raise MessageRefusedError("the body is no value of AMQP 1.0; send JSON as a text, as bytes, or as a map")
    try:
        value, _end = _value(message.body, len(_SECTION), 0)
        body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
    except (struct.error, IndexError, KeyError, ValueError, OverflowError, TypeError) as error:
        raise MessageRefusedError(
            f"the value of AMQP 1.0 cannot be read ({error!r}); send JSON as a text, as bytes, or as a map of plain values"
        ) from error
    return replace(message, body=body, content_type=message.content_type or JSON)


def _value(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """Read one value, and where the next one begins."""
    code, at = data[at], at + 1
    if code in _NOTHING:
        return _NOTHING[code], at
    if code in _FIXED:
        layout, convert = _FIXED[code]
        return convert(layout.unpack_from(data, at)[0]), at + layout.size
    if code in _TEXTS:
        start, end = _bounds(data, at, _TEXTS[code])
        return data[start:end].decode(), end
    if depth == MAX_NESTING:
        raise TypeError("it is nested too deep")
    width = _LISTS[code] if code in _LISTS else _MAPS[code]
    start, end = _bounds(data, at, width)
    place, found = start + width, []
    count = int.from_bytes(data[start:place])
    if count > MAX_INBOX_ROWS:
        raise ValueError(f"it has {count:,} items")
    for _ in range(count):
        item, place = _value(data, place, depth + 1)
        found.append(item)
    return (found if code in _LISTS else dict(zip(found[::2], found[1::2], strict=True))), end


def _bounds(data: bytes, at: int, width: int) -> tuple[int, int]:
    start = at + width
    end = start + int.from_bytes(data[at:start])
    if end > len(data):
        raise IndexError("it ends too early")
    return start, end


def _with_long_id(_: UseCase, message: ForeignMessage) -> ForeignMessage:
    own_id = message.headers[HEADER_LONG_ID]
    return replace(message, message_id=own_id.hex() if isinstance(own_id, bytes | bytearray) else str(own_id))


AMQP_VALUE = Envelope(is_declared=lambda message: message.message_type == MESSAGE_TYPE, open=_open)
LONG_ID = Envelope(
    is_declared=lambda message: not message.message_id and bool(message.headers.get(HEADER_LONG_ID)), open=_with_long_id
)
