"""Bodies that come packed: unpacked as far as is allowed, and never further."""

from __future__ import annotations

import zlib

from gateway_api.door.problems import MalformedBody, TooLarge, UnsupportedMediaType

_ZLIB_OR_GZIP = zlib.MAX_WBITS | 32


def inflated(body: bytes, encoding: str, limit: int) -> bytes:
    """Unpack a body.

    Parameters
    ----------
    body, encoding
        What came, and its Content-Encoding.
    limit
        Bytes it may have then.

    Raises
    ------
    UnsupportedMediaType
        If it is packed otherwise than by gzip or deflate.
    TooLarge
        If it has more bytes.
    MalformedBody
        If it is damaged.
    """
    if encoding.strip().lower() == "identity":
        return body
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        raise UnsupportedMediaType("Send the body as it is, or with the Content-Encoding gzip or deflate.")
    unpacking = zlib.decompressobj(_ZLIB_OR_GZIP)
    try:
        content = unpacking.decompress(body, limit + 1)
    except zlib.error as error:
        raise MalformedBody(f"The body is not packed as its Content-Encoding tells: {error}.") from None
    if len(content) > limit:
        raise TooLarge(f"The body has more than the {limit} bytes that are taken here.", limit=limit)
    if not unpacking.eof or unpacking.unused_data:
        raise MalformedBody("The packed body is cut off, or something stands behind it.")
    return content
