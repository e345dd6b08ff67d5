"""How often a verdict is wrong where rows come in order, and how large a shift has to be there to be seen.

python -m benchmarks.drift_in_order writes its tables into docs/drift.md; it takes about three minutes.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.drift_calibration import write_between
from benchmarks.ordered_processes import PROCESSES, Process
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


def shares(
    rng: Rng, process: Process, columns: Sequence[TrainedColumn], rows: int, windows: int, shift: float = 0.0
) -> Shares:
    """Judge windows of a process that training knows another part of; each training judges its share of them.

    Parameters
    ----------
    rng, process
        What is drawn.
    columns, rows
        Trainings, and the rows of a window.
    windows
        Windows that are judged, or fewer where they are long.
    shift
        What is added to the rows, in standard deviations of the means of training's windows.
    """
    found: Counter[Verdict] = Counter()
    each = max(1, min(windows, MOST_DRAWN // rows) // len(columns))
    for column in columns:
        trained = len(column.numbers)
        means = column.numbers[: trained // rows * rows].reshape(-1, rows).mean(axis=1) if shift else np.zeros(1)
        # Every second window, so that one says little of the next.
        drawn = process(rng, 2 * each * rows).reshape(-1, rows)[::2] + shift * means.std()
        found.update(column.judge(window) for window in drawn)
    verdicts = found.total()
    return Shares(found[Verdict.DRIFTED] / verdicts, found[Verdict.NOT_ENOUGH_HISTORY] / verdicts)


def simulate(rng: Rng, windows: int) -> tuple[list[list[str]], list[list[str]]]:
    """Return the lines of both tables: how often verdicts are wrong, and how often a shift is seen."""
    alarms, power = [], []
    for name, process in PROCESSES.items():
        for trained in TRAINED:
            columns = trainings(rng, process, trained)
            cells = []
            for rows in SIZES:
                found = shares(rng, process, columns, rows, windows)
                short = f" ({found.too_little_history:.0%} ?)" if found.too_little_history >= 0.005 else ""  # noqa: PLR2004  # rounds to 1 %
                text = f"{found.drifted:.1%}{short}"
                cells.append(f"**{text}**" if trained // rows >= ENOUGH_WINDOWS else text)
            print(name, trained, cells, flush=True)
            alarms.append([name, f"{trained:,}", *cells])
        seen = shares(rng, process, columns, SHIFTED_ROWS, windows, SHIFT_IN_SPREADS)
        power.append([name, f"{seen.drifted:.0%}"])
    return alarms, power


def main() -> None:
    """Simulate, and write the tables into the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=1_000, help="that are judged for each figure")
    windows: int = parser.parse_args().windows
    rng = np.random.default_rng(12)
    head = ["process", "trained", *(f"{rows:,} rows" for rows in SIZES)]
    alarms, power = simulate(rng, windows)
    write_between("in order", table(head, alarms))
    write_between("power in order", table(["process", "seen"], power))


if __name__ == "__main__":
    main()
