"""Counting the rows of a part by key: for each machine or region its rows, and of every number how many and their sum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.profiles.key_reference import KeyReference
from monitoring.profiles.row_keys import NO_KEY, Codes, row_keys
from sql.profiles.parts import Floats, key_sums

MOST_UNKNOWN = 100
"""Keys of a part that training did not have: those of the most rows are counted apart, the others together."""


class KeyCounter:
    """Counts parts by the keys of one version's reference profile.

    Parameters
    ----------
    reference
        Says which columns make up a key, and which keys training had.
    """

    def __init__(self, reference: KeyReference) -> None:
        self._columns = reference.columns
        self._known = pa.array(reference.keys, pa.string())

    def count(
        self, rows: pa.RecordBatch, numbers: Floats, is_missing: np.ndarray[Any, np.dtype[np.bool_]]
    ) -> pa.RecordBatch:
        """Count rows.

        Parameters
        ----------
        rows
            Checked rows.
        numbers
            Their numbers, a column in each line; missing ones are 0.
        is_missing
            Which of them are.
        """
        codes, keys = self._kept(*row_keys(self._columns, rows))
        many = len(keys)
        counted = np.bincount(codes, minlength=many)
        totals = np.empty((many, len(numbers)))
        for place, line in enumerate(numbers):
            totals[:, place] = np.bincount(codes, line, many)
        present = np.repeat(counted[:, None], len(numbers), axis=1)
        for place in np.flatnonzero(is_missing.any(axis=1)).tolist():
            present[:, place] -= np.bincount(codes[is_missing[place]], minlength=many)
        return key_sums(keys, counted, present, totals)

    def _kept(self, codes: Codes, keys: pa.Array) -> tuple[Codes, pa.Array]:
        """Return codes among the keys that are counted apart, and those; all others are the last, which has no name."""
        counted = np.bincount(codes, minlength=len(keys))
        is_known = pc.is_in(keys, value_set=self._known).to_numpy(zero_copy_only=False)
        is_named = pc.not_equal(keys, NO_KEY).to_numpy(zero_copy_only=False)
        is_there = counted > 0
        known, others = np.flatnonzero(is_there & is_known), np.flatnonzero(is_there & ~is_known & is_named)
        if len(others) > MOST_UNKNOWN:
            names = dict(zip(others.tolist(), keys.take(pa.array(others)).to_pylist(), strict=True))
            most = sorted(names, key=lambda code: (-counted[code], names[code]))[:MOST_UNKNOWN]
            others = np.array(most, dtype=np.intp)
        kept = np.concatenate([known, others])
        place = np.full(len(keys), len(kept), dtype=np.intp)
        place[kept] = np.arange(len(kept))
        names_kept = keys.take(pa.array(kept))
        if len(kept) < np.count_nonzero(is_there):
            names_kept = pa.concat_arrays([names_kept, pa.array([NO_KEY])])
        return place[codes], names_kept
