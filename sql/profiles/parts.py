"""The profile of a part as it is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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
    )
