"""Compression, and encodings of texts other than UTF-8, as clients declare them: in a header, a property or a charset."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from broker.dead_letters import HEADER_REPLAY
from broker.envelopes.envelope import Envelope
from broker.envelopes.foreign import HEADER_ENCODING, ForeignMessage, MessageRefusedError
from broker.messages import MAX_INBOX_BYTES
from usecases.contract.spec import UseCase

HEADER = "compression"
GZIP = frozenset({"application/x-gzip", "gzip", "x-gzip", "zlib", "deflate", "x-deflate"})
"""kombu writes zlib under the name of gzip."""

BY_ARROW = {
    "zstd": "zstd", "application/zstd": "zstd", "br": "brotli", "brotli": "brotli", "application/x-brotli": "brotli",
    "lz4": "lz4", "bz2": "bz2", "bzip2": "bz2", "application/x-bz2": "bz2",
}  # fmt: skip
"""What Arrow calls other kinds, by their names in HTTP and in kombu."""

_UNREAD = frozenset({"zip", "snappy", "xz", "lzma", "compress"})
_OF_TEXTS = re.compile(r"utf-?(16|32)([bl]e)?|iso-?8859-?\d+|latin-?1|(windows|cp)-?125\d|us-ascii|ascii")
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)

_ANY_HEADER = zlib.MAX_WBITS | 32
"""Has zlib read what it and what gzip writes."""

_NO_HEADER = -zlib.MAX_WBITS

_PADDING = b"\0\r\n\t "
"""What programs put behind the last of several packed pieces."""

MOST_MEMBERS = 1_000
"""Members of a packed body: for each of them the bytes of those behind it are copied."""


def with_encoding(headers: Mapping[str, Any], encoding: str) -> Mapping[str, Any]:
    """Return headers that also tell the content encoding, unless the body is simply UTF-8; Spring puts the charset behind.

    >>> with_encoding({"a": 1}, "gzip:UTF-8"), with_encoding({}, "UTF-8")
    ({'a': 1, 'content_encoding': 'gzip'}, {})
    """
    kind = re.split(r"[:,;]", encoding, maxsplit=1)[0].strip().lower()
    is_plain = kind not in GZIP | BY_ARROW.keys() | _UNREAD and _OF_TEXTS.fullmatch(kind) is None
    return headers if is_plain else {**headers, HEADER_ENCODING: kind}


def _open_encoded(_: UseCase, message: ForeignMessage) -> ForeignMessage:
    kind = message.headers[HEADER_ENCODING]
    return _as_utf8(message, kind) if _OF_TEXTS.fullmatch(kind) else _unpacked(message, kind, "the content encoding")


def _open_compressed(_: UseCase, message: ForeignMessage) -> ForeignMessage:
    return _unpacked(message, message.headers[HEADER], "the compression")


def _open_text(_: UseCase, message: ForeignMessage) -> ForeignMessage:
    return _as_utf8(message, _charset(message))


def _charset(message: ForeignMessage) -> str:
    found = _CHARSET.search(message.content_type or "")
    return found[1].lower() if found else ""


def _as_utf8(message: ForeignMessage, encoding: str) -> ForeignMessage:
    try:
        return replace(message, body=message.body.decode(encoding).encode())
    except (UnicodeError, LookupError) as error:
        if HEADER_REPLAY in message.headers:  # a person has repaired it
            return message
        raise MessageRefusedError(f"the body is not {encoding} as its sender says: {error}; send UTF-8") from error


def _unpacked(message: ForeignMessage, kind: str, what: str) -> ForeignMessage:
    if kind in BY_ARROW:
        return _unpacked_by_arrow(message, kind, what)
    if kind not in GZIP:
        raise MessageRefusedError(f"{what} {kind!r} is not read; send with compression='gzip', or without any")
    try:
        unpacking, body = _decompressed(message.body, _ANY_HEADER)
    except zlib.error as error:
        found = _bare(message.body) if kind.endswith("deflate") else None
        if found is None and HEADER_REPLAY in message.headers:  # a person has repaired it
            return message
        if found is None:
            raise MessageRefusedError(f"{what} is said to be {kind!r}, and the body is not: {error}") from error
        unpacking, body = found
    unpacking, body = _with_further_members(unpacking, body)
    _require_small(body)
    if not unpacking.eof:
        raise MessageRefusedError("the compressed body ends too early; it was cut off, send it again")
    return replace(message, body=body)


def _unpacked_by_arrow(message: ForeignMessage, kind: str, what: str) -> ForeignMessage:
    try:
        with pa.CompressedInputStream(pa.BufferReader(message.body), BY_ARROW[kind]) as unpacking:
            body = unpacking.read(MAX_INBOX_BYTES + 1)
    except OSError as error:
        if HEADER_REPLAY in message.headers:  # a person has repaired it
            return message
        raise MessageRefusedError(
            f"{what} is said to be {kind!r}, and the body is not, or is cut off: {error}"
        ) from error
    _require_small(body)
    return replace(message, body=body)


def _require_small(body: bytes) -> None:
    if len(body) > MAX_INBOX_BYTES:
        raise MessageRefusedError(f"the body unpacks to more than {MAX_INBOX_BYTES} bytes; drop a file")


def _decompressed(body: bytes, layout: int) -> tuple[Any, bytes]:
    unpacking = zlib.decompressobj(layout)
    return unpacking, unpacking.decompress(body, MAX_INBOX_BYTES + 1)


def _with_further_members(unpacking: Any, body: bytes) -> tuple[Any, bytes]:
    """Unpack the members of gzip behind the first one, as programs that pack piece by piece write them."""
    whole = bytearray(body)
    members = 1
    while len(whole) <= MAX_INBOX_BYTES and unpacking.eof and (rest := unpacking.unused_data.lstrip(_PADDING)):
        members += 1
        if members > MOST_MEMBERS:
            raise MessageRefusedError(f"the body is packed in more than {MOST_MEMBERS:,} pieces; pack it at once")
        try:
            unpacking, more = _decompressed(rest, _ANY_HEADER)
        except zlib.error as error:
            raise MessageRefusedError(
                f"behind the compressed body stands something that is not compressed: {error}"
            ) from error
        whole += more
    return unpacking, bytes(whole)


def _bare(body: bytes) -> tuple[Any, bytes] | None:
    """Unpack what .NET and others write under the name of deflate, if it is that to its end: any bytes may begin so."""
    try:
        unpacking, unpacked = _decompressed(body, _NO_HEADER)
    except zlib.error:
        return None
    is_whole = (unpacking.eof and not unpacking.unused_data) or len(unpacked) > MAX_INBOX_BYTES
    return (unpacking, unpacked) if is_whole else None


ENCODED = Envelope(
    is_declared=lambda message: isinstance(message.headers.get(HEADER_ENCODING), str), open=_open_encoded
)
COMPRESSED = Envelope(is_declared=lambda message: isinstance(message.headers.get(HEADER), str), open=_open_compressed)
TEXT = Envelope(is_declared=lambda message: _OF_TEXTS.fullmatch(_charset(message)) is not None, open=_open_text)
