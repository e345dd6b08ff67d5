"""Compression of kombu and Celery: they say so in a header, and write zlib under the name of gzip."""

from __future__ import annotations

import zlib
from dataclasses import replace

from broker.messages import MAX_INBOX_BYTES
from ingestion.messages.envelopes.envelope import Envelope
from ingestion.messages.foreign import ForeignMessage, MessageRefusedError
from usecases.contract.spec import UseCase

HEADER = "compression"
GZIP = frozenset({"application/x-gzip", "gzip", "zlib"})

_ANY_HEADER = zlib.MAX_WBITS | 32
"""Has zlib read what it and what gzip writes."""


def _open(_: UseCase, message: ForeignMessage) -> ForeignMessage:
    kind = message.headers[HEADER]
    if kind not in GZIP:
        raise MessageRefusedError(f"the compression {kind!r} is not read; send with compression='gzip', or without any")
    unpacking = zlib.decompressobj(_ANY_HEADER)
    try:
        body = unpacking.decompress(message.body, MAX_INBOX_BYTES + 1)
    except zlib.error as error:
        raise MessageRefusedError(f"the header compression says {kind!r}, and the body is not: {error}") from error
    if len(body) > MAX_INBOX_BYTES:
        raise MessageRefusedError(f"the body unpacks to more than {MAX_INBOX_BYTES} bytes; drop a file")
    if not unpacking.eof:
        raise MessageRefusedError("the compressed body ends too early; it was cut off, send it again")
    return replace(message, body=body)


COMPRESSED = Envelope(is_declared=lambda message: isinstance(message.headers.get(HEADER), str), open=_open)
