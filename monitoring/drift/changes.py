"""How a drift came about: all at once, little by little, or with a season that training does not cover.

A column is followed by one number a span of time: how much its rows look like those that drifted rather than like training.
A step and a ramp are fitted to that series; which of them fits says how the drift came, and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np

from monitoring.drift.columns import CELLS, Column
from monitoring.drift.statistics import HALF_A_ROW

Floats = np.ndarray[Any, np.dtype[np.float64]]

LEAST_EXPLAINED = 0.5
"""Share of the drift, and of how the series varies, that a change within it has to make up."""

SHORT = 2
"""Spans within which a change is one at once: it seldom begins where a span does."""

FIT_BETTER = 0.75
"""A longer ramp is one only if it leaves at most so much of what a short one leaves."""

FEWEST_ROWS = 20
"""Spans of fewer rows are left out: what they look like is chance."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS_A_YEAR = 366


class ChangeKind(StrEnum):
    """How a drift came about."""

    SUDDEN = "sudden"
    GRADUAL = "gradual"
    SEASON = "season"
    """Its rows are of a month that training does not hold."""
    LASTING = "lasting"
    """Rows were like this in all of the time that was looked at."""
    UNKNOWN = "unknown"
    """Too little was served before to tell."""


@dataclass(frozen=True, slots=True)
class Change:
    """How the drift of a column came about."""

    kind: ChangeKind
    since: datetime | None
    """When it came, or began to; of a lasting one, how far back it was looked at. None where that is unknown."""
    detail: str
    """The same in words."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A column within one span of time, with its training."""

    start: datetime
    column: Column

    @property
    def rows(self) -> int:
        """Rows of the span."""
        return sum(self.column.cells(self.column.served, *CELLS))


@dataclass(frozen=True, slots=True)
class _Fit:
    """A change from one level to another, between two spans."""

    first: int
    """Last span of the level before."""
    last: int
    """First span of the level after."""
    left: float
    """Squares that it leaves."""
    rise: float


def change_of(column: Column, followed: Sequence[Followed]) -> Change | None:
    """Return the change by which a column drifted; none where the series holds none, or is too short.

    Parameters
    ----------
    column
        The column that drifted, over its whole window.
    followed
        The same column in spans of time that end with the window, ascending.
    """
    spans = [one for one in followed if one.rows >= FEWEST_ROWS]
    if len(spans) < 2:  # noqa: PLR2004  # with one there is nothing to compare
        return None
    weights, whole = _direction(column)
    levels = np.array([float(np.dot(_shares(one.column.served, one.column), weights)) for one in spans])
    rows = np.array([one.rows for one in spans], dtype=np.float64)
    short, long = _best(levels, rows, 1, SHORT), _best(levels, rows, SHORT + 1, len(spans) - 1)
    is_gradual = long is not None and short is not None and long.left < FIT_BETTER * short.left
    fit = long if is_gradual else short
    mean = np.average(levels, weights=rows)
    varies = float(np.sum(rows * (levels - mean) ** 2))
    if fit is None or fit.rise < LEAST_EXPLAINED * whole or fit.left > (1 - LEAST_EXPLAINED) * varies:
        return None
    if is_gradual:
        since = spans[fit.first].start
        return Change(ChangeKind.GRADUAL, since, f"a slow trend since about {_when(since)}")
    since = spans[fit.last if fit.last == fit.first + 1 else fit.last - 1].start
    return Change(ChangeKind.SUDDEN, since, f"sudden, at {_when(since)}")


def uncovered_month(day: float | None, trained: tuple[float, float] | None) -> str | None:
    """Return the month of a time of rows if training holds no such month; none where it does, or times are not known.

    Parameters
    ----------
    day
        Mean time of the rows, in days since 1970.
    trained
        First and last time of training, alike.

    Examples
    --------
    >>> uncovered_month(20_680.0, (20_454.0, 20_634.0)), uncovered_month(20_500.0, (20_454.0, 20_634.0))
    ('August', None)
    """
    if day is None or trained is None or trained[1] - trained[0] >= DAYS_A_YEAR:
        return None
    first, last, here = (date(1970, 1, 1) + timedelta(days=int(one)) for one in (*trained, day))
    held = {
        (first.month - 1 + step) % 12 + 1
        for step in range((last.year - first.year) * 12 + last.month - first.month + 1)
    }
    return None if here.month in held else MONTHS[here.month - 1]


def mean_day(columns: Sequence[Column]) -> float | None:
    """Return the mean time of rows, in days since 1970, where one of their columns gives it."""
    for column in columns:
        if column.gives_time and column.moments is not None and column.moments[1].rows:
            return column.moments[1].mean
    return None


def _direction(column: Column) -> tuple[Floats, float]:
    """Return the weight of each cell, and how far the drifted rows lie from training by them.

    The weights are those by which the index is a sum over cells; with them fixed, a level is linear in the shares.
    """
    p, q = _shares(column.trained, column), _shares(column.served, column)
    weights: Floats = np.log(q / p)
    return weights, float(np.dot(q - p, weights))


def _shares(counts: Sequence[int], column: Column) -> Floats:
    cells = np.array(column.cells(counts, *CELLS), dtype=np.float64) + HALF_A_ROW
    shares: Floats = cells / cells.sum()
    return shares


def _best(levels: Floats, rows: Floats, shortest: int, longest: int) -> _Fit | None:
    """Fit a rise between every two spans that lie so far apart by least squares, and return the one that fits best."""
    best: _Fit | None = None
    places = np.arange(len(levels))
    total = rows.sum()
    mean = float(np.dot(rows, levels) / total)
    varies = float(np.dot(rows, (levels - mean) ** 2))
    for length in range(shortest, min(longest, len(levels) - 1) + 1):
        firsts = np.arange(len(levels) - length)
        ramps = np.clip((places[None, :] - firsts[:, None]) / length, 0.0, 1.0)
        centred = ramps - (ramps @ rows / total)[:, None]
        spread = np.sum(rows * centred**2, axis=1)
        rises = centred @ (rows * (levels - mean)) / np.maximum(spread, 1e-12)
        left = np.where(rises > 0, varies - rises**2 * spread, np.inf)
        place = int(np.argmin(left))
        if best is None or left[place] < best.left:
            best = _Fit(place, place + length, max(0.0, float(left[place])), float(rises[place]))
    return best


def _when(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
