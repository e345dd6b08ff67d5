"""What came true, read from columns: the targets of training data and the labels that arrive later are read alike."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.casting import cast
from usecases.columns.features import FloatFeature
from usecases.metrics.inputs import Floats


def numbers(column: pa.Array, *, decimal_comma: bool) -> Floats:
    """Read a column of numbers; NaN where one is missing or none."""
    as_number = FloatFeature(name="target", type="float", decimal_comma=decimal_comma)
    found, _ = cast(as_number, column)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.float64)


def class_codes(classes: tuple[str, ...], column: pa.Array) -> Floats:
    """Read a column of classes as codes; NaN where one is missing or unknown.

    A class may be given by its name or by its code, counted from 0 in the order of the use case; true and false
    are 1 and 0.
    """
    known = {str(code): code for code in range(len(classes))}
    # A class that is called "1" is meant by its name.
    known |= {name: code for code, name in enumerate(classes)}
    places = pc.index_in(class_texts(column), value_set=pa.array(known, pa.string()))
    codes: Floats = np.array([*known.values(), np.nan], dtype=np.float64)
    return np.asarray(codes[pc.fill_null(places, len(known)).to_numpy()], dtype=np.float64)


def class_texts(column: pa.Array) -> pa.Array:
    """Write a column of classes as texts: names as they are, whole numbers as digits, true and false as 1 and 0.

    >>> class_texts(pa.array([1.0, 2.5, None])).to_pylist(), class_texts(pa.array([True])).to_pylist()
    (['1', None, None], ['1'])
    """
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    if pa.types.is_floating(column.type):
        whole = pc.equal(pc.floor(column), column)
        column = pc.if_else(whole, column, None).cast(pa.int64(), safe=False)
    return column.cast(pa.string())
