"""How often a verdict is wrong where rows come in order, and how large a shift has to be there to be seen.

python -m benchmarks.drift.in_order writes its tables into docs/drift.md; it takes about three minutes.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.drift.ordered_processes import PROCESSES, Process
from benchmarks.drift.pages import save_plots, two_plots, write_between
from benchmarks.report import table
from monitoring.drift.columns import Served
from monitoring.drift.verdicts import Verdict, judge
from monitoring.drift.window_limits import ENOUGH_WINDOWS
from monitoring.profiles.building import count_numbers, number_bins, number_cells
from monitoring.profiles.training_windows import OrderedColumn, column_windows
from sql.drift.windows import Layout
from sql.profiles.reference import NumberColumn, Slot, SlotKind, TrainedWindows, WindowUnit
from usecases.contract.drift_limits import DriftLimits

TRAINED = (2_000, 10_000, 100_000)
SIZES = (50, 200, 500, 2_000, 10_000, 50_000)
SHIFTED_ROWS = 500
SHIFT_IN_SPREADS = 3.0
EVALUATIONS = 3
"""Windows one after the other, in each of which a shift may be seen."""

LARGEST_SHARE = 0.02
"""False alarms of the test whose power is set beside."""
TRAININGS = 40
"""Trainings, each on rows of their own, among which the windows of a figure are divided."""

MOST_DRAWN = 5_000_000
"""Rows that are drawn for one figure at most."""

Rng = np.random.Generator
Floats = np.ndarray[Any, np.dtype[np.float64]]


class TrainedColumn:
    """A number and its training data, in order, and the judgement of windows that are served after it."""

    def __init__(self, numbers: Floats, *, knows_order: bool = True) -> None:
        self.numbers = numbers
        self._bins = number_bins(numbers)
        counted = count_numbers(self._bins, numbers)
        kinds = [(SlotKind.BIN, rows) for rows in counted.counts]
        kinds += [(SlotKind.MISSING, counted.missing), (SlotKind.BELOW, 0), (SlotKind.ABOVE, 0)]
        slots = [Slot("number", kind, "", is_number=True, trained=rows) for kind, rows in kinds]
        column = OrderedColumn(number_cells(self._bins, numbers), numbers)
        found = column_windows(column) if knows_order else None
        self._layout = Layout(
            slots,
            [NumberColumn("number", counted.present, counted.total, counted.squares)],
            [
                TrainedWindows(feature="number", unit=WindowUnit.ROWS, **limits.model_dump())
                for limits in (found.by_rows if found is not None else ())
            ],
        )

    def judge(self, served: Floats, max_psi: float = 0.2) -> Verdict:
        """Judge a served window."""
        counted = count_numbers(self._bins, served)
        counts = [*counted.counts, counted.missing, counted.below, counted.above]
        window = Served(len(served), counts, [counted.total], [counted.squares])
        (found,) = judge(self._layout, window, DriftLimits(minimum_rows=1, max_psi=max_psi))
        return found.verdict


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of verdicts."""

    drifted: float
    too_little_history: float


def trainings(rng: Rng, process: Process, rows: int) -> list[TrainedColumn]:
    """Draw training data some times over."""
    return [TrainedColumn(process(rng, rows)) for _ in range(TRAININGS)]


def shares(rng: Rng, process: Process, columns: Sequence[TrainedColumn], rows: int, windows: int) -> Shares:
    """Judge windows of a process that training knows another part of; each training judges its share of them.

    Parameters
    ----------
    rng, process
        What is drawn.
    columns, rows
        Trainings, and the rows of a window.
    windows
        Windows that are judged, or fewer where they are long.
    """
    found: Counter[Verdict] = Counter()
    each = max(1, min(windows, MOST_DRAWN // rows) // len(columns))
    for column in columns:
        # Every second window, so that one says little of the next.
        found.update(column.judge(window) for window in process(rng, 2 * each * rows).reshape(-1, rows)[::2])
    verdicts = found.total()
    return Shares(found[Verdict.DRIFTED] / verdicts, found[Verdict.NOT_ENOUGH_HISTORY] / verdicts)


@dataclass(frozen=True, slots=True)
class Power:
    """How often a shift of three spreads of the means of training's windows is seen."""

    shift: float
    """In standard deviations of the rows."""
    by_mean: float
    """Share of windows whose mean lies beyond a limit that exactly `LARGEST_SHARE` of unshifted windows exceed."""
    within: Sequence[float]
    """Share of shifts that are seen within one evaluation, two and so on."""


def power(rng: Rng, process: Process, columns: Sequence[TrainedColumn], windows: int) -> Power:
    """Judge runs of windows that are shifted by three spreads of the means of training's windows of as many rows."""
    seen, distances, shifts = [], [], []
    for column in columns:
        trained = column.numbers
        spread = trained[: len(trained) // SHIFTED_ROWS * SHIFTED_ROWS].reshape(-1, SHIFTED_ROWS).mean(axis=1).std()
        shift = SHIFT_IN_SPREADS * spread
        shape = (2 * max(1, windows // len(columns)), EVALUATIONS, SHIFTED_ROWS)
        drawn = process(rng, int(np.prod(shape))).reshape(shape)[::2]
        verdicts = [[column.judge(window + shift) is Verdict.DRIFTED for window in run] for run in drawn]
        seen.append(np.logical_or.accumulate(verdicts, axis=1))
        distances.append((drawn.mean(axis=2).ravel() - trained.mean()) / spread)
        shifts.append(shift / trained.std())
    every = np.concatenate(distances)
    limit = np.quantile(np.abs(every), 1 - LARGEST_SHARE)
    return Power(
        shift=float(np.mean(shifts)),
        by_mean=float(np.mean(np.abs(every + SHIFT_IN_SPREADS) > limit)),
        within=np.concatenate(seen).mean(axis=0).tolist(),
    )


def simulate(rng: Rng, windows: int) -> tuple[dict[str, dict[int, list[Shares]]], dict[str, Power]]:
    """Return how often verdicts are wrong, by process, rows of training and of a window, and how often a shift is seen."""
    alarms: dict[str, dict[int, list[Shares]]] = {}
    seen = {}
    for name, process in PROCESSES.items():
        alarms[name] = {}
        for trained in TRAINED:
            columns = trainings(rng, process, trained)
            alarms[name][trained] = [shares(rng, process, columns, rows, windows) for rows in SIZES]
            print(name, trained, [f"{found.drifted:.1%}" for found in alarms[name][trained]], flush=True)
        seen[name] = power(rng, process, columns, windows)
        print(name, seen[name], flush=True)
    return alarms, seen


def main() -> None:
    """Simulate, and write tables and plot into the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=2_000, help="that are judged for each figure")
    windows: int = parser.parse_args().windows
    alarms, seen = simulate(np.random.default_rng(12), windows)
    head = ["process", "trained", *(f"{rows:,} rows" for rows in SIZES)]
    lines = [
        [name, f"{trained:,}", *(_cell(one, trained // rows) for one, rows in zip(found, SIZES, strict=True))]
        for name, by_training in alarms.items()
        for trained, found in by_training.items()
    ]
    write_between("in order", table(head, lines))
    head = ["process", "shift", "best by the mean", "seen at once", *(f"within {n}" for n in range(2, EVALUATIONS + 1))]
    lines = [
        [name, f"{one.shift:.2f} sd", f"{one.by_mean:.0%}", *(f"{share:.0%}" for share in one.within)]
        for name, one in seen.items()
    ]
    write_between("power in order", table(head, lines))
    _plot(alarms, seen)


def _cell(found: Shares, windows: int) -> str:
    short = f" ({found.too_little_history:.0%} ?)" if found.too_little_history >= 0.005 else ""  # noqa: PLR2004  # rounds to 1 %
    text = f"{found.drifted:.1%}{short}"
    return f"**{text}**" if windows >= ENOUGH_WINDOWS else text


def _plot(alarms: Mapping[str, Mapping[int, Sequence[Shares]]], seen: Mapping[str, Power]) -> None:
    figure, (left, right) = two_plots(4.2)
    known = [rows for rows in SIZES if TRAINED[-1] // rows >= ENOUGH_WINDOWS]
    for name, by_training in alarms.items():
        left.plot(known, [one.drifted for one in by_training[TRAINED[-1]][: len(known)]], marker="o", label=name)
    left.axhline(LARGEST_SHARE, color="grey", linestyle="--", label=f"{LARGEST_SHARE:.0%}")
    left.set(
        xscale="log", title=f"False alarms, {TRAINED[-1]:,} rows of training", xlabel="rows of a window", ylim=(0, 0.04)
    )
    left.legend(fontsize="small", ncols=2)
    places = np.arange(len(seen))
    for evaluation in reversed(range(EVALUATIONS)):
        shown = [one.within[evaluation] for one in seen.values()]
        right.barh(places, shown, label=f"within {evaluation + 1}" if evaluation else "at once", color=f"C{evaluation}")
    right.set(yticks=places, yticklabels=list(seen), xlim=(0, 1), title="Shifts of three spreads that are seen")
    right.invert_yaxis()
    right.legend(fontsize="small", loc="upper right")
    save_plots(figure, "drift-in-order")


if __name__ == "__main__":
    main()
