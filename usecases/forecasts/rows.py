"""Rows of a forecast: for a series, an origin and a horizon, what was known when the forecast was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from usecases.contract.forecast import FORECAST_KEY, HORIZON, LAGS, SEASONS, ForecastOptions, Missing
from usecases.contract.row_layout import row_schema, value_set
from usecases.contract.spec import UseCase
from usecases.forecasts.grid import Grid, Spans
from usecases.forecasts.observations import Integers, options_of
from usecases.forecasts.windows import fill, fill_reach, rolling
from usecases.metrics.inputs import Floats

_MOST_CELLS = 4_000_000
"""Readings of a block of series that features are computed of at once: 32 MB a column."""

_MOST_ROWS = 500_000
"""Rows that are built at once."""

_PARTS = {
    "hour": lambda times: times.hour, "weekday": lambda times: times.day_of_week, "day": lambda times: times.day,
    "day_of_year": lambda times: times.day_of_year, "month": lambda times: times.month,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pairs:
    """What is forecast from where, ascending by series and origin.

    Attributes
    ----------
    series, origins, horizons
        Code of the series, step of the origin, and steps ahead.
    """

    series: Integers
    origins: Integers
    horizons: Integers

    def slice(self, start: int, end: int) -> Pairs:
        """Return those from one place up to another."""
        return Pairs(self.series[start:end], self.origins[start:end], self.horizons[start:end])


@dataclass(frozen=True, slots=True)
class ForecastRows:
    """Rows, each made of what was known at its origin.

    Attributes
    ----------
    rows
        In the layout of :func:`usecases.contract.row_layout.row_schema`.
    targets
        What came true, NaN where it is not known.
    origins
        Times of the origins, in microseconds.
    settled
        When what came true was known as it is known now, likewise.
    """

    rows: pa.RecordBatch
    targets: Floats
    origins: Integers
    settled: Integers


def all_pairs(grid: Grid, horizon: int, first: int, end: int) -> Pairs:
    """Return every series with every origin from a step up to another, and every horizon."""
    return _pairs(range(grid.readings.shape[0]), horizon, first, end)


def _pairs(series: range, horizon: int, first: int, end: int) -> Pairs:
    numbers, origins, horizons = (axis.reshape(-1) for axis in np.indices((len(series), max(0, end - first), horizon)))
    return Pairs(numbers + series.start, origins + first, horizons + 1)


def build_rows(use_case: UseCase, grid: Grid, pairs: Pairs) -> Iterator[ForecastRows]:
    """Build the rows of pairs, in their order, a block at a time; those that lack what they need are left out.

    Parameters
    ----------
    use_case
        The forecast.
    grid
        All readings, also those that came later: only what was known at an origin is looked at, and what came true.
    pairs
        What is forecast.
    """
    series_a_block = max(1, _MOST_CELLS // grid.steps)
    for first in range(0, grid.readings.shape[0], series_a_block):
        start, end = np.searchsorted(pairs.series, [first, first + series_a_block])
        if start == end:
            continue
        block = _Block(use_case, grid, first, min(first + series_a_block, grid.readings.shape[0]))
        for place in range(int(start), int(end), _MOST_ROWS):
            yield block.rows(pairs.slice(place, min(place + _MOST_ROWS, int(end))))


def build_all_rows(use_case: UseCase, grid: Grid, first: int, end: int) -> Iterator[ForecastRows]:
    """Build the rows of every series, every origin from a step up to another, and every horizon, a block at a time.

    As :func:`build_rows` with :func:`all_pairs`, but the pairs are never all there at once.
    """
    horizon = options_of(use_case).horizon
    series_a_block = max(1, _MOST_CELLS // grid.steps)
    series_at_once = max(1, _MOST_ROWS // max(1, (end - first) * horizon))
    count = grid.readings.shape[0]
    for start in range(0, count, series_a_block):
        stop = min(start + series_a_block, count)
        block = _Block(use_case, grid, start, stop)
        for one in range(start, stop, series_at_once):
            pairs = _pairs(range(one, min(one + series_at_once, stop)), horizon, first, end)
            for place in range(0, len(pairs.series), _MOST_ROWS):
                yield block.rows(pairs.slice(place, min(place + _MOST_ROWS, len(pairs.series))))


def joined(found: list[ForecastRows], use_case: UseCase) -> ForecastRows:
    """Put blocks of rows together."""
    rows = pa.Table.from_batches([one.rows for one in found], row_schema(use_case)).combine_chunks()
    empty = pa.RecordBatch.from_pylist([], row_schema(use_case))
    return ForecastRows(
        rows.to_batches()[0] if rows.num_rows else empty,
        np.concatenate([one.targets for one in found]) if found else np.empty(0),
        np.concatenate([one.origins for one in found]) if found else np.empty(0, dtype=np.int64),
        np.concatenate([one.settled for one in found]) if found else np.empty(0, dtype=np.int64),
    )


class _Block:
    """Some series, with all that is computed of them once.

    Readings stand in a line, each series behind as many gaps as a row looks back, so that no look back leaves its series.
    """

    def __init__(self, use_case: UseCase, grid: Grid, first: int, end: int) -> None:
        self._use_case, self._grid, self._first = use_case, grid, first
        self._options = options_of(use_case)
        self._reach = self._options.lookback + fill_reach(self._options)
        raw = np.full((end - first, self._reach + grid.steps), np.nan)
        raw[:, self._reach :] = grid.readings[first:end]
        self._raw, self._width = raw, raw.shape[1]
        self._columns = _columns(self._options, raw)
        self._spans = _of_series(grid.spans, first, end)
        steps = grid.moments(np.arange(grid.steps + self._options.horizon))
        local = pd.DatetimeIndex(pd.to_datetime(steps, unit="us", utc=True)).tz_convert(self._options.time_zone)
        self._calendar = {part: np.asarray(_PARTS[part](local), dtype=np.int64) for part in self._options.calendar}
        self._texts = pa.array(np.char.add(np.datetime_as_string(steps.astype("datetime64[us]"), unit="s"), "Z"))

    def rows(self, pairs: Pairs) -> ForecastRows:
        """Build the rows of pairs of this block."""
        here = pairs.series - self._first
        ends = here * self._width + self._reach + pairs.origins
        late, late_ends, late_columns = self._as_known_then(here, pairs.origins)
        readings = {}
        for name, (source, back) in _sources(self._options, pairs.horizons).items():
            numbers = self._columns[source].take(ends - back)
            numbers[late] = late_columns[source].take(
                late_ends - (back[late] if isinstance(back, np.ndarray) else back)
            )
            readings[name] = numbers
        targets = pairs.origins + pairs.horizons
        is_past = targets < self._grid.steps
        cells = pairs.series * self._grid.steps + np.minimum(targets, self._grid.steps - 1)
        columns: dict[str, Any] = {name: pa.array(numbers, from_pandas=True) for name, numbers in readings.items()}
        columns |= self._others(pairs, targets, np.where(is_past, cells, -1))
        rows = pa.RecordBatch.from_arrays(
            [columns[name] for name in self._use_case.columns], schema=row_schema(self._use_case)
        )
        kept = np.flatnonzero(self._is_complete(readings, rows))
        return ForecastRows(
            rows if len(kept) == rows.num_rows else rows.take(pa.array(kept)),
            np.where(is_past, self._grid.readings.reshape(-1)[cells], np.nan)[kept],
            self._grid.moments(pairs.origins)[kept],
            self._grid.settled.reshape(-1)[cells][kept],
        )

    def _as_known_then(self, here: Integers, origins: Integers) -> tuple[Any, Integers, Mapping[str, Floats]]:
        """Find the rows whose origin knew readings otherwise than they are now, and compute their columns on what it knew.

        Returns the places of the rows, the place of each one's newest reading, and the columns these are places of.
        """
        asked = np.zeros((self._raw.shape[0], self._grid.steps), dtype=np.bool_)
        asked[here, origins] = True
        spans = self._spans
        last = np.minimum(np.minimum(spans.end, spans.steps + self._reach), self._grid.steps)
        counts = np.maximum(0, last - spans.first)
        which = np.repeat(np.arange(len(counts)), counts)
        moments = spans.first[which] + np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        which, moments = (found[asked[spans.series[which], moments]] for found in (which, moments))
        numbered = np.full(asked.shape, -1, dtype=np.int64)
        numbered[spans.series[which], moments] = 0
        late_series, late_origins = np.nonzero(numbered == 0)
        numbered[late_series, late_origins] = np.arange(len(late_series))
        windows = np.lib.stride_tricks.sliding_window_view(self._raw, self._reach, axis=1)
        known = windows[late_series, late_origins + 1].copy()
        back = moments - spans.steps[which]
        known[numbered[spans.series[which], moments], self._reach - 1 - back] = spans.readings[which]
        of_rows = numbered[here, origins]
        late = np.flatnonzero(of_rows >= 0)
        return late, of_rows[late] * self._reach + self._reach - 1, _columns(self._options, known)

    def _others(self, pairs: Pairs, targets: Integers, cells: Integers) -> dict[str, pa.Array]:
        columns = {HORIZON: pa.array(pairs.horizons)}
        columns |= {f"target_{part}": pa.array(numbers.take(targets)) for part, numbers in self._calendar.items()}
        key = self._texts.take(pa.array(targets))
        if self._options.series is not None:
            feature = self._use_case.features_by_name[self._options.series]
            names = value_set(feature)
            columns[self._options.series] = pa.DictionaryArray.from_arrays(pairs.series.astype(np.int16), names)
            key = pc.binary_join_element_wise(names.take(pa.array(pairs.series)), key, "@")
        columns[self._use_case.key or FORECAST_KEY] = key
        if self._options.known_ahead:
            places = self._grid.known_ahead.find(cells, pairs.origins)
            taken = self._grid.known_ahead.rows.take(pa.array(places, mask=places < 0))
            columns |= dict(zip(taken.schema.names, taken.columns, strict=True))
        return columns

    def _is_complete(self, readings: Mapping[str, Floats], rows: pa.RecordBatch) -> Any:
        """Return which rows have all they need: something to go by, and whatever must not be missing."""
        may_lack = self._options.missing is Missing.LEAVE
        found = np.full(rows.num_rows, not may_lack)
        for numbers in readings.values():
            if may_lack:
                if found.all():
                    break
                found |= ~np.isnan(numbers)
            else:
                found &= ~np.isnan(numbers)
        for name in self._options.known_ahead:
            if not self._use_case.features_by_name[name].nullable:
                found &= rows.column(name).is_valid().to_numpy(zero_copy_only=False)
        return found


def _columns(options: ForecastOptions, raw: Floats) -> dict[str, Floats]:
    """Return the readings, gaps filled, and what is computed over them, each in a line."""
    filled = fill(options, raw)
    return {LAGS: filled.reshape(-1)} | {name: found.reshape(-1) for name, found in rolling(options, filled)}


def _sources(options: ForecastOptions, horizons: Integers) -> dict[str, tuple[str, Any]]:
    """Return for each column what it is read from, and how many steps before the origin."""
    found: dict[str, tuple[str, Any]] = {f"{LAGS}_{lag}": (LAGS, lag - 1) for lag in options.lags}
    found |= {f"{SEASONS}_{season}": (LAGS, -horizons % season) for season in options.seasons}
    windows = {
        f"{name}_{size}": 0 for name in ("mean", "std", "min", "max") for size in getattr(options, f"rolling_{name}")
    }
    return found | {name: (name, 0) for name in windows}


def _of_series(spans: Spans, first: int, end: int) -> Spans:
    start, stop = np.searchsorted(spans.series, [first, end])
    return Spans(
        spans.series[start:stop] - first, spans.steps[start:stop], spans.first[start:stop], spans.end[start:stop],
        spans.readings[start:stop],
    )  # fmt: skip
