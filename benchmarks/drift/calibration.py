"""How often a verdict is wrong: false alarms without drift, and the share of shifts that are seen.

python -m benchmarks.drift.calibration writes the tables and the plot of docs/drift.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.drift.pages import save_plots, two_plots, write_between
from benchmarks.report import table
from monitoring.drift.columns import Served
from monitoring.drift.verdicts import Verdict, judge
from monitoring.profiles.building import number_bins
from monitoring.profiles.reference import NumberBins
from sql.drift.windows import Layout
from sql.profiles.reference import NumberColumn, Slot, SlotKind
from usecases.contract.drift_limits import DriftLimits

TRAINED = (2_000, 10_000, 100_000)
USUAL = TRAINED[1]
SIZES = (50, 100, 200, 500, 1_000, 5_000, 50_000)
SHIFTS = (0.2, 0.5, 1.0)
LIMITS = (0.2, 0.02)
"""`max_psi` as it is by default, and for those who want to hear of a fifth of a standard deviation."""

NUMBERS: Mapping[str, Callable[[float], Any]] = {
    "normal": lambda shift: stats.norm(300 + 2 * shift, 2),
    "skewed": lambda shift: stats.gamma(2, loc=shift * 2**0.5),
    "uniform": lambda shift: stats.uniform(250 * shift / 12**0.5, 250),
    "whole numbers": lambda shift: stats.poisson(5 + shift * 5**0.5),
}
"""Distributions by how many standard deviations they are shifted."""

CATEGORIES = {"category": (0.6, 0.25, 0.1, 0.04, 0.009, 0.001), "rare flag": (0.98, 0.02)}
"""Shares of the values; some are rarer than one in a small window."""

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of verdicts that say drift."""

    per_verdict: float
    per_evaluation: float
    """Share of evaluations of all columns in which at least one says so."""


class Plant:
    """A use case of six columns whose population is known, and training data drawn from it."""

    def __init__(self, rng: Rng, rows: int) -> None:
        self._rng = rng
        drawn = {name: of(0).rvs(rows, random_state=rng).astype(np.float64) for name, of in NUMBERS.items()}
        self._bins = {name: number_bins(values) for name, values in drawn.items()}
        slots: list[Slot] = []
        for name, values in drawn.items():
            places = np.searchsorted(self._bins[name].edges, values, side="right")
            trained = np.bincount(places, minlength=len(self._bins[name].edges) + 1)
            slots += [Slot(name, SlotKind.BIN, "", is_number=True, trained=int(count)) for count in trained]
        for name, shares in CATEGORIES.items():
            trained = rng.multinomial(rows, shares)
            slots += [Slot(name, SlotKind.BIN, "", is_number=False, trained=int(count)) for count in trained]
        sums = [
            NumberColumn(name, rows, float(values.sum()), float(np.dot(values, values)))
            for name, values in drawn.items()
        ]
        self.layout = Layout(slots, sums)

    def serve(self, rows: int, *, moved: str = "", shift: float = 0.0) -> Served:
        """Draw the counts of served rows, one column shifted by so many standard deviations."""
        counts: list[int] = []
        for name, of in NUMBERS.items():
            served = of(shift if name == moved else 0.0)
            counts += self._rng.multinomial(rows, _shares(served, self._bins[name])).tolist()
        for shares in CATEGORIES.values():
            counts += self._rng.multinomial(rows, shares).tolist()
        nothing = [0.0] * len(NUMBERS)  # means play no part in a verdict
        return Served(rows, counts, nothing, nothing)


def false_alarms(rng: Rng, rows: int, evaluations: int, max_psi: float = LIMITS[0], trained: int = USUAL) -> Rates:
    """Judge rows that come from where the training data came from; every drift found is a false alarm."""
    limits = DriftLimits(minimum_rows=1, max_psi=max_psi)
    wrong, evaluations_wrong, verdicts = 0, 0, 0
    for number in range(evaluations):
        if number % 20 == 0:
            plant = Plant(rng, trained)
        found = [one.verdict is Verdict.DRIFTED for one in judge(plant.layout, plant.serve(rows), limits)]
        wrong, verdicts, evaluations_wrong = wrong + sum(found), verdicts + len(found), evaluations_wrong + any(found)
    return Rates(wrong / verdicts, evaluations_wrong / evaluations)


def power(
    rng: Rng, rows: int, shift: float, evaluations: int, max_psi: float = LIMITS[0], trained: int = USUAL
) -> float:
    """Judge rows of which one number is shifted; gives the share of evaluations that see it there."""
    limits = DriftLimits(minimum_rows=1, max_psi=max_psi)
    seen = 0
    names = list(NUMBERS)
    for number in range(evaluations):
        if number % 20 == 0:
            plant = Plant(rng, trained)
        moved = names[number % len(names)]
        found = judge(plant.layout, plant.serve(rows, moved=moved, shift=shift), limits)
        seen += any(one.feature == moved and one.verdict is Verdict.DRIFTED for one in found)
    return seen / evaluations


def main() -> None:
    """Simulate, and write tables and plot into the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluations", type=int, default=800, help="for each number of rows without drift")
    evaluations: int = parser.parse_args().evaluations
    rng = np.random.default_rng(11)
    head = [
        "trained",
        "rows",
        "false alarms per verdict",
        "per evaluation of 6 columns",
        *(f"{shift:g} sd seen" for shift in SHIFTS),
    ]
    alarms, seen, texts = {}, {}, []
    for limit in LIMITS:
        lines = []
        for trained in TRAINED:
            for size in SIZES:
                case = limit, trained, size
                alarms[case] = false_alarms(rng, size, evaluations, limit, trained)
                seen[case] = [power(rng, size, shift, evaluations // 2, limit, trained) for shift in SHIFTS]
                rates = f"{alarms[case].per_verdict:.2%}", f"{alarms[case].per_evaluation:.2%}"
                lines.append([f"{trained:,}", f"{size:,}", *rates, *(f"{share:.0%}" for share in seen[case])])
        texts.append(f"`max_psi: {limit:g}`\n\n{table(head, lines)}")
    write_between("calibration", "\n\n".join(texts))
    _plot(alarms, seen)


def _shares(of: Any, bins: NumberBins) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the probability of each bin; a bin holds its left edge, which matters for whole numbers."""
    edges = np.array(bins.edges)
    below = of.cdf(np.ceil(edges) - 1) if isinstance(of.dist, stats.rv_discrete) else of.cdf(edges)
    shares: np.ndarray[Any, np.dtype[np.float64]] = np.diff([0.0, *below, 1.0])
    return shares


def _plot(
    alarms: Mapping[tuple[float, int, int], Rates], seen: Mapping[tuple[float, int, int], Sequence[float]]
) -> None:
    figure, (left, right) = two_plots(3.6)
    for place, trained in enumerate(TRAINED):
        for style, limit in zip("-:", LIMITS, strict=True):
            rates = [alarms[limit, trained, size].per_verdict for size in SIZES]
            label = f"trained {trained:,}, max_psi {limit:g}"
            left.plot(SIZES, rates, color=f"C{place}", linestyle=style, marker=".", label=label)
    left.axhline(0.01, color="grey", linestyle="--", label="1 %")
    left.set(xscale="log", title="False alarms per verdict, without drift", xlabel="rows", ylim=(0, 0.02))
    for place, shift in enumerate(SHIFTS):
        for style, limit in zip("-:", LIMITS, strict=True):
            shares = [seen[limit, USUAL, size][place] for size in SIZES]
            label = f"{shift:g} sd, max_psi {limit:g}"
            right.plot(SIZES, shares, color=f"C{place}", linestyle=style, marker=".", label=label)
    right.set(xscale="log", title="Shifts that are seen", xlabel="rows", ylim=(-0.03, 1.03))
    for axes in (left, right):
        axes.legend(fontsize="small")
    save_plots(figure, "drift-calibration")


if __name__ == "__main__":
    main()
