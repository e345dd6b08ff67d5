"""How often a verdict by key is wrong where no machine moved, and how large a shift of one machine has to be there to be seen.

python -m benchmarks.drift.by_key writes its tables into docs/drift.md; it takes about a minute.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.drift.ordered_processes import HOURS_A_DAY, autoregressive, independent, season
from benchmarks.drift.pages import write_between
from benchmarks.report import table
from monitoring.drift.key_verdicts import judge_keys
from monitoring.drift.verdicts import Verdict
from monitoring.profiles.key_building import ALARMS, key_column
from monitoring.profiles.key_reference import KeyReference
from monitoring.profiles.publishing import published_keys
from sql.drift.keys import KeyLayout, KeySum

MACHINES = 50
TRAINED = (200, 1_000)
"""Rows of each machine in training."""
SIZES = (20, 100, 500)
"""Rows of each machine in a window."""
SHIFTS = (0.5, 1.0, 3.0)
SPREADS = 3.0
"""A shift in standard deviations of the means of the machine's own windows."""
TRAININGS = 20
MAX_PSI = 0.2
MOST_DRAWN = 3_000_000
BURST_ROWS, BURST_HEIGHT, BURST_SHARE = 20, 5.0, 0.1

Rng = np.random.Generator
Floats = np.ndarray[Any, np.dtype[np.float64]]
Fleet = Callable[[Rng, int], Floats]
"""Draws so many rows of each machine, a machine in each line."""


def fleet(process: Callable[[Rng, int], Floats]) -> Fleet:
    """Return machines that go their ways by one process."""
    return lambda rng, rows: np.stack([process(rng, rows) for _ in range(MACHINES)])


def skewed(rng: Rng, rows: int) -> Floats:
    """Draw rows of which few are far above the others."""
    return rng.exponential(1.0, rows)


def bursting(rng: Rng, rows: int) -> Floats:
    """Draw independent machines of which the first bursts: a tenth of its rows, twenty at a time, are far above the others."""
    drawn = rng.standard_normal((MACHINES, rows))
    bursts = rng.random(rows // BURST_ROWS + 2) < BURST_SHARE
    heights = bursts * BURST_HEIGHT * rng.uniform(0.5, 1.0, len(bursts))
    drawn[0] += np.repeat(heights, BURST_ROWS)[rng.integers(BURST_ROWS) :][:rows]
    return drawn


FLEETS: Mapping[str, Fleet] = {
    "independent": fleet(independent),
    "skewed (exponential)": fleet(skewed),
    "AR(1) 0.5": fleet(autoregressive(0.5)),
    "AR(1) 0.9": fleet(autoregressive(0.9)),
    "daily season": fleet(season(HOURS_A_DAY)),
    "one machine that bursts": bursting,
}


class TrainedFleet:
    """Machines of a use case with one number, and the judgement of windows that are served after their training."""

    def __init__(self, rng: Rng, draw: Fleet, rows: int) -> None:
        self.levels = 2 * rng.standard_normal(MACHINES)[:, None]
        self.numbers = draw(rng, rows) + self.levels
        keys = np.repeat(np.arange(MACHINES), rows)
        column = key_column(keys, self.numbers.ravel(), MACHINES, ALARMS / MACHINES)
        names = tuple(map(str, range(MACHINES)))
        reference = KeyReference(
            columns=("machine",), keys=names, rows=(rows,) * MACHINES, left_out=0, numbers={"number": column}
        )
        found = published_keys(reference)
        self._layout = KeyLayout(
            numbers={one.feature: one for one in found.numbers},
            lengths={"number": found.lengths},
            trained={(one.feature, one.key): one for one in found.trained},
        )

    def moved(self, window: Floats) -> set[int]:
        """Return the machines that are called drifted; a window has a machine in each line."""
        served = window + self.levels
        sums = [
            KeySum(str(machine), "number", served.shape[1], served.shape[1], float(total))
            for machine, total in enumerate(served.sum(axis=1))
        ]
        return {int(one.key) for one in judge_keys(self._layout, sums, MAX_PSI) if one.verdict is Verdict.DRIFTED}


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of windows."""

    false: float
    """In which any machine is called drifted though none is."""
    seen: Sequence[float]
    """In which a machine that is shifted is called drifted, by each of the shifts in standard deviations of its rows ..."""
    by_spreads: float
    """... and by one in standard deviations of the means of windows."""


def shares(rng: Rng, draw: Fleet, trained: int, rows: int, windows: int) -> Shares:
    """Judge windows of machines that none moved of, and the same with the last machines shifted, each in a way of its own."""
    wrong, judged = 0, 0
    moved = np.arange(MACHINES)[-len(SHIFTS) - 1 :]
    seen = np.zeros(len(moved))
    each = max(1, min(windows, MOST_DRAWN // (MACHINES * rows)) // TRAININGS)
    for _ in range(TRAININGS):
        of = TrainedFleet(rng, draw, trained)
        drawn = draw(rng, 2 * each * rows).reshape(MACHINES, 2 * each, rows)[:, ::2]
        shifts = np.zeros((MACHINES, 1))
        shifts[moved[:-1], 0] = SHIFTS * (of.numbers - of.levels)[moved[:-1]].std(axis=1)
        shifts[moved[-1]] = SPREADS * drawn[:-1].mean(axis=2).std(axis=1).mean()
        for window in np.moveaxis(drawn, 1, 0):
            judged += 1
            wrong += bool(of.moved(window))
            # The verdict on a machine does not depend on the others.
            seen += np.isin(moved, list(of.moved(window + shifts)))
    *by_rows, by_spreads = (seen / judged).tolist()
    return Shares(wrong / judged, by_rows, by_spreads)


def main() -> None:
    """Simulate, and write the table into the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=400, help="that are judged for each figure")
    windows: int = parser.parse_args().windows
    rng = np.random.default_rng(12)
    lines = []
    for name, draw in FLEETS.items():
        for trained in TRAINED:
            for rows in SIZES:
                found = shares(rng, draw, trained, rows, windows)
                lines.append(
                    [
                        *(name, f"{trained:,}", f"{rows:,}", f"{found.false:.1%}"),
                        *(f"{share:.0%}" for share in (*found.seen, found.by_spreads)),
                    ]
                )
                print(lines[-1], flush=True)
    head = ["machines", "trained", "rows", "false alarms", *(f"{shift:g} sd seen" for shift in SHIFTS)]
    head.append(f"{SPREADS:g} spreads seen")
    write_between("by key", table(head, lines))


if __name__ == "__main__":
    main()
