"""Reading frames of a connection out of all that has arrived.

The client library waits three times for each frame, of which a message has three, and looks up the type of each field by
its name; for a small message that takes as long as checking it.
"""

from __future__ import annotations

import struct

import aiormq.connection
import pamqp.frame
from aiormq import AMQPConnectionError, spec
from aiormq.connection import FrameReceiver, ReceivedFrame
from aiormq.exceptions import InvalidFrameError
from pamqp import constants, decode
from pamqp.body import ContentBody
from pamqp.common import FieldValue
from pamqp.exceptions import PAMQPException
from pamqp.frame import FrameTypes
from pamqp.header import ContentHeader
from typing_extensions import override

from broker.transport.decoding import read_any_property, read_text

READ_BYTES = 64 * 1024
"""Bytes asked of the socket at once: about as many as it holds ready."""

_BEGIN = struct.Struct(">BHI")
_END = 1

_DELIVER = struct.pack(">HH", 60, 60)
_TAG_AND_BITS = struct.Struct(">QB")
_HEADER = struct.Struct(">HHQH")
_MORE_FLAGS = 1
_PROPERTIES = [
    (name, flag, spec.Basic.Properties.amqp_type(name)) for name, flag in spec.Basic.Properties.flags.items()
]


def prepare_client() -> None:
    """Replace parts of the client library, so that it reads any message, and quickly; called before a connection is opened."""
    read_any_property()
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
