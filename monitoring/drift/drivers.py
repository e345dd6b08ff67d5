"""Where a difference comes from: the batches, the doors and the spans of time that bring it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from monitoring.drift.columns import CELLS, Column, added, columns, dense, has_both, seconds_within
from monitoring.drift.statistics import chance_psi, contributions, psi
from monitoring.drift.window_limits import Limits, limits_at
from sql.drift.windows import Layout, SpanSums
from usecases.contract.drift_limits import DriftLimits

MOST_DRIVERS = 5
"""Batches and doors that are named; a person looks at the first one."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A batch or a door, and its part of a difference."""

    name: str
    rows: int
    part: float
    """Its part of the population stability index; 1 is all of it, less than 0 evens others out."""


@dataclass(frozen=True, slots=True)
class SpanIndex:
    """The index of a feature within a span of time."""

    start: datetime
    rows: int
    psi: float | None
    """None of too few rows."""
    limit: float | None
    """Index past which so many rows lie further from training than the use case allows and than its own windows."""
    usual: float | None
    """What the index of so many rows usually is, by training's own windows or by chance."""
    mean: float | None
    """Mean of a number; none of categories."""
    mean_low: float | None
    """Where means of windows of the training data lie at the lowest, or reach `max_psi`, whichever is further away."""
    mean_high: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the served rows: a batch or a door."""

    name: str
    rows: int
    slots: Sequence[int]
    counts: Sequence[int]


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
    if not has_both(column):
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


def psi_over_time(spans: Sequence[SpanSums], layout: Layout, drift: DriftLimits) -> Mapping[str, list[SpanIndex]]:
    """Return the index of each column in every span."""
    windows = {name: list(group) for name, group in groupby(layout.windows, lambda one: one.feature)}
    found: dict[str, list[SpanIndex]] = {}
    for start, group in groupby(spans, lambda span: span.start):
        served = added(group, layout)
        every = columns(layout, served)
        seconds = seconds_within(every)
        for column in every:
            index = limit = usual = limits = None
            if served.rows >= drift.minimum_rows and has_both(column):
                cells = column.cells(column.trained, *CELLS), column.cells(column.served, *CELLS)
                limits = limits_at(windows.get(column.feature, ()), served.rows, seconds)
                index = psi(*cells)
                limit = max(drift.max_psi, 0.0 if limits is None else limits.psi) + chance_psi(*cells)
                usual = max(0.0, 0.0 if limits is None else limits.usual_psi) + chance_psi(*cells)
            found.setdefault(column.feature, []).append(
                SpanIndex(start, served.rows, index, limit, usual, *_means(column, limits, drift.max_psi))
            )
    return found


def _means(column: Column, limits: Limits | None, max_psi: float) -> tuple[float | None, float | None, float | None]:
    """Return the mean of a span and the band in which it may lie."""
    if column.moments is None or column.is_clock or not all(side.rows for side in column.moments):
        return None, None, None
    trained, served = column.moments
    # A normal distribution that is shifted by so many of its standard deviations has an index of the square of them.
    widest = max(max_psi**0.5, 0.0 if limits is None or limits.shift is None else limits.shift)
    return served.mean, trained.mean - widest * trained.deviation, trained.mean + widest * trained.deviation
