"""How far windows of the training data, in the order of its rows, lie from the rest of it.

Rows that come in order differ more between windows than rows drawn at random: temperatures wander, tools wear, days have
nights. Served rows are drifted only if they lie further away than training's own windows do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitoring.drift.statistics import excess_psi_by_window
from monitoring.drift.window_limits import ENOUGH_WINDOWS
from monitoring.profiles.reference import ColumnWindows, WindowLimits
from monitoring.profiles.window_tails import beyond_widest, independent_windows, rare_limit, shared_alarms, tail_limit

Floats = np.ndarray[Any, np.dtype[np.float64]]
Places = np.ndarray[Any, np.dtype[np.intp]]

SHORT = (2, 5, 10)
"""Rows of still shorter windows, by which it is tested as well whether rows depend on those before them."""

SHORTEST = 20
"""Rows of the shortest windows; every second length is twice as long."""

FEWEST_WINDOWS = 4
"""Windows of the longest length."""

CALENDAR_SECONDS = (3_600, 86_400, 7 * 86_400, 30 * 86_400)
"""An hour, a day, a week, a month."""

FEW_ROWS = 50
"""Cells of fewer rows of the training data are one cell in that test."""

FEWEST_STEPS = 20
"""Fewer steps may lead the same way by accident."""

MOST_ROWS = 2_000_000
"""The last rows of the training data that are cut into windows: a bound on time and memory."""

MOST_CELLS = 2_000_000
"""Cells of the windows of one length: a bound for columns of many values."""

MOST_WINDOWS = 2_000
"""Windows of one length; more say nothing new."""

OVERLAPPING = 2
"""Windows begin so many times as often as they are long, where they are few: what lies between two of them counts too."""

OVERLAPPING_BELOW = 1_000
"""Windows side by side below which they overlap."""

ALARMS = 0.011
"""Share of the windows to come that lie beyond a limit."""

LEAST_OUTSIDE = (0.03, 0.1)
"""Share of rows on one side of all of training below which a window is not held to be unlike it: where windows are many, and few."""

SCARCE = 5.0
"""By the number of independent windows it is that share, between the two: the next of few windows often reaches past all."""

DEPENDENT_FROM = 6.0
"""Standard deviations by which windows differ more than those of independent rows, from which a column is dependent."""


@dataclass(frozen=True, slots=True)
class OrderedColumn:
    """A column of the training data in the order of its rows."""

    cells: Places
    """The cell of each row: its bin or value, then the missing ones."""
    numbers: Floats | None
    """Its numbers, NaN where one is missing; none of a category."""

    def last(self, rows: int) -> OrderedColumn:
        """Return its last rows."""
        return OrderedColumn(self.cells[-rows:], None if self.numbers is None else self.numbers[-rows:])


def column_windows(column: OrderedColumn, seconds: Floats | None = None) -> ColumnWindows | None:
    """Return the limits of a column; none where its rows are independent of those before them.

    Parameters
    ----------
    column
        The column, its rows in order.
    seconds
        Time of each row, ascending, where there is one.
    """
    column = column.last(MOST_ROWS)
    rows = len(column.cells)
    steps = (round(SHORTEST * 2 ** (step / 2)) for step in range(80))
    # The longest of which there are enough has limits of its own, so that none is drawn towards those of too few.
    lengths = sorted(
        {length for length in (*steps, rows // ENOUGH_WINDOWS) if SHORTEST <= length <= rows / FEWEST_WINDOWS}
    )
    if not lengths or not any(_differ(column, length) for length in (*SHORT, *lengths)):
        return None
    found = [_limits(column, *_between(length, rows), length, rows // length) for length in lengths]
    return ColumnWindows(
        is_clock=False,
        by_rows=tuple(found),
        by_seconds=() if seconds is None else tuple(_by_calendar(column, seconds[-MOST_ROWS:])),
    )


def is_running_number(numbers: Floats) -> bool:
    """Return whether numbers only rise or only fall from row to row, as a time or a counter does.

    >>> is_running_number(np.arange(100.0)), is_running_number(np.array([1.0, 2.0, 1.5, 3.0, 4.0, 5.0]))
    (True, False)
    """
    present = numbers[~np.isnan(numbers)]
    steps = np.diff(present)
    if np.count_nonzero(steps) < FEWEST_STEPS:
        return False
    return bool((steps >= 0).all() or (steps <= 0).all())


def _differ(column: OrderedColumn, length: int) -> bool:
    """Test windows side by side for the same shares (Pearson's test of homogeneity)."""
    rare = np.bincount(column.cells) < FEW_ROWS
    merged = np.where(rare, 0, np.cumsum(~rare))
    cells, width = merged[column.cells], int(merged.max()) + 1
    starts = _side_by_side(length, len(cells))
    starts = starts[:: max(1, len(starts) * width // MOST_CELLS)]
    counts = _counts(cells, starts, starts + length, width)
    shares = np.bincount(cells, minlength=counts.shape[1]) / len(cells)
    counts, shares = counts[:, shares > 0], shares[shares > 0]
    k = len(shares)
    if k == 1:
        return False
    statistic = np.sum((counts - length * shares) ** 2 / (length * shares))
    # Mean and variance of the statistic of each window (Haldane 1937), for cells of few rows too.
    mean, variance = k - 1, 2 * (k - 1) + (np.sum(1 / shares) - k**2 - 2 * k + 2) / length
    return bool(statistic > len(starts) * mean + DEPENDENT_FROM * np.sqrt(len(starts) * variance))


def _side_by_side(length: int, rows: int) -> Places:
    starts = np.arange(0, rows - length + 1, length)
    return starts[:: max(1, len(starts) // MOST_WINDOWS)]


def _between(length: int, rows: int) -> tuple[Places, Places]:
    """Return where windows begin and end: side by side, and where they are few, over each other as well."""
    starts = _side_by_side(length, rows)
    if len(starts) < OVERLAPPING_BELOW:
        starts = np.arange(0, rows - length + 1, max(1, length // OVERLAPPING))
    return starts, starts + length


def _by_calendar(column: OrderedColumn, seconds: Floats) -> Iterator[WindowLimits]:
    """Yield the limits by length in time; windows of fewer rows than the shortest are left out."""
    for length in CALENDAR_SECONDS:
        begins = np.arange(seconds[0], seconds[-1] - length, length)
        starts, ends = np.searchsorted(seconds, [begins, begins + length])
        side_by_side = int(np.count_nonzero(ends - starts >= SHORTEST))
        if side_by_side < FEWEST_WINDOWS:
            continue
        if side_by_side < OVERLAPPING_BELOW:
            begins = np.arange(seconds[0], seconds[-1] - length, length / OVERLAPPING)
            starts, ends = np.searchsorted(seconds, [begins, begins + length])
        kept = np.flatnonzero(ends - starts >= SHORTEST)
        kept = kept[:: max(1, len(kept) // MOST_WINDOWS)]
        yield _limits(column, starts[kept], ends[kept], length, side_by_side)


def _limits(column: OrderedColumn, starts: Places, ends: Places, length: int, side_by_side: int) -> WindowLimits:
    width = int(column.cells.max()) + 1
    step = max(1, len(starts) * width // MOST_CELLS)
    starts, ends = starts[::step], ends[::step]
    counts = _counts(column.cells, starts, ends, width)
    trained = np.bincount(column.cells, minlength=width)
    psi = excess_psi_by_window(trained - counts, counts)
    chance = (np.count_nonzero(trained) - 1) / float(np.median(ends - starts))
    alarms, shift, outside = ALARMS, None, None
    if column.numbers is not None and np.nanstd(column.numbers) > 0:
        shifts = _shifts(column.numbers, starts, ends)
        alarms = shared_alarms(ALARMS, psi, shifts)
        shift = tail_limit(shifts, side_by_side, alarms)
        shares = _outside(column.numbers, starts, ends)
        least = float(np.clip(SCARCE / independent_windows(shifts, side_by_side), *LEAST_OUTSIDE))
        outside = max(least, rare_limit(shares, side_by_side, alarms))
    return WindowLimits(
        length=length,
        windows=side_by_side,
        usual_psi=float(np.median(psi)),
        psi=_psi_limit(psi, chance, side_by_side, alarms),
        shift=shift,
        outside=outside,
    )


def _psi_limit(excess: Floats, chance: float, windows: int, alarms: float) -> float:
    """Return the limit of the index; its root, with what chance makes of it, has the shorter tail."""
    if windows < ENOUGH_WINDOWS:
        return beyond_widest(excess)
    return tail_limit(np.sqrt(np.maximum(excess + chance, 0.0)), windows, alarms) ** 2 - chance


def _counts(cells: Places, starts: Places, ends: Places, width: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Count the cells of windows, a row each; every row is read once, however many windows it lies in."""
    edges = np.unique(np.concatenate([starts, ends]))
    piece = np.repeat(np.arange(len(edges) - 1) * width, np.diff(edges))
    counted = np.bincount(piece + cells[edges[0] : edges[-1]], minlength=(len(edges) - 1) * width)
    up_to = np.zeros((len(edges), width), dtype=np.int64)
    np.cumsum(counted.reshape(-1, width), axis=0, out=up_to[1:])
    return up_to[np.searchsorted(edges, ends)] - up_to[np.searchsorted(edges, starts)]


def _shifts(numbers: Floats, starts: Places, ends: Places) -> Floats:
    """Return how far the mean of each window lies from that of all other rows, in standard deviations of all."""
    present = ~np.isnan(numbers)
    totals, counts = (np.concatenate([[0.0], np.cumsum(each)]) for each in (np.where(present, numbers, 0.0), present))
    inside, rows = totals[ends] - totals[starts], counts[ends] - counts[starts]
    others, other_rows = totals[-1] - inside, counts[-1] - rows
    means = inside / np.maximum(rows, 1) - others / np.maximum(other_rows, 1)
    distances: Floats = np.where((rows > 0) & (other_rows > 0), np.abs(means) / np.nanstd(numbers), 0.0)
    return distances


def _outside(numbers: Floats, starts: Places, ends: Places) -> Floats:
    """Return the share of each window above, or below, all other rows; only windows around the extremes have any."""
    shares = np.zeros(len(starts))
    for signed in (numbers, -numbers):
        largest = int(np.nanargmax(signed))
        for window in np.flatnonzero((starts <= largest) & (largest < ends)):
            inside = signed[starts[window] : ends[window]]
            others = (signed[: starts[window]], signed[ends[window] :])
            furthest = max(np.fmax.reduce(side, initial=-np.inf) for side in others)
            if furthest > -np.inf:
                share = np.count_nonzero(inside > furthest) / np.count_nonzero(~np.isnan(inside))
                shares[window] = max(shares[window], share)
    return shares
