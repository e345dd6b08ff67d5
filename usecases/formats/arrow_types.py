"""One layout for values that Arrow has several of: so that whoever checks rows meets none that Arrow cannot take from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.written import Written, marked
from usecases.formats.chunks import FileBrokenError
from usecases.formats.limits import STEP_BYTES

_UUID_LENGTH = 36
_UUID_GROUPS = (slice(0, 8), slice(8, 12), slice(12, 16), slice(16, 20), slice(20, 32))


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the type in which values of a type are handed on.

    >>> plain_type(pa.dictionary(pa.int8(), pa.large_string())), plain_type(pa.uuid()), plain_type(pa.float16())
    (DataType(string), DataType(string), DataType(float))
    """
    if isinstance(kind, pa.BaseExtensionType):
        named = {"arrow.uuid": pa.string(), "arrow.bool8": pa.bool_()}
        return named.get(kind.extension_name) or plain_type(kind.storage_type)
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return plain_type(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_decimal32(kind) or pa.types.is_decimal64(kind):
        return pa.decimal128(kind.precision, kind.scale)
    return pa.float32() if pa.types.is_float16(kind) else kind


def plain_field(field: pa.Field, name: str) -> pa.Field:
    """Return a column of a schema in its plain type, under another name, with a note of what its texts are in the file."""
    kind = field.type.storage_type if isinstance(field.type, pa.BaseExtensionType) else field.type
    plain = pa.field(name, plain_type(field.type))
    if not pa.types.is_string(plain.type):
        return plain
    return marked(plain, Written.NAMES if pa.types.is_dictionary(kind) else Written.TEXTS)


def plain_array(array: pa.Array) -> pa.Array:
    """Return values in their plain type.

    Raises
    ------
    FileBrokenError
        If they take too much memory then: a dictionary may hold one long text for many rows.
    """
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return _uuid_texts(array.storage) if kind.extension_name == "arrow.uuid" else _cast(array.storage, kind)
    if pa.types.is_run_end_encoded(kind):
        return plain_array(pc.run_end_decode(array))
    if pa.types.is_dictionary(kind):
        _require_room(array)
        return plain_array(array.dictionary_decode())
    return _cast(array, kind)


def _cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    wanted = plain_type(kind)
    return array if array.type == wanted else array.cast(wanted)


def _require_room(array: pa.DictionaryArray) -> None:
    values = array.dictionary
    if not len(values) or pa.types.is_primitive(values.type) or pa.types.is_nested(values.type):
        return
    lengths = pc.binary_length(values)
    if (pc.max(lengths).as_py() or 0) * len(array) <= STEP_BYTES:
        return
    size = pc.sum(lengths.cast(pa.int64()).take(array.indices)).as_py() or 0
    if size > STEP_BYTES:
        raise FileBrokenError(
            f"texts of {len(array):,} rows unfold to more than {STEP_BYTES // 1024**2} MB; leave long texts out of the file"
        )


def _uuid_texts(storage: pa.FixedSizeBinaryArray) -> pa.Array:
    """Write 16 bytes as 8-4-4-4-12 hexadecimal digits."""
    rows = len(storage)
    content = storage.buffers()[1].to_pybytes()[storage.offset * 16 :][: rows * 16] if rows else b""
    digits = np.frombuffer(content.hex().encode(), np.uint8).reshape(rows, 32)
    texts = np.full((rows, _UUID_LENGTH), ord("-"), np.uint8)
    for dashes, group in enumerate(_UUID_GROUPS):
        texts[:, group.start + dashes : group.stop + dashes] = digits[:, group]
    ends: np.ndarray[Any, Any] = np.arange(0, (rows + 1) * _UUID_LENGTH, _UUID_LENGTH, dtype=np.int32)
    whole = pa.StringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(texts.tobytes()))
    return pc.if_else(storage.is_valid(), whole, pa.scalar(None, pa.string()))
