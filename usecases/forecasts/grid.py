"""Readings on a grid of series and steps, and what of it was known when: the ground on which rows are built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from usecases.contract.forecast import ForecastOptions
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import Integers, Observations, options_of, series_names
from usecases.metrics.inputs import Floats


@dataclass(frozen=True, slots=True)
class Spans:
    """Readings that were another one, or none, when forecasts were made from the steps after them.

    Attributes
    ----------
    series, steps
        The reading.
    first, end
        Origins at which it was not yet what it is now, in steps; the end does not belong to them.
    readings
        What it was at those, NaN for none.
    """

    series: Integers
    steps: Integers
    first: Integers
    end: Integers
    readings: Floats


@dataclass(frozen=True, slots=True)
class KnownAhead:
    """Values that are known before their time, and from which origin on.

    Attributes
    ----------
    keys
        Cell of the grid and first origin in one number, ascending; see :meth:`find`.
    factor
        Number of origins told apart.
    rows
        The features, a row for each key.
    """

    keys: Integers
    factor: int
    rows: pa.RecordBatch

    def find(self, cells: Integers, origins: Integers) -> Integers:
        """Return the rows with what was known of cells at origins, -1 where nothing was."""
        found: Integers = np.searchsorted(self.keys, cells * self.factor + origins, side="right") - 1
        return np.where((found >= 0) & (self.keys[found] // self.factor == cells), found, -1)


@dataclass(frozen=True, slots=True)
class Grid:
    """All readings of all series, one step a column.

    Attributes
    ----------
    start, step
        Time of the first column, and from column to column, in microseconds.
    readings
        Newest version of each reading, NaN where there is none; shape (series, steps).
    settled
        When the newest version was known, in microseconds; shape (series, steps).
    spans
        What was otherwise when forecasts were made.
    known_ahead
        The features that are known ahead.
    """

    start: int
    step: int
    readings: Floats
    settled: Integers
    spans: Spans
    known_ahead: KnownAhead

    @property
    def steps(self) -> int:
        """Number of steps."""
        return int(self.readings.shape[1])

    def moments(self, steps: Any) -> Integers:
        """Return the times of steps, which may lie behind the last one, in microseconds."""
        return np.asarray(self.start + np.asarray(steps, dtype=np.int64) * self.step, dtype=np.int64)

    def step_of(self, moment: int) -> int:
        """Return the first step at a moment or after it; it may lie outside of the grid."""
        return -((self.start - moment) // self.step)


def build_grid(use_case: UseCase, found: Observations) -> Grid:
    """Lay observations out on a grid.

    Parameters
    ----------
    use_case
        The forecast.
    found
        In the order of :func:`usecases.forecasts.observation_check.read_observations`. What has no reading tells what is known
        ahead, and withdraws no reading.
    """
    options = options_of(use_case)
    start = int(found.moments.min())
    steps = (found.moments - start) // options.step
    shape = (len(series_names(use_case)), int(steps.max()) + 1)
    cells = found.series * shape[1] + steps
    known_from = _first_origins(options, found, steps)
    is_reading = ~np.isnan(found.readings)
    given = found.take(is_reading)
    values = np.full(shape, np.nan)
    values.reshape(-1)[cells[is_reading]] = given.readings  # the last version of a reading wins
    settled = np.broadcast_to(start + np.arange(shape[1], dtype=np.int64) * options.step, shape).copy()
    settled.reshape(-1)[cells[is_reading]] = np.maximum(given.known_at, given.moments)
    spans = _spans(given, steps[is_reading], cells[is_reading], known_from[is_reading])
    factor = shape[1] + 2
    # Without a column that says when they were known, they were known always.
    origins = np.clip(known_from, 0, factor - 1) if options.known_at else np.zeros_like(steps)
    return Grid(
        start, options.step, values, settled, spans, KnownAhead(cells * factor + origins, factor, found.known_ahead)
    )


def _first_origins(options: ForecastOptions, found: Observations, steps: Integers) -> Integers:
    """Return the first origin to which each row was known: a forecast is made when the delay after it has gone by."""
    late = found.known_at - found.moments - options.delay_microseconds
    return steps - (-late // options.step)  # rounded up


def _spans(given: Observations, steps: Integers, cells: Integers, known_from: Integers) -> Spans:
    """Find for each version the origins at which the one before it, or none, was known."""
    known_from = np.maximum(steps, known_from)
    has_before = np.zeros(len(cells), dtype=np.bool_)
    has_before[1:] = cells[1:] == cells[:-1]
    before = np.where(has_before, np.roll(known_from, 1), steps)
    before_values = np.where(has_before, np.roll(given.readings, 1), np.nan)
    changed = np.flatnonzero(known_from > before)
    return Spans(given.series[changed], steps[changed], before[changed], known_from[changed], before_values[changed])
