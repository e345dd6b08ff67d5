"""Served rows beside windows that people accepted as normal, and beside mixtures of those and training.

What lies between training and an accepted window is normal too: a day of which half is like each. `accepted_distances` in SQL
computes the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitoring.drift.columns import CELLS, Column, Served, columns, dense
from monitoring.drift.statistics import chance_psi, chi_square, psi
from monitoring.drift.window_limits import Limits, limits_at
from sql.drift.accepted import AcceptedSums
from sql.drift.windows import Layout
from sql.profiles.reference import SlotKind, TrainedWindows

SHARES = (1.0, 0.75, 0.5, 0.25)
"""Shares of an accepted window in the mixtures that are compared with."""


@dataclass(frozen=True, slots=True)
class AcceptedColumn:
    """A column of an accepted window."""

    window: AcceptedSums
    column: Column
    """Training and the accepted window side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How far served rows lie from a mixture, as from training."""

    accepted: int
    """Number of the accepted window."""
    excess_psi: float
    rows: float
    """Rows of a sample that would vary as the mixture does."""
    p_value: float
    """Of the chi-square test, corrected for the number of columns."""
    shift: float | None
    limits: Limits | None
    """How far two windows may lie from each other; none where rows are independent."""


def accepted_columns(layout: Layout) -> list[list[AcceptedColumn]]:
    """Return the columns of all accepted windows, for each column of the layout."""
    by_window = [
        [AcceptedColumn(window, column) for column in columns(layout, _served(window, layout))]
        for window in layout.accepted
    ]
    return [list(every) for every in zip(*by_window, strict=True)]


def comparisons(
    column: Column,
    accepted: Sequence[AcceptedColumn],
    limits: Limits | None,
    windows: Sequence[TrainedWindows],
    tests: int,
) -> Iterator[Comparison]:
    """Compare a column with each accepted window and its mixtures with training, the newest first.

    Parameters
    ----------
    column
        The column, with rows on both sides.
    accepted
        The same column of the accepted windows.
    limits, windows
        How far windows of its length may lie from training, and training's windows of all lengths.
    tests
        Columns that are judged at once.
    """
    trained = np.array(column.cells(column.trained, *CELLS), dtype=np.float64)
    served = column.cells(column.served, *CELLS)
    for one in accepted:
        normal = np.array(one.column.cells(one.column.served, *CELLS), dtype=np.float64)
        if not normal.sum():
            continue
        further = limits_at(windows, one.window.rows, one.window.seconds)
        for share in SHARES:
            rows = 1 / (share**2 / normal.sum() + (1 - share) ** 2 / trained.sum())
            mixed = (rows * (share * normal / normal.sum() + (1 - share) * trained / trained.sum())).tolist()
            yield Comparison(
                accepted=one.window.id,
                excess_psi=psi(mixed, served) - chance_psi(mixed, served),
                rows=float(rows),
                p_value=min(1.0, chi_square(mixed, served).p_value * tests),
                shift=_shift(column, one.column, share),
                limits=None if limits is None or further is None else _between(limits, further, one.column, share),
            )


def outside(column: Column) -> float | None:
    """Return the share of rows on one side of all of training; none of categories."""
    present = sum(column.cells(column.served, SlotKind.BIN))
    sides = column.cells(column.served, SlotKind.BELOW, SlotKind.ABOVE)
    return max(sides) / present if sides and present else None


def _served(window: AcceptedSums, layout: Layout) -> Served:
    counts = dense(window.slots, window.counts, len(layout.slots)).tolist()
    return Served(window.rows, counts, window.totals, [0.0] * len(window.totals))


def _between(limits: Limits, further: Limits, accepted: Column, share: float) -> Limits:
    """Add the limits of two windows up: independent distances add by their squares, of which the index is one."""
    beyond = outside(accepted)
    return Limits(
        windows=limits.windows,
        usual_psi=limits.usual_psi + share**2 * further.usual_psi,
        psi=limits.psi + share**2 * further.psi,
        shift=None
        if limits.shift is None or further.shift is None
        else float(np.hypot(limits.shift, share * further.shift)),
        outside=None if limits.outside is None or beyond is None else limits.outside + share * beyond,
    )


def _shift(column: Column, accepted: Column, share: float) -> float | None:
    if column.moments is None or accepted.moments is None:
        return None
    (trained, served), (_, normal) = column.moments, accepted.moments
    if not trained.rows or not served.rows or not normal.rows or not trained.deviation:
        return None
    return (served.mean - share * normal.mean - (1 - share) * trained.mean) / trained.deviation
