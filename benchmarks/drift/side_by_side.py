"""The same series judged by this project, by Evidently and by NannyML, each as it judges by default.

python -m benchmarks.drift.side_by_side PYTHON writes its table into docs/drift.md. PYTHON is that of an environment made of
requirements/compare.txt; hourly readings of a real series are judged as well where a Parquet file of them is given.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.drift.in_order import TrainedColumn
from benchmarks.drift.ordered_processes import PROCESSES
from benchmarks.drift.pages import write_between
from benchmarks.report import table
from monitoring.drift.verdicts import Verdict
from training.datasets.equipment_failure import generate

Floats = np.ndarray[Any, np.dtype[np.float64]]

TRAINED = 30_000
WINDOWS = 50
PARTS = 10
"""Trainings of a process, each on rows of its own; what is found is added up, since with one the order of judges is luck."""
DAY, WEEK, MONTH = 24, 168, 720


@dataclass(frozen=True, slots=True)
class Series:
    """Training data, and windows that are served, one after the other."""

    title: str
    trained: Floats
    served: Floats
    rows: int
    """Of a window."""
    is_drifted: bool

    @property
    def windows(self) -> Floats:
        """The windows, a row each; what is left over makes none."""
        return self.served[: len(self.served) // self.rows * self.rows].reshape(-1, self.rows)

    def alarms(self) -> int:
        """Count windows that this project calls drifted."""
        column = TrainedColumn(self.trained)
        return sum(column.judge(window) is Verdict.DRIFTED for window in self.windows)


def plant() -> Iterator[Series]:
    """Yield the training data of the default use case, served in its own order, as it is and shifted."""
    data = generate()
    air, torque = (data[name].to_numpy(np.float64) for name in ("air_temperature_k", "torque_nm"))
    for name, numbers in (("air temperature", air), ("torque", torque)):
        for rows in (500, 1_000, 2_000):
            yield Series(f"{name}, own rows, {rows:,}", numbers, numbers, rows, is_drifted=False)
    for name, numbers, shift in (("torque", torque, 0.5), *(("air temperature", air, by) for by in (0.5, 1.0, 2.0))):
        yield Series(f"{name} + {shift:g} sd, 500", numbers, numbers + shift * numbers.std(), 500, is_drifted=True)


def processes(rng: np.random.Generator) -> Iterator[Series]:
    """Yield processes of which training knows another part, as they are and shifted by two standard deviations."""
    for name, process in PROCESSES.items():
        drawn = [(process(rng, TRAINED), process(rng, 2 * WINDOWS * 500)) for _ in range(PARTS)]
        parts = [(trained, served.reshape(-1, 500)[::2].ravel()) for trained, served in drawn]
        for trained, served in parts:
            yield Series(f"{name}, 500", trained, served, 500, is_drifted=False)
        for trained, served in parts:
            yield Series(f"{name} + 2 sd, 500", trained, served + 2 * trained.std(), 500, is_drifted=True)


def readings(path: Path) -> Iterator[Series]:
    """Yield hourly PM2.5 of a city: a year like those before it, and the haze of a month."""
    hours = pd.read_parquet(path).drop_duplicates("timestamp").set_index("timestamp").sort_index()
    numbers: pd.Series = hours["reading_central"]

    def between(first: str, last: str) -> Floats:
        return numbers.loc[first:last].to_numpy(np.float64)

    for name, rows in (("days", DAY), ("weeks", WEEK), ("months", MONTH)):
        title = f"PM2.5 of 2022 after 2019 to 2021, {name}"
        yield Series(title, between("2019", "2021"), between("2022", "2022"), rows, is_drifted=False)
    for name, rows in (("days", DAY), ("weeks", WEEK)):
        title = f"haze of September 2019 after June 2016 to 2018, {name}"
        yield Series(title, between("2016-06", "2018"), between("2019-09", "2019-09"), rows, is_drifted=True)


def by_others(python: Path, series: list[Series]) -> list[dict[str, int]]:
    """Have an environment that has Evidently and NannyML judge the series."""
    with tempfile.TemporaryDirectory() as folder:
        arrays: dict[str, Any] = {}
        for number, one in enumerate(series):
            arrays |= {f"trained_{number}": one.trained, f"rows_{number}": one.rows}
            arrays[f"served_{number}"] = one.windows.ravel()
        path = Path(folder) / "series.npz"
        np.savez(path, **arrays)
        # Neither tells its makers of it.
        quiet = os.environ | {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"}
        judge = Path(__file__).with_name("other_judges.py")
        done = subprocess.run(
            [python, judge, path], check=True, capture_output=True, text=True, env=quiet
        )  # our own script
    found: list[dict[str, int]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Judge, and write the table into the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", type=Path, help="of an environment made of requirements/compare.txt")
    parser.add_argument("--readings", type=Path, help="a Parquet file of hourly readings")
    given = parser.parse_args()
    series = [*plant(), *processes(np.random.default_rng(21))]
    if given.readings is not None:
        series += readings(given.readings)
    found: dict[tuple[str, bool], list[int]] = {}
    for one, others in zip(series, by_others(given.python, series), strict=True):
        counts = [len(one.windows), one.alarms(), others["evidently"], others["nannyml"]]
        before = found.setdefault((one.title, one.is_drifted), [0] * len(counts))
        found[one.title, one.is_drifted] = [sum(pair) for pair in zip(before, counts, strict=True)]
    lines = [
        [title, "yes" if is_drifted else "no", *(f"{count:,}" for count in counts)]
        for (title, is_drifted), counts in found.items()
    ]
    write_between(
        "side by side", table(["series, rows of a window", "drift", "windows", "here", "Evidently", "NannyML"], lines)
    )


if __name__ == "__main__":
    main()
