"""What a served window is held against: how far training's own windows of its length went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sql.profiles.reference import TrainedWindows, WindowUnit

ENOUGH_WINDOWS = 50
"""Windows of training from which their limits are taken to hold; with fewer a verdict may be that history is too short."""

NEARLY = 0.9
"""Share of the shortest length in time that is held against windows of that length."""

DENSER = 2.0
"""Rows in the same time, in those of training, from which the number of rows says nothing of how long a window is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a window of some length may lie from training."""

    windows: int
    """Windows of this length in the training data."""
    usual_psi: float
    """What the index of such windows usually is, less what chance makes of it."""
    psi: float
    shift: float | None
    outside: float | None

    @property
    def are_known(self) -> bool:
        """Whether training holds enough windows of this length."""
        return self.windows >= ENOUGH_WINDOWS

    def are_exceeded(self, excess_psi: float, shift: float | None, outside: float | None) -> bool:
        """Return whether a window lies further from training than its own windows."""
        return (
            excess_psi > self.psi
            or (self.shift is not None and shift is not None and abs(shift) > self.shift)
            or (self.outside is not None and outside is not None and outside > self.outside)
        )


def limits_at(trained: Sequence[TrainedWindows], rows: int, seconds: float | None) -> Limits | None:
    """Return the limits of a window of so many rows and seconds; none for a column whose rows are independent.

    Where training holds enough windows by rows and by time, the wider limits count. Where rows come much denser than in
    training and within less time than it can be cut into, training holds no such window.

    Parameters
    ----------
    trained
        Training's windows of one column, by unit and length, ascending.
    rows, seconds
        Length of the served window; no seconds where its rows tell nothing of time.
    """
    by_rows = [one for one in trained if one.unit is WindowUnit.ROWS]
    by_seconds = [one for one in trained if one.unit is WindowUnit.SECONDS]
    if not by_rows or not rows:
        return None
    found = [_interpolated(by_rows, rows)]
    if seconds is not None and by_seconds:
        usual_rows = seconds * _covered(by_rows) / _covered(by_seconds)
        if seconds >= NEARLY * by_seconds[0].length:
            found.append(_interpolated(by_seconds, seconds))
        elif rows > DENSER * usual_rows:
            return replace(_interpolated(by_rows, max(usual_rows, by_rows[0].length)), windows=0)
    found = [one for one in found if one.are_known] or found
    return Limits(
        windows=max(one.windows for one in found),
        usual_psi=max(one.usual_psi for one in found),
        psi=max(one.psi for one in found),
        shift=max((one.shift for one in found if one.shift is not None), default=None),
        outside=max((one.outside for one in found if one.outside is not None), default=None),
    )


def _covered(trained: Sequence[TrainedWindows]) -> int:
    return max(one.windows * one.length for one in trained)


def _interpolated(trained: Sequence[TrainedWindows], length: float) -> Limits:
    """Return the limits between two lengths, by the logarithm of the length; beyond the longest, those of the longest."""
    lengths = np.log([one.length for one in trained])

    def between(values: Sequence[float]) -> float:
        return float(np.interp(np.log(length), lengths, values))

    shifts = [one.shift for one in trained if one.shift is not None]
    outsides = [one.outside for one in trained if one.outside is not None]
    return Limits(
        windows=int(_covered(trained) // length),
        usual_psi=between([one.usual_psi for one in trained]),
        psi=between([one.psi for one in trained]),
        shift=between(shifts) if shifts else None,
        outside=between(outsides) if outsides else None,
    )
