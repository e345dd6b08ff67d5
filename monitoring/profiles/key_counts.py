"""Counting the rows of a part by key: for each machine or region its rows, and of every number how many, their sum and squares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from monitoring.profiles.key_reference import KeyReference
from monitoring.profiles.row_keys import NO_KEY, Codes, row_keys
from sql.profiles.parts import key_sums

MOST_UNKNOWN = 100
"""Keys of a part that training did not have: those of the most rows are counted apart, the others together."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


class KeyCounter:
    """Counts parts by the keys of one version's reference profile.

    Parameters
    ----------
    reference
        Says which columns make up a key, and which keys training had.
    """

    def __init__(self, reference: KeyReference) -> None:
        self._columns = reference.columns
        self._known = frozenset(reference.keys)

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
        totals: Floats = np.stack([np.bincount(codes, line, many) for line in numbers], axis=1, dtype=np.float64)
        squares: Floats = np.stack(
            [np.bincount(codes, line * line, many) for line in numbers], axis=1, dtype=np.float64
        )
        present = np.repeat(counted[:, None], len(numbers), axis=1)
        for place in np.flatnonzero(is_missing.any(axis=1)):
            present[:, place] -= np.bincount(codes[is_missing[place]], minlength=many)
        return key_sums(keys, counted, present, totals, squares)

    def _kept(self, codes: Codes, keys: list[str]) -> tuple[Codes, list[str]]:
        """Return codes among the keys that are counted apart, and those; all others are the last, which has no name."""
        counted = np.bincount(codes, minlength=len(keys))
        there = np.flatnonzero(counted).tolist()
        known = [code for code in there if keys[code] in self._known]
        others = [code for code in there if keys[code] not in self._known and keys[code] != NO_KEY]
        if len(others) > MOST_UNKNOWN:
            others = sorted(others, key=lambda code: (-counted[code], keys[code]))[:MOST_UNKNOWN]
        kept = known + others
        place = np.full(len(keys), len(kept), dtype=np.intp)
        place[kept] = np.arange(len(kept))
        names = [keys[code] for code in kept]
        return place[codes], names if len(kept) == len(there) else [*names, NO_KEY]
