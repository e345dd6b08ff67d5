"""Reading what a broker sends, for which a few parts of the client library are replaced.

Properties of messages are read whatever they hold. The library raises on a property that it cannot decode: bytes that are no UTF-8 in an id, a routing key or the name of a
header, and a time past the year 9999, which any time in microseconds is. Its reader then ends the connection. The broker
delivers the message again on the next one, so a single message keeps a service from every other message. Both are known
upstream and open: aiormq issue 186, pamqp issue 40. Texts are sent on as the bytes they came as.

Frames are read out of all that has arrived. The library waits three times for each, of which a message has three, and looks
the type of each field up by its name; for a small message that takes as long as checking it.
"""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Any, TypeVar

import aiormq.connection
import pamqp.frame
from aiormq import AMQPConnectionError, spec
from aiormq.connection import FrameReceiver, ReceivedFrame
from aiormq.exceptions import InvalidFrameError
from pamqp import constants, decode, encode
from pamqp.body import ContentBody
from pamqp.common import FieldValue
from pamqp.exceptions import PAMQPException
from pamqp.frame import FrameTypes
from pamqp.header import ContentHeader
from typing_extensions import override

LATIN_1 = "latin-1:"
"""Begins a text whose bytes are no UTF-8. A text that begins so itself is marked once more: the id of one message is
never read as the id of another."""

MAX_NESTING = 32
"""Levels of tables and lists in a header; what lies deeper is left out, before it is too deep for whoever reads it."""

READ_BYTES = 64 * 1024
"""Bytes asked of the socket at once: about as many as it holds ready."""

T = TypeVar("T")

_BEGIN = struct.Struct(">BHI")
_END = 1

_DELIVER = struct.pack(">HH", 60, 60)
_TAG_AND_BITS = struct.Struct(">QB")
_HEADER = struct.Struct(">HHQH")
_MORE_FLAGS = 1
_PROPERTIES = [
    (name, flag, spec.Basic.Properties.amqp_type(name)) for name, flag in spec.Basic.Properties.flags.items()
]

_LENGTH = struct.Struct(">I")
_STRING, _ARRAY, _TABLE, _BYTES = b"SAFx"


def prepare_client() -> None:
    """Replace parts of the client library, so that it reads any message, and quickly; called before a connection is opened."""
    decode.METHODS.update(shortstr=_short_string, timestamp=_timestamp, table=_headers)
    decode.TABLE_MAPPING[b"T"] = _timestamp
    encode._string = _encode_string  # noqa: SLF001  # encodes short and long strings
    aiormq.connection.FrameReceiver = ArrivedFrames  # type: ignore[misc]  # where the library takes it from


class ArrivedFrames(FrameReceiver):
    """Frames of a connection, taken out of what the socket has given."""

    _arrived = b""
    _at = 0

    @override
    async def get_frame(self) -> ReceivedFrame:
        if not self.started:  # instead of the first frame, a broker may say which protocol it speaks
            return await super().get_frame()
        while (found := self._next()) is None:
            await self._read_more()
        return found

    def _next(self) -> ReceivedFrame | None:
        arrived, at = self._arrived, self._at
        body = at + _BEGIN.size
        if len(arrived) < body:
            return None
        kind, channel, size = _BEGIN.unpack_from(arrived, at)
        end: int = body + size + _END
        if len(arrived) < end:
            return None
        self._at = end
        if arrived[end - _END] == constants.FRAME_END:
            frame = read_content_frame(kind, arrived[body : end - _END])
            if frame is not None:
                return end - at, channel, frame
        try:
            return pamqp.frame.unmarshal(arrived[at:end])
        except PAMQPException as error:
            raise InvalidFrameError(str(error)) from error

    async def _read_more(self) -> None:
        try:
            more = await self.reader.read(READ_BYTES)
        except OSError as error:
            raise AMQPConnectionError(f"the connection to the broker broke: {error!r}") from error
        if not more:
            raise AMQPConnectionError("the broker has closed the connection")
        self._arrived, self._at = self._arrived[self._at :] + more, 0


def read_content_frame(kind: int, content: bytes) -> FrameTypes | None:
    """Read a frame that a message is delivered in; none for any other, and for one that is not as it should be."""
    try:
        if kind == constants.FRAME_METHOD:
            return _delivery(content) if content.startswith(_DELIVER) else None
        if kind == constants.FRAME_HEADER:
            return _header(content)
    except (IndexError, ValueError, struct.error):
        return None
    return ContentBody(content) if kind == constants.FRAME_BODY and content else None


def _delivery(content: bytes) -> spec.Basic.Deliver:
    # Made without its initialiser, which would check what a broker says.
    frame = spec.Basic.Deliver.__new__(spec.Basic.Deliver)
    at = len(_DELIVER)
    frame.consumer_tag, at = _short_text(content, at)
    frame.delivery_tag, bits = _TAG_AND_BITS.unpack_from(content, at)
    frame.redelivered = bool(bits & 1)
    frame.exchange, at = _short_text(content, at + _TAG_AND_BITS.size)
    frame.routing_key, _ = _short_text(content, at)
    return frame


def _header(content: bytes) -> ContentHeader | None:
    class_id, weight, size, flags = _HEADER.unpack_from(content)
    if flags & _MORE_FLAGS:
        return None
    properties = spec.Basic.Properties()
    at = _HEADER.size
    for name, flag, kind in _PROPERTIES:
        if not flags & flag:
            continue
        value: FieldValue
        if kind == "shortstr":
            value, at = _short_text(content, at)
        elif kind == "octet":
            value, at = content[at], at + 1
        else:
            consumed, value = decode.METHODS[kind](content[at:])
            at += consumed
        setattr(properties, name, value)
    header = ContentHeader(weight, size, properties)
    header.class_id = class_id
    return header


def _short_text(content: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + content[at]
    return read_text(content[at + 1 : end]), end


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
