"""Intervals that hold what they say: what is added to the quantiles of a model, horizon by horizon."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from usecases.contract.forecast import HORIZON, ForecastOptions
from usecases.metrics.inputs import Floats

OFFSETS = "quantile_offsets"
"""Attribute of a model file; being in the file, it is under its digest."""

FEWEST_ROWS = 50
"""Rows of a horizon from which on it has offsets of its own; with fewer, those of all horizons are taken."""


@dataclass(frozen=True, slots=True)
class Offsets:
    """How far the ends of each interval are moved outwards.

    Attributes
    ----------
    widths
        Shape (horizons, intervals), the widest interval first, as the quantiles are from the outside in.
    """

    widths: Floats

    def add(self, quantiles: Floats, rows: pa.RecordBatch) -> Floats:
        """Move the ends of the intervals, and keep the quantiles in their order around the median."""
        count = self.widths.shape[1]
        widths = self.widths[_horizons(rows) - 1]
        found = quantiles.copy()
        found[:, :count] -= widths
        found[:, count + 1 :] += widths[:, ::-1]
        found[:, : count + 1] = np.minimum.accumulate(found[:, count::-1], axis=1)[:, ::-1]
        found[:, count:] = np.maximum.accumulate(found[:, count:], axis=1)
        return found

    def write(self) -> str:
        """Write them so that they read back the same."""
        return json.dumps(self.widths.tolist())

    @classmethod
    def read(cls, text: str) -> Offsets:
        """Read what :meth:`write` wrote."""
        return cls(np.asarray(json.loads(text), dtype=np.float64))


def conformal_offsets(options: ForecastOptions, quantiles: Floats, rows: pa.RecordBatch, targets: Floats) -> Offsets:
    """Choose offsets by rows that the model has not learned from (Romano, Patterson and Candes, NeurIPS 2019).

    An interval is moved so far that it holds its share of what came true in these rows, counted at each horizon alone:
    errors grow with the horizon. The origins of the rows have the cadence of those that are served, so that errors are
    correlated as they will be.

    Parameters
    ----------
    options
        Gives the intervals and the horizon.
    quantiles
        What the model answers, ascending.
    rows, targets
        The rows, and what came true.
    """
    horizons = _horizons(rows)
    count = len(options.intervals)
    shares = np.array(sorted(options.intervals, reverse=True)) / 100
    # How far outside of each interval a target lies; negative inside.
    outside = np.maximum(quantiles[:, :count] - targets[:, None], targets[:, None] - quantiles[:, : -count - 1 : -1])
    widths = np.empty((options.horizon, count))
    pooled = _widths(outside, shares)
    for horizon in range(1, options.horizon + 1):
        here = outside[horizons == horizon]
        widths[horizon - 1] = _widths(here, shares) if len(here) >= FEWEST_ROWS else pooled
    return Offsets(widths)


def _widths(outside: Floats, shares: Sequence[float] | Floats) -> list[float]:
    rows = len(outside)
    if not rows:
        return [0.0] * len(shares)
    levels = np.minimum(1.0, np.ceil((rows + 1) * np.asarray(shares)) / rows)
    return [float(np.quantile(outside[:, place], level, method="higher")) for place, level in enumerate(levels)]


def _horizons(rows: pa.RecordBatch) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.asarray(rows.column(HORIZON).to_numpy(zero_copy_only=False), dtype=np.int64)
