"""The profile of a part as it is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

NO_REFERENCE = ""
"""Stands for the reference of a version that came without a profile: its rows are counted, in no bins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartProfile:
    """Rows of one door within a part, counted in the slots of a reference profile; empty slots are left out."""

    rows: int
    reference: str = NO_REFERENCE
    """Digest of the reference profile."""
    slots: Sequence[int] = ()
    """Slots that are not empty, counted from 1."""
    counts: Sequence[int] = ()
    """Rows in each of them."""
    totals: Sequence[float] = ()
    """Sum of each number column, in the order of the reference."""
    squares: Sequence[float] = ()
    """Sum of their squares."""
    keys: pa.RecordBatch | None = None
    """The same by machine or region, as :func:`key_sums` lays it out; none where the use case names no keys."""


def add_profiles(profiles: Sequence[PartProfile]) -> PartProfile:
    """Add up profiles of one reference, of which there is at least one.

    >>> one = PartProfile(rows=2, slots=(1, 3), counts=(2, 2), totals=(4.0,), squares=(8.0,))
    >>> both = add_profiles([one, PartProfile(rows=1, slots=(3,), counts=(1,), totals=(1.0,), squares=(1.0,))])
    >>> both.rows, both.slots, both.counts, both.totals
    (3, [1, 3], [2, 3], [5.0])
    """
    counts: Counter[int] = Counter()
    for profile in profiles:
        counts.update(dict(zip(profile.slots, profile.counts, strict=True)))
    slots = sorted(counts)
    return PartProfile(
        reference=profiles[0].reference,
        rows=sum(profile.rows for profile in profiles),
        slots=slots,
        counts=[counts[slot] for slot in slots],
        totals=[sum(column) for column in zip(*(profile.totals for profile in profiles), strict=True)],
        squares=[sum(column) for column in zip(*(profile.squares for profile in profiles), strict=True)],
        keys=_add_keys([profile.keys for profile in profiles if profile.keys is not None]),
    )


Counts = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


def key_sums(keys: pa.Array, rows: Counts, present: Counts, totals: Floats) -> pa.RecordBatch:
    """Build the sums of keys, a row each: ``key``, ``rows``, and of every number column ``present`` and ``totals``.

    >>> sums = key_sums(pa.array(["a"]), np.array([3]), np.array([[2]]), np.array([[4.0]]))
    >>> sums.to_pylist()
    [{'key': 'a', 'rows': 3, 'present': [2], 'totals': [4.0]}]
    """
    columns = {"key": keys, "rows": pa.array(rows, pa.int64())}
    ends = pa.array(np.arange(len(keys) + 1) * present.shape[1], pa.int32())
    for name, sums, kind in (("present", present, pa.int64()), ("totals", totals, pa.float64())):
        columns[name] = pa.ListArray.from_arrays(ends, pa.array(sums.ravel(), kind))
    return pa.RecordBatch.from_pydict(columns)


def _add_keys(sums: Sequence[pa.RecordBatch]) -> pa.RecordBatch | None:
    """Add up the sums of keys, each of which stands once in what comes out."""
    if len(sums) <= 1:
        return sums[0] if sums else None
    encoded = pa.chunked_array([each.column("key") for each in sums]).combine_chunks().dictionary_encode()
    codes, many = encoded.indices.to_numpy(), len(encoded.dictionary)

    def added(name: str) -> Any:
        lists = np.concatenate([each.column(name).flatten().to_numpy().reshape(each.num_rows, -1) for each in sums])
        total = np.zeros((many, lists.shape[1]), dtype=lists.dtype)
        np.add.at(total, codes, lists)
        return total

    rows = np.zeros(many, dtype=np.int64)
    np.add.at(rows, codes, np.concatenate([each.column("rows").to_numpy() for each in sums]))
    return key_sums(encoded.dictionary, rows, added("present"), added("totals"))
