"""The profile of a part as it is recorded."""

from __future__ import annotations

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
