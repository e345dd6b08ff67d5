"""Message properties as any client may send them, written byte by byte: ours would refuse to."""

from __future__ import annotations

import struct

import pika
from typing_extensions import override

_FLAGS = {
    "content_type": 15, "headers": 13, "delivery_mode": 12, "correlation_id": 10, "reply_to": 9, "message_id": 7,
    "timestamp": 6, "type": 5, "app_id": 3,
}  # fmt: skip


class RawProperties(pika.BasicProperties):  # type: ignore[misc]  # pika has no types
    """Properties that are sent as they are given.

    Parameters
    ----------
    **values
        Bytes of each property: of a text or a table without its length, of a number with its width.
    """

    def __init__(self, **values: bytes) -> None:
        super().__init__()
        self._values = values

    @override
    def encode(self) -> list[bytes]:
        flags = sum(1 << _FLAGS[name] for name in self._values)
        values = [_encoded(name, self._values[name]) for name in _FLAGS if name in self._values]
        return [struct.pack(">H", flags), *values]


def entry(name: bytes, kind: bytes, value: bytes) -> bytes:
    """Write an entry of a table; kinds with a length get it."""
    return bytes([len(name)]) + name + field(kind, value)


def field(kind: bytes, value: bytes) -> bytes:
    """Write a value of a table or a list, with its type."""
    return kind + (struct.pack(">I", len(value)) if kind in {b"S", b"A", b"F", b"x"} else b"") + value


def nested(levels: int) -> bytes:
    """Write lists in lists."""
    value = b""
    for _ in range(levels):
        value = field(b"A", value)
    return value


def _encoded(name: str, value: bytes) -> bytes:
    match name:
        case "headers":
            return struct.pack(">I", len(value)) + value
        case "timestamp" | "delivery_mode":
            return value
        case _:
            return bytes([len(value)]) + value


MICROSECONDS = struct.pack(">Q", 1_778_000_000_000_000)
NANOSECONDS = struct.pack(">Q", 1_778_000_000_000_000_000)

UNDECODABLE: dict[str, dict[str, bytes]] = {
    "timestamp in microseconds": {"timestamp": MICROSECONDS},
    "timestamp in nanoseconds": {"timestamp": NANOSECONDS},
    "largest timestamp": {"timestamp": b"\xff" * 8},
    "Latin-1 message_id": {"message_id": b"M\xfcller"},
    "Latin-1 type": {"type": b"Ger\xe4t"},
    "Latin-1 app_id": {"app_id": b"Pr\xfcfstand"},
    "Latin-1 content_type": {"content_type": b"text/\xe4"},
    "Latin-1 correlation_id": {"correlation_id": b"\xe4\xf6\xfc"},
    "Latin-1 reply_to": {"reply_to": b"reply.upstream.\xe4"},
    "Latin-1 name of a header": {"headers": entry(b"gr\xf6\xdfe", b"S", b"x")},
    "Latin-1 text of a header": {"headers": entry(b"size", b"S", b"gro\xdf")},
    "time of a header in nanoseconds": {"headers": entry(b"at", b"T", NANOSECONDS)},
    "Latin-1 name in a table of a header": {"headers": entry(b"a", b"F", entry(b"\xe4", b"T", MICROSECONDS))},
    "header nested a thousand times": {"headers": entry(b"deep", b"", nested(1_000))},
    "number of a header that cannot be written": {"headers": entry(b"huge", b"d", struct.pack(">d", 1e300))},
    "headers as long as a frame": {"headers": entry(b"long", b"S", b"x" * 130_000)},
}
"""Properties that a message may have and that a client library may stumble over, by what is odd about them."""
