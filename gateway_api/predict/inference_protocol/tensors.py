"""Tensors of the protocol: a name, a type, a shape and values, read from and written as lists and raw bytes.

The values are one Arrow array, row by row, whatever the shape; no transport is known here.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import prod
from types import NoneType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gateway_api.door.problems import MalformedBody

BYTES = "BYTES"
BOOL = "BOOL"
FP64 = "FP64"
INT64 = "INT64"
CONTENT_TYPE, BASE64 = "content_type", "base64"
"""A parameter of an input, by which the codecs of MLServer tell how they wrote its values."""

NUMBERS: dict[str, pa.DataType] = {
    "INT8": pa.int8(),
    "INT16": pa.int16(),
    "INT32": pa.int32(),
    INT64: pa.int64(),
    "UINT8": pa.uint8(),
    "UINT16": pa.uint16(),
    "UINT32": pa.uint32(),
    "UINT64": pa.uint64(),
    "FP16": pa.float16(),
    "FP32": pa.float32(),
    FP64: pa.float64(),
}
"""Types of numbers by what the protocol calls them; raw values are little-endian."""

DATATYPES = (BOOL, *NUMBERS, BYTES)

MOST_DIMENSIONS = 2

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Tensor:
    """Values of one type.

    Attributes
    ----------
    name, datatype, shape
        As the protocol has them.
    values
        All values, the last dimension running fastest: texts and bytes for `BYTES`, null where one is missing.
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: pa.Array


def tensor_of_list(name: str, datatype: str, shape: Sequence[int], data: Sequence[Any]) -> Tensor:
    """Build a tensor from values as JSON and gRPC have them, flat or nested; null and NaN are missing values.

    Raises
    ------
    MalformedBody
        If values are not of the type, or their number is not that of the shape.

    Examples
    --------
    >>> tensor_of_list("torque_nm", "FP32", [2, 1], [[1.5], [None]]).values.to_pylist()
    [1.5, None]
    """
    sizes = _sizes(name, shape)
    for size in sizes[1:]:
        if set(map(type, data)) != {list}:  # flat, or not of this type, which is told below
            break
        if set(map(len, data)) != {size}:
            raise MalformedBody(f"The input {name!r} is nested otherwise than its shape {list(sizes)} tells.")
        data = list(chain.from_iterable(data))
    if len(data) != prod(sizes):
        raise MalformedBody(
            f"The input {name!r} has {len(data)} values, its shape {list(sizes)} means {prod(sizes)}. Send as many."
        )
    try:
        return Tensor(name, datatype, sizes, _array(name, datatype, data))
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        reason = " ".join(str(error).split())[:200]
        raise MalformedBody(f"The input {name!r} holds a value that is no {datatype}: {reason}.") from None


def tensor_of_raw(name: str, datatype: str, shape: Sequence[int], raw: bytes | memoryview) -> Tensor:
    r"""Build a tensor from raw bytes: little-endian numbers, a byte for a boolean, each text after its length in four bytes.

    Raises
    ------
    MalformedBody
        If the bytes are not those of so many values.

    Examples
    --------
    >>> tensor_of_raw("product_quality", "BYTES", [2], b"\1\0\0\0L\1\0\0\0M").values.to_pylist()
    [b'L', b'M']
    """
    sizes = _sizes(name, shape)
    count = prod(sizes)
    if datatype == BYTES:
        return Tensor(name, datatype, sizes, _texts_of_raw(name, count, raw))
    kind = _kind(name, datatype)
    width = 1 if datatype == BOOL else kind.bit_width // 8
    if len(raw) != count * width:
        raise MalformedBody(
            f"The input {name!r} has {len(raw)} bytes; {count} values of {datatype} take {count * width}. Send as many."
        )
    stored_as = np.uint8 if datatype == BOOL else kind.to_pandas_dtype()
    # A copy, for they may begin anywhere among the bytes, and Arrow wants each at a multiple of its width.
    stored = np.frombuffer(raw, np.dtype(stored_as).newbyteorder("<")).astype(stored_as)
    if datatype == BOOL:
        if stored.size and stored.max() > 1:
            raise MalformedBody(f"The input {name!r} holds a byte that is neither 0 nor 1, which a BOOL has.")
        stored = stored.astype(np.bool_)
    return Tensor(name, datatype, sizes, pa.array(stored))


def with_plain_texts(tensor: Tensor, content_type: object) -> Tensor:
    """Return a tensor whose texts are what their sender means: MLServer's codec for bytes writes them in base64, and says so.

    Raises
    ------
    MalformedBody
        If they are not.

    Examples
    --------
    >>> with_plain_texts(tensor_of_list("product_quality", "BYTES", [1], ["TA=="]), "base64").values.to_pylist()
    [b'L']
    """
    if content_type != BASE64 or tensor.datatype != BYTES:
        return tensor
    try:
        texts = [None if text is None else base64.b64decode(text, validate=True) for text in tensor.values.to_pylist()]
    except binascii.Error as error:
        raise MalformedBody(
            f"The input {tensor.name!r} is no base64 as its `content_type` says: {error}. Leave it out where texts are plain."
        ) from None
    return replace(tensor, values=pa.array(texts, pa.binary()))


def list_of(tensor: Tensor) -> list[Any]:
    """Return the values of a tensor, flat."""
    values: list[Any] = tensor.values.to_pylist()
    return values


def raw_of(tensor: Tensor) -> bytes:
    r"""Return the values of a tensor as raw bytes; a missing number is NaN, a missing text is empty.

    Examples
    --------
    >>> raw_of(tensor_of_list("prediction", "BYTES", [2], ["no", "yes"]))
    b'\x02\x00\x00\x00no\x03\x00\x00\x00yes'
    """
    if tensor.datatype == BYTES:
        return _raw_texts(tensor.values)
    stored: np.ndarray[Any, Any] = tensor.values.to_numpy(zero_copy_only=False)
    if tensor.datatype == BOOL:
        return stored.astype(np.uint8).tobytes()
    return stored.astype(np.dtype(NUMBERS[tensor.datatype].to_pandas_dtype()).newbyteorder("<")).tobytes()


def _sizes(name: str, shape: Sequence[int]) -> tuple[int, ...]:
    if not 1 <= len(shape) <= MOST_DIMENSIONS or any(type(size) is not int or size < 0 for size in shape):
        raise MalformedBody(f"The input {name!r} needs a shape such as [n] or [n, 1], where n counts its rows.")
    return tuple(shape)


def _kind(name: str, datatype: str) -> pa.DataType:
    kind = pa.bool_() if datatype == BOOL else NUMBERS.get(datatype)
    if kind is None:
        raise MalformedBody(f"The input {name!r} is {datatype[:20]!r}; datatypes are {', '.join(DATATYPES)}.")
    return kind


def _array(name: str, datatype: str, data: Sequence[Any]) -> pa.Array:
    """Build an array of values; Arrow would cut 1.5 to the whole number 1, and count true as 1, so types are looked at first."""
    kind = pa.binary() if datatype == BYTES else _kind(name, datatype)
    if datatype == "FP16":
        raise ValueError("send FP16 as raw bytes, or as FP32")
    kinds = set(map(type, data)) - {NoneType}
    wrong = kinds - {float} - _PYTHON_TYPES.get(datatype, {int})
    if wrong:
        raise ValueError(f"found {wrong.pop().__name__}")
    if pa.types.is_integer(kind) and float in kinds:
        return pa.array(data, pa.float64(), from_pandas=True).cast(kind)
    if pa.types.is_floating(kind) and int in kinds:
        data = [float(value) if type(value) is int else value for value in data]
    return pa.array(data, kind, from_pandas=True)  # which reads NaN as a missing value


_PYTHON_TYPES: dict[str, set[type]] = {BOOL: {bool}, BYTES: {str, bytes}}


def _texts_of_raw(name: str, count: int, raw: bytes | memoryview) -> pa.Array:
    """Read texts one after another: where one begins, the lengths of those before it tell."""
    if count > len(raw) // _LENGTH.size:
        raise MalformedBody(f"The input {name!r} has {len(raw)} bytes, too few for {count} values. Send as many.")
    texts = []
    at = 0
    for _ in range(count):
        start = at + _LENGTH.size
        if start > len(raw):
            break
        at = start + _LENGTH.unpack_from(raw, at)[0]
        texts.append(bytes(raw[start:at]))
    if len(texts) != count or at != len(raw):
        raise MalformedBody(
            f"The bytes of the input {name!r} are not {count} texts. Write the length of each in four bytes, the lowest "
            "first, before it."
        )
    return pa.array(texts, pa.binary())


def _raw_texts(values: pa.Array) -> bytes:
    texts = pc.fill_null(values.cast(pa.binary()), b"")
    lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False).astype("<u4")
    before = pa.FixedSizeBinaryArray.from_buffers(pa.binary(4), len(texts), [None, pa.py_buffer(lengths.tobytes())])
    joined = pc.binary_join_element_wise(before.cast(pa.binary()), texts, pa.scalar(b"", pa.binary()))
    return b"".join(joined.to_pylist())
