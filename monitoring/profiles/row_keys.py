"""The keys of rows: which machine or region each is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BETWEEN_VALUES = " / "
"""Stands between the values of a key of several columns."""

NO_KEY = ""
"""Stands for rows without a key, and of keys that are not kept apart."""

MOST_CHARACTERS = 200
"""Characters of a key that are kept: it is shown in tables."""

Codes = np.ndarray[Any, np.dtype[np.intp]]


def row_keys(columns: Sequence[str], rows: pa.RecordBatch) -> tuple[Codes, pa.Array]:
    """Return the key of each row as a place among the keys that are there, and those keys.

    A row that lacks one of the values has no key, which is the key :data:`NO_KEY`.

    >>> rows = pa.RecordBatch.from_pydict({"site": ["a", "a", None], "line": [1, 2, 1]})
    >>> codes, keys = row_keys(["site", "line"], rows)
    >>> [keys[code].as_py() for code in codes]
    ['a / 1', 'a / 2', '']
    """
    codes, texts = _encoded(rows.column(columns[0]))
    for name in columns[1:]:
        more, others = _encoded(rows.column(name))
        # Of all pairs of values only those that occur become keys.
        pairs, codes = np.unique(codes * len(others) + more, return_inverse=True)
        one, other = texts.take(pa.array(pairs // len(others))), others.take(pa.array(pairs % len(others)))
        is_whole = pc.and_(pc.not_equal(one, NO_KEY), pc.not_equal(other, NO_KEY))
        texts = pc.if_else(is_whole, pc.binary_join_element_wise(one, other, BETWEEN_VALUES), NO_KEY)
    return codes, pc.utf8_slice_codeunits(texts, 0, MOST_CHARACTERS)


def _encoded(column: pa.Array) -> tuple[Codes, pa.Array]:
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = pa.concat_arrays([encoded.dictionary.cast(pa.string()), pa.array([NO_KEY])])
    places = encoded.indices.fill_null(len(texts) - 1) if encoded.null_count else encoded.indices
    codes: Codes = places.to_numpy().astype(np.intp)
    return codes, texts
