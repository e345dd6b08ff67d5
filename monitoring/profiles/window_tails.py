"""How far windows to come may lie, from how far those of the training data did: the tail of their distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from monitoring.drift.window_limits import ENOUGH_WINDOWS

Floats = np.ndarray[Any, np.dtype[np.float64]]

TAIL = 0.2
"""Share of the windows, the furthest, to which the tail is fitted."""

FEWEST_IN_TAIL = 8
"""Windows in the tail at least."""

SHAPES = (-1.0, 0.2)
"""Shapes of a tail that are believed: from one that ends, as of a walk between walls, to one heavier than exponential."""

BEYOND_LIMIT = 4
"""Independent windows beyond the limit from which it is counted rather than fitted."""

MOST_SPREADS = 3.0
"""Where windows are too few for a tail, the limit lies so many of their standard deviations beyond the widest."""


def tail_limit(distances: Floats, windows: int, alarms: float) -> float:
    """Return the distance that a share of the windows to come exceeds.

    With many windows it is their quantile (split conformal: Papadopoulos et al., *Inductive confidence machines for
    regression*, 2002). With fewer, a generalised Pareto distribution is fitted to the furthest fifth by
    probability-weighted moments (Hosking and Wallis, *Parameter and quantile estimation for the generalized Pareto
    distribution*, Technometrics 29, 1987), and widened as a prediction from so few windows has to be, but not past
    what the widest of them alone says. With fewer than 50 it lies three standard deviations beyond the widest.

    Parameters
    ----------
    distances
        Of windows in their order; they may overlap.
    windows
        How many of them lie side by side.
    alarms
        That share.

    Examples
    --------
    >>> rows = np.random.default_rng(1).standard_normal((400, 100))
    >>> round(tail_limit(np.abs(rows).ravel(), 40_000, 0.01), 1), round(tail_limit(np.abs(rows[0]), 100, 0.01), 1)
    (2.6, 2.6)
    """
    windows = min(windows, len(distances))
    if windows < ENOUGH_WINDOWS:
        return beyond_widest(distances)
    independent = independent_windows(distances, windows)
    if independent * alarms >= BEYOND_LIMIT:
        rank = int(np.ceil((1 - alarms) * (len(distances) + 1)))
        return float(np.sort(distances)[rank - 1])
    inside = max(FEWEST_IN_TAIL, int(TAIL * len(distances)))
    ordered = np.sort(distances)
    start, beyond = ordered[-inside - 1], ordered[-inside:] - ordered[-inside - 1]
    mean = beyond.mean()
    # Of equal distances there is nothing beyond.
    if not mean > 0:
        return float(start)
    weighted = np.mean(beyond * (1 - (np.arange(inside) + 0.65) / inside))
    shape = float(np.clip(2 - mean / (mean - 2 * weighted) if mean > 2 * weighted else SHAPES[1], *SHAPES))
    share = inside / len(distances) / alarms
    steps = np.log(share) if shape == 0 else (share**shape - 1) / shape
    known = independent * inside / len(distances)
    # Of an exponential distribution whose mean is that of so many numbers, the next exceeds this with that probability.
    widened = known * (share ** (1 / known) - 1) / np.log(share)
    # Training's mean and spread are those of its own windows: others lie further from the one, and are spread more.
    fitted = float((start + mean * (1 - shape) * steps * widened) * (1 + 1 / independent))
    return min(fitted, rare_limit(distances, windows, alarms))


def beyond_widest(distances: Floats, spreads: float = MOST_SPREADS) -> float:
    """Return the distance that lies so many standard deviations of windows beyond the widest of them."""
    return float(distances.max() + spreads * distances.std())


def rare_limit(distances: Floats, windows: int, alarms: float) -> float:
    """Return such a limit from the widest window alone, beyond which the tail is taken to be exponential.

    It serves a share that hardly any window has, of which there is no more to fit.
    """
    windows = min(windows, len(distances))
    if windows < ENOUGH_WINDOWS:
        return beyond_widest(distances)
    wanted = independent_windows(distances, windows) * alarms
    return beyond_widest(distances, max(0.0, min(MOST_SPREADS, -float(np.log(wanted)))))


def shared_alarms(alarms: float, *distances: Floats) -> float:
    """Return the share of windows that may exceed each of some limits so that a share of them exceeds any.

    How often windows are far out in one way only is counted among the furthest tenth of each way.

    >>> one, other = np.arange(100.0), np.arange(100.0)[::-1]
    >>> shared_alarms(0.01, one, one), shared_alarms(0.01, one, other)
    (0.01, 0.005)
    """
    far = np.stack([each >= np.sort(each)[-max(1, len(each) // 10)] for each in distances])
    return float(alarms * far[0].mean() / far.any(axis=0).mean())


def independent_windows(distances: Floats, windows: int) -> float:
    """Return as how many windows a run of windows counts, by how much each is like the next.

    The variance of a mean of a process of order one with coefficient r is (1 + r) / (1 - r) times that of independent
    numbers (Bartlett 1946).
    """
    side_by_side = distances[:: max(1, round(len(distances) / windows))]
    if len(side_by_side) < FEWEST_IN_TAIL or not side_by_side.std() > 0:
        return float(windows)
    centred = side_by_side - side_by_side.mean()
    r = min(0.99, max(0.0, float(np.dot(centred[1:], centred[:-1]) / np.dot(centred, centred))))
    return windows * (1 - r) / (1 + r)
