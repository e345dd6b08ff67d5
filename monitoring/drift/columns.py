"""Training and serving side by side, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from monitoring.drift.statistics import Moments
from sql.drift.windows import Layout, SpanSums
from sql.profiles.reference import Slot, SlotKind

CELLS = (SlotKind.BIN, SlotKind.MISSING, SlotKind.UNSEEN)
"""Slots that make up a distribution; those below and above are counted in the outer bins as well."""

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Served:
    """All rows of a version within a window, added up."""

    rows: int
    counts: Sequence[int]
    """Rows in every slot."""
    totals: Sequence[float]
    squares: Sequence[float]


@dataclass(frozen=True, slots=True)
class Column:
    """A feature, the score or the prediction: training and serving side by side."""

    feature: str
    first: int
    """Place of its first slot, from 0."""
    slots: Sequence[Slot]
    served: Sequence[int]
    moments: tuple[Moments, Moments] | None
    """Sums of training and serving; none of categories."""
    is_clock: bool = False
    gives_time: bool = False

    @property
    def is_number(self) -> bool:
        """Whether its bins have an order."""
        return self.slots[0].is_number

    def cells(self, counts: Sequence[int], *kinds: SlotKind) -> list[int]:
        """Pick the counts of slots of these kinds."""
        return [count for slot, count in zip(self.slots, counts, strict=True) if slot.kind in kinds]

    @property
    def trained(self) -> list[int]:
        """Rows of the training data in each slot."""
        return [slot.trained for slot in self.slots]


def added(spans: Iterable[SpanSums], layout: Layout) -> Served:
    """Add up spans that were counted in the same slots."""
    rows, counts = 0, np.zeros(len(layout.slots), dtype=np.int64)
    totals, squares = np.zeros(len(layout.numbers)), np.zeros(len(layout.numbers))
    for span in spans:
        rows += span.rows
        counts += dense(span.slots, span.counts, len(layout.slots))
        totals += span.totals
        squares += span.squares
    return Served(rows, counts.tolist(), totals.tolist(), squares.tolist())


def dense(slots: Sequence[int], counts: Sequence[int], length: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the count of every slot, the empty ones too.

    >>> dense([1, 3], [7, 9], 4).tolist()
    [7, 0, 9, 0]
    """
    every = np.zeros(length, dtype=np.int64)
    every[np.asarray(slots, dtype=np.int64) - 1] = counts
    return every


def columns(layout: Layout, served: Served) -> list[Column]:
    """Split slots and sums by column."""
    clocks = {number.feature for number in layout.numbers if number.is_clock}
    times = {number.feature for number in layout.numbers if number.gives_time}
    sums = {
        number.feature: (Moments(number.trained, number.total, number.squares), total, squares)
        for number, total, squares in zip(layout.numbers, served.totals, served.squares, strict=True)
    }
    found: list[Column] = []
    first = 0
    for feature, group in groupby(layout.slots, lambda slot: slot.feature):
        slots = list(group)
        counts = served.counts[first : first + len(slots)]
        moments = None
        if feature in sums:
            trained, total, squares = sums[feature]
            present = sum(count for slot, count in zip(slots, counts, strict=True) if slot.kind is SlotKind.BIN)
            moments = trained, Moments(present, total, squares)
        found.append(
            Column(feature, first, slots, counts, moments, is_clock=feature in clocks, gives_time=feature in times)
        )
        first += len(slots)
    return found


def seconds_within(columns: Iterable[Column]) -> float | None:
    """Return the time from the first to the last row of a window, from the spread of its times; none without times.

    Times that are spread evenly have a standard deviation of their length by the root of twelve. The time of their commit
    would be another: a file of a month is committed within a minute.
    """
    for column in columns:
        if column.gives_time and column.moments is not None and column.moments[1].rows:
            return float(column.moments[1].deviation * np.sqrt(12) * SECONDS_A_DAY)
    return None


def has_both(column: Column) -> bool:
    """Return whether there are rows on both sides."""
    return sum(column.cells(column.trained, *CELLS)) > 0 and sum(column.cells(column.served, *CELLS)) > 0
