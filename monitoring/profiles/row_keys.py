"""The keys of rows: which machine or region each is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

BETWEEN_VALUES = " / "
"""Stands between the values of a key of several columns."""

NO_KEY = ""
"""Stands for rows without a key, and of keys that are not kept apart."""

MOST_CHARACTERS = 200
"""Characters of a key that are kept: it is shown in tables."""

Codes = np.ndarray[Any, np.dtype[np.intp]]


def row_keys(columns: Sequence[str], rows: pa.RecordBatch) -> tuple[Codes, list[str]]:
    """Return the key of each row as a place among the keys that are there, and those keys.

    A row that lacks one of the values has no key, which is the key :data:`NO_KEY`.

    >>> rows = pa.RecordBatch.from_pydict({"site": ["a", "a", None], "line": [1, 2, 1]})
    >>> codes, keys = row_keys(["site", "line"], rows)
    >>> [keys[code] for code in codes]
    ['a / 1', 'a / 2', '']
    """
    codes, texts = _encoded(rows.column(columns[0]))
    for name in columns[1:]:
        more, others = _encoded(rows.column(name))
        # Of all pairs of values only those that occur become keys.
        pairs, codes = np.unique(codes * len(others) + more, return_inverse=True)
        texts = [_joined(texts[pair // len(others)], others[pair % len(others)]) for pair in pairs.tolist()]
    return codes, [text[:MOST_CHARACTERS] for text in texts]


def _joined(one: str, other: str) -> str:
    return f"{one}{BETWEEN_VALUES}{other}" if one and other else NO_KEY


def _encoded(column: pa.Array) -> tuple[Codes, list[str]]:
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = [*encoded.dictionary.cast(pa.string()).to_pylist(), NO_KEY]
    codes: Codes = encoded.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False).astype(np.intp)
    return codes, texts
