"""Series whose rows come in order, as real ones do, without any drift in them: for measuring false alarms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.signal import lfilter

Rng = np.random.Generator
Floats = np.ndarray[Any, np.dtype[np.float64]]
Process = Callable[[Rng, int], Floats]
"""Draws so many rows, from a random point of the process on."""

HOURS_A_DAY, HOURS_A_WEEK = 24, 168
MACHINES, ROWS_A_BURST = 20, 100
MEMORY = 3_000
"""Rows after which nothing is left of where a process began."""


def independent(rng: Rng, rows: int) -> Floats:
    """Draw rows that know nothing of each other."""
    return rng.standard_normal(rows)


def autoregressive(coefficient: float) -> Process:
    """Return a process of order one: each row is so much of the one before, and noise."""

    def draw(rng: Rng, rows: int) -> Floats:
        noise = rng.standard_normal(rows + MEMORY) * np.sqrt(1 - coefficient**2)
        drawn: Floats = lfilter([1], [1, -coefficient], noise)[MEMORY:]
        return drawn

    return draw


def bounded_walk(rng: Rng, rows: int) -> Floats:
    """Draw a random walk of steps of a tenth between -2 and 2, which are walls."""
    walked = np.mod(np.cumsum(rng.standard_normal(rows) * 0.1) + rng.uniform(0, 8), 8)
    return np.where(walked > 4, 8 - walked, walked) - 2  # noqa: PLR2004  # the upper wall


def season(hours: int) -> Process:
    """Return a process of one row an hour that repeats itself after so many hours, with noise."""

    def draw(rng: Rng, rows: int) -> Floats:
        place = np.arange(rows) + rng.integers(hours)
        return 1.2 * np.sin(2 * np.pi * place / hours) + 0.6 * rng.standard_normal(rows)

    return draw


def bursts(rng: Rng, rows: int) -> Floats:
    """Draw rows of twenty machines, each with a level of its own, that come in bursts of one machine at a time."""
    levels = np.random.default_rng(3).standard_normal(MACHINES)
    lengths = rng.geometric(1 / ROWS_A_BURST, 2 * rows // ROWS_A_BURST + 50)
    machines = rng.integers(MACHINES, size=len(lengths))
    return np.resize(np.repeat(levels[machines], lengths), rows) + 0.5 * rng.standard_normal(rows)


PROCESSES: Mapping[str, Process] = {
    "independent": independent,
    "AR(1) 0.5": autoregressive(0.5),
    "AR(1) 0.9": autoregressive(0.9),
    "AR(1) 0.99": autoregressive(0.99),
    "bounded random walk": bounded_walk,
    "daily season": season(HOURS_A_DAY),
    "weekly season": season(HOURS_A_WEEK),
    "bursts of one machine": bursts,
}
