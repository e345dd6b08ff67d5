"""Tensors as bytes: little-endian numbers in a row, and texts with their lengths before them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["decode_binary", "encode_binary"]

_DTYPES = {
    "BOOL": "?",
    **{f"INT{bits}": f"<i{bits // 8}" for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": f"<u{bits // 8}" for bits in (8, 16, 32, 64)},
    "FP32": "<f4",
    "FP64": "<f8",
}
_LENGTH = struct.Struct("<I")


def encode_binary(datatype: str, values: Sequence[Any]) -> bytes:
    """Write the values of a tensor.

    >>> encode_binary("BYTES", ["low"])
    b'\\x03\\x00\\x00\\x00low'
    """
    if datatype == "BYTES":
        return b"".join(_LENGTH.pack(len(value.encode())) + value.encode() for value in values)
    return np.array(values, _DTYPES[datatype]).tobytes()


def decode_binary(datatype: str, content: memoryview | bytes) -> Any:
    """Read the values of a tensor, which have to fill the bytes.

    >>> decode_binary("BYTES", b"\\x03\\x00\\x00\\x00low").tolist()
    ['low']
    """
    if datatype != "BYTES":
        return np.frombuffer(content, _DTYPES[datatype])
    texts = []
    while content:
        (length,) = _LENGTH.unpack_from(content)
        texts.append(bytes(content[_LENGTH.size : _LENGTH.size + length]).decode())
        assert len(content) >= _LENGTH.size + length
        content = content[_LENGTH.size + length :]
    return np.array(texts, object)
