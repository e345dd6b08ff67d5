"""Helpers of every reader of columns: where something is, and columns with that part left blank."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Mask = np.ndarray[Any, np.dtype[np.bool_]]


def true_where(mask: pa.Array) -> Mask:
    """Return a mask as NumPy has it; where it says nothing it is false."""
    result: Mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)  # noqa: FBT003  # pyarrow takes no keyword
    return result


def nowhere(column: pa.Array) -> Mask:
    """Return a mask that is false everywhere."""
    return np.zeros(len(column), dtype=np.bool_)


def blanked(column: pa.Array, where: Mask) -> pa.Array:
    """Return a column that is null where the mask is true, and elsewhere what it was."""
    return pc.if_else(pa.array(where), pa.scalar(None, column.type), column) if where.any() else column


def unreadable(column: pa.Array, wanted: pa.DataType) -> tuple[pa.Array, Mask]:
    """Call a column of the wrong kind unreadable, except where it is missing anyway."""
    present = pc.is_valid(column)
    if pa.types.is_floating(column.type):
        present = pc.and_(present, pc.invert(pc.is_nan(column)))
    return pa.nulls(len(column), wanted), true_where(present)
