"""How far serving lies from training: pure functions on counts, each with its source.

All distances compare two rows of counts in the same cells: the bins of a number or the values of a category, then the
missing and the unseen values, which are cells of their own. `sql/functions/drift.sql` computes the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc, kolmogorov

Counts = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

HALF_A_ROW = 0.5
"""Added to each cell before a logarithm is taken (Jeffreys): an empty cell says little, not infinitely much."""

STANDARD_ERRORS = 2.58
"""Half the width of a 99 % confidence interval, in standard errors."""


@dataclass(frozen=True, slots=True)
class Tested:
    """Result of a test that serving comes from the distribution of training."""

    statistic: float
    p_value: float
    """Probability of such a statistic, or a larger one, without drift."""


def psi(trained: Sequence[float], served: Sequence[float]) -> float:
    """Return the population stability index: the sum of (q - p) ln(q / p) over cells; 0 for equal shares.

    By habit less than 0.1 is called stable and more than 0.2 (or 0.25) shifted; see Siddiqi, *Credit Risk Scorecards*
    (2006). It is the Jeffreys divergence of the two distributions. Cells empty in both are left out.

    >>> psi([50, 50], [500, 500])
    0.0
    >>> round(psi([100, 100, 100], [100, 100, 300]), 3)
    0.291
    """
    p, q = _smoothed(trained, served)
    return float(np.sum((q - p) * np.log(q / p)))


def chance_psi(trained: Sequence[float], served: Sequence[float]) -> float:
    """Return what the index is on average without any drift: (k - 1) (1/m + 1/n) for k cells, m and n rows.

    Yurdakul and Naranjo, *Statistical properties of the population stability index*, Journal of Risk Model Validation
    14 (2020): without drift the index is distributed about as (1/m + 1/n) times chi-square with k - 1 degrees.

    >>> round(chance_psi([500] * 20, [5] * 20), 3)
    0.192
    """
    a, b = _cells(trained, served)
    return float((len(a) - 1) * (1 / a.sum() + 1 / b.sum()))


def largest_psi(excess: float, trained_rows: float, served_rows: float) -> float:
    """Return the upper end of a 99 % confidence interval of the index, from the index less what chance makes of it.

    For small differences the index is a quadratic form of the shares, so its variance is about 4 (1/m + 1/n) times
    itself (delta method; Yurdakul and Naranjo, as above).

    >>> round(largest_psi(0.15, 10_000, 500), 3), round(largest_psi(0.15, 10**9, 10**9), 3)
    (0.242, 0.15)
    """
    return float(excess + STANDARD_ERRORS * 2 * np.sqrt(max(excess, 0.0) * (1 / trained_rows + 1 / served_rows)))


def excess_psi_by_window(trained: Counts, served: Counts) -> Floats:
    """Return the index less what chance makes of it for many windows at once, a row each.

    >>> trained, served = [500, 300, 200], [10, 20, 70]
    >>> excess = psi(trained, served) - chance_psi(trained, served)
    >>> bool(np.isclose(excess_psi_by_window(np.array([trained]), np.array([served]))[0], excess))
    True
    """
    a, b = trained.astype(np.float64), served.astype(np.float64)
    kept = a + b > 0
    k = kept.sum(axis=1, keepdims=True)
    trained_rows, served_rows = a.sum(axis=1, keepdims=True), b.sum(axis=1, keepdims=True)
    p = (a + HALF_A_ROW) / (trained_rows + HALF_A_ROW * k)
    q = (b + HALF_A_ROW) / (served_rows + HALF_A_ROW * k)
    index = np.sum(np.where(kept, (q - p) * np.log(q / p), 0.0), axis=1)
    excess: Floats = index - ((k - 1) * (1 / trained_rows + 1 / served_rows))[:, 0]
    return excess


def jensen_shannon(trained: Sequence[int], served: Sequence[int]) -> float:
    """Return the Jensen-Shannon divergence in bits: 0 for equal shares, 1 for distributions without a common cell.

    Lin, *Divergence measures based on the Shannon entropy*, IEEE Transactions on Information Theory 37 (1991).

    >>> jensen_shannon([50, 50], [500, 500])
    0.0
    >>> jensen_shannon([10**9, 0], [0, 10**9]) > 0.999
    True
    """
    p, q = _smoothed(trained, served)
    middle = (p + q) / 2
    return float((np.sum(p * np.log2(p / middle)) + np.sum(q * np.log2(q / middle))) / 2)


def chi_square(trained: Sequence[float], served: Sequence[float]) -> Tested:
    """Test both for the same shares (Pearson's test of homogeneity); cells empty in both are left out.

    Pearson (1900); the form for two samples is in Press et al., *Numerical Recipes*, 3rd edition, 14.3.

    >>> chi_square([50, 50], [50, 50])
    Tested(statistic=0.0, p_value=1.0)
    >>> round(chi_square([50, 50], [70, 30]).p_value, 4)
    0.0039
    """
    a, b = _cells(trained, served)
    if len(a) < 2:  # noqa: PLR2004  # with one cell there is nothing to compare
        return Tested(0.0, 1.0)
    both, share = a + b, b.sum() / (a.sum() + b.sum())
    statistic = float(
        np.sum((b - both * share) ** 2 / (both * share)) + np.sum((a - both * (1 - share)) ** 2 / (both * (1 - share)))
    )
    return Tested(statistic, float(chdtrc(len(a) - 1, statistic)))


def kolmogorov_smirnov(trained: Sequence[int], served: Sequence[int]) -> Tested:
    """Test ordered bins for the same distribution: the largest distance of the cumulated shares.

    Smirnov (1939), with the limit distribution; on bins the distance is at most that of the numbers themselves, so the
    p-value errs to the side of no drift.

    >>> kolmogorov_smirnov([10, 10, 10, 10], [0, 0, 20, 20]).statistic
    0.5
    >>> kolmogorov_smirnov([10, 10], [0, 0]).p_value
    1.0
    """
    a, b = np.asarray(trained, dtype=np.float64), np.asarray(served, dtype=np.float64)
    if not a.sum() or not b.sum():
        return Tested(0.0, 1.0)
    distance = float(np.max(np.abs(np.cumsum(a) / a.sum() - np.cumsum(b) / b.sum())))
    return Tested(distance, float(kolmogorov(distance * np.sqrt(a.sum() * b.sum() / (a.sum() + b.sum())))))


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for their number: of all that are then below a limit, one is wrong with at most that probability.

    Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of Statistics 6 (1979).

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    scaled = np.asarray(p_values, dtype=np.float64)[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    found: list[float] = corrected.tolist()
    return found


def contributions(trained: Sequence[int], served: Sequence[int], groups: Sequence[Sequence[int]]) -> list[float]:
    """Divide the population stability index among groups of the served rows, such as batches.

    The index is linear in the served shares once their weights ln(q / p) are fixed, so a group's part is
    (its rows / all rows) times the sum of (its shares - p) ln(q / p). All rows together make up the whole of it; a group
    that looks like training has about none, one that makes up for others has less than none.

    >>> trained, shifted, normal = [100, 100], [0, 40], [30, 30]
    >>> [round(part, 2) for part in contributions(trained, [30, 70], [shifted, normal])]
    [0.17, 0.0]
    """
    kept = np.asarray(trained) + np.asarray(served) > 0
    p, q = _smoothed(trained, served)
    weights, rows = np.log(q / p), max(1, int(np.sum(served)))
    inside = [np.asarray(group, dtype=np.float64)[kept] for group in groups]
    return [float(np.sum((counts - counts.sum() * p) * weights) / rows) for counts in inside]


def mean_shift(trained: Moments, served: Moments) -> float | None:
    """Return the difference of two means in standard deviations of training (Glass's delta); none where it has no spread.

    >>> mean_shift(Moments(rows=4, total=8.0, squares=20.0), Moments(rows=2, total=6.0, squares=18.0))
    1.0
    """
    if not trained.rows or not served.rows or not trained.deviation:
        return None
    return (served.mean - trained.mean) / trained.deviation


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of some numbers."""

    rows: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """Their mean."""
        return self.total / self.rows

    @property
    def deviation(self) -> float:
        """Their standard deviation."""
        return float(np.sqrt(max(0.0, self.squares / self.rows - self.mean**2)))


def _cells(trained: Sequence[float], served: Sequence[float]) -> tuple[Floats, Floats]:
    a, b = np.asarray(trained, dtype=np.float64), np.asarray(served, dtype=np.float64)
    if not a.sum() or not b.sum():
        raise ValueError("a distance needs rows on both sides")
    return a[a + b > 0], b[a + b > 0]


def _smoothed(trained: Sequence[float], served: Sequence[float]) -> tuple[Floats, Floats]:
    a, b = _cells(trained, served)
    return ((a + HALF_A_ROW) / (a.sum() + HALF_A_ROW * len(a)), (b + HALF_A_ROW) / (b.sum() + HALF_A_ROW * len(b)))
