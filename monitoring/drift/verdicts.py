"""Has the population moved? A verdict on every feature, the score and the prediction, with what drives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

import numpy as np

from monitoring.drift.statistics import (
    Moments,
    Tested,
    chance_psi,
    chi_square,
    contributions,
    holm,
    jensen_shannon,
    kolmogorov_smirnov,
    mean_shift,
    psi,
)
from sql.drift.windows import Layout, SpanSums
from sql.profiles.reference import Slot, SlotKind
from usecases.contract.spec import DriftLimits

LARGEST_P_VALUE = 0.01
"""A drift is called one only if chance makes such a difference in at most this share of verdicts, corrected for the
number of features. `docs/drift.md` shows how often it does."""

MOST_DRIVERS = 5
"""Batches and doors that are named; a person looks at the first one."""

CELLS = (SlotKind.BIN, SlotKind.MISSING, SlotKind.UNSEEN)
"""Slots that make up a distribution; those below and above are counted in the outer bins as well."""


class Verdict(StrEnum):
    """What is to be made of a difference."""

    DRIFTED = "drifted"
    STABLE = "stable"
    NOT_ENOUGH_ROWS = "not_enough_rows"


@dataclass(frozen=True, slots=True)
class Driver:
    """A batch or a door, and its part of a difference."""

    name: str
    rows: int
    part: float
    """Its part of the population stability index; 1 is all of it, less than 0 evens others out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDrift:
    """How far a feature lies from training; distances are none where there are not enough rows on a side."""

    feature: str
    verdict: Verdict
    is_number: bool
    slots: Sequence[Slot]
    served: Sequence[int]
    """Rows in each slot."""
    psi: float | None
    excess_psi: float | None
    """What is left of the index when what chance makes of so few rows is taken off."""
    jensen_shannon: float | None
    chi_square: Tested | None
    p_value: float | None
    """Of the chi-square test, corrected for the number of features."""
    ks: Tested | None
    mean_trained: float | None
    mean_served: float | None
    mean_shift: float | None
    missing_trained: float | None
    missing_served: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the served rows: a batch or a door."""

    name: str
    rows: int
    slots: Sequence[int]
    counts: Sequence[int]


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
        found.append(Column(feature, first, slots, counts, moments))
        first += len(slots)
    return found


def judge(layout: Layout, served: Served, limits: DriftLimits) -> list[FeatureDrift]:
    """Judge every column of a window, those that lie furthest from training first.

    Both must hold for a drift: the difference is large (the index without what chance makes exceeds the use case's
    `max_psi`) and no accident (the corrected p-value is small). Size alone alarms at few rows, where chance makes
    large differences; significance alone at many, where no difference is too small to be one.
    """
    judged = columns(layout, served)
    tests = [
        chi_square(column.cells(column.trained, *CELLS), column.cells(column.served, *CELLS))
        if _has_both(column)
        else Tested(0.0, 1.0)
        for column in judged
    ]
    corrected = holm([test.p_value for test in tests])
    enough = served.rows >= limits.minimum_rows
    found = [
        _judge(column, test, p_value, limits.max_psi, enough=enough)
        for column, test, p_value in zip(judged, tests, corrected, strict=True)
    ]
    return sorted(found, key=lambda one: (one.verdict is not Verdict.DRIFTED, -(one.excess_psi or 0.0), one.feature))


def drivers(column: Column, parts: Iterable[Part], slots: int) -> list[Driver]:
    """Return the batches or doors that a difference comes from, the largest part first.

    Parameters
    ----------
    column
        The feature, over all rows.
    parts
        Batches or doors of the same window.
    slots
        Slots there are.
    """
    if not _has_both(column):
        return []
    inside = slice(column.first, column.first + len(column.slots))
    named = list(parts)
    groups = [column.cells(dense(one.slots, one.counts, slots)[inside].tolist(), *CELLS) for one in named]
    trained, served = column.cells(column.trained, *CELLS), column.cells(column.served, *CELLS)
    whole = psi(trained, served)
    if whole <= 0:
        return []
    shares = [part / whole for part in contributions(trained, served, groups)]
    found = [Driver(one.name, one.rows, share) for one, share in zip(named, shares, strict=True)]
    return sorted(found, key=lambda one: -one.part)[:MOST_DRIVERS]


def psi_over_time(
    spans: Sequence[SpanSums], layout: Layout, minimum_rows: int
) -> Mapping[str, list[tuple[datetime, int, float | None]]]:
    """Return the index of each column in every span: where the span begins, its rows, the index; none of too few rows."""
    found: dict[str, list[tuple[datetime, int, float | None]]] = {}
    for start, group in groupby(spans, lambda span: span.start):
        served = added(group, layout)
        for column in columns(layout, served):
            value = None
            if served.rows >= minimum_rows and _has_both(column):
                value = psi(column.cells(column.trained, *CELLS), column.cells(column.served, *CELLS))
            found.setdefault(column.feature, []).append((start, served.rows, value))
    return found


def _has_both(column: Column) -> bool:
    return sum(column.cells(column.trained, *CELLS)) > 0 and sum(column.cells(column.served, *CELLS)) > 0


def _judge(column: Column, test: Tested, p_value: float, max_psi: float, *, enough: bool) -> FeatureDrift:
    trained, served = column.cells(column.trained, *CELLS), column.cells(column.served, *CELLS)
    both = _has_both(column)
    index = psi(trained, served) if both else None
    excess = None if index is None else index - chance_psi(trained, served)
    drifted = excess is not None and excess > max_psi and p_value <= LARGEST_P_VALUE
    before, after = column.moments or (None, None)
    return FeatureDrift(
        feature=column.feature,
        verdict=Verdict.NOT_ENOUGH_ROWS if not enough else Verdict.DRIFTED if drifted else Verdict.STABLE,
        is_number=column.is_number,
        slots=column.slots,
        served=column.served,
        psi=index,
        excess_psi=excess,
        jensen_shannon=jensen_shannon(trained, served) if both else None,
        chi_square=test if both else None,
        p_value=p_value if both else None,
        ks=kolmogorov_smirnov(column.cells(column.trained, SlotKind.BIN), column.cells(column.served, SlotKind.BIN))
        if both and column.is_number
        else None,
        mean_trained=before.mean if before is not None and before.rows else None,
        mean_served=after.mean if after is not None and after.rows else None,
        mean_shift=mean_shift(before, after) if before is not None and after is not None else None,
        missing_trained=_missing(column, column.trained),
        missing_served=_missing(column, column.served),
    )


def _missing(column: Column, counts: Sequence[int]) -> float | None:
    every = sum(column.cells(counts, *CELLS))
    return sum(column.cells(counts, SlotKind.MISSING)) / every if every else None
