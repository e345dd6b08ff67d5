"""Memory of a backtest of many series: a thousand of them, three years of hours, every hour of the last days an origin.

python -m benchmarks.forecasts.many_series [--series 1000] [--days 1 30] prints for each stretch how many forecasts were made
and the peak memory of the process, beside what the observations themselves take. Each runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.forecasts.features import HOURS, START, meters
from benchmarks.report import table
from training.forecasts.backtest import backtest
from usecases.forecasts.observations import Observations, in_order

HOUR = 3_600_000_000
CORRECTED = 0.01
"""Share of the readings that a second version corrects a day later."""


def readings(series: int) -> Observations:
    """Return readings with a day, noise, and corrections."""
    random = np.random.default_rng(0)
    hours = pd.Timestamp(START).value // 1_000 + np.arange(HOURS) * HOUR
    values = 10 + 3 * np.sin(np.arange(HOURS) * 2 * np.pi / 24) + random.normal(0, 1, (series, HOURS))
    codes, moments, power = np.repeat(np.arange(series), HOURS), np.tile(hours, series), values.reshape(-1)
    corrected = np.flatnonzero(random.random(len(power)) < CORRECTED)
    known = np.concatenate([moments, moments[corrected] + 24 * HOUR])
    places = np.concatenate([np.arange(len(power)), corrected])
    ahead = pa.RecordBatch.from_struct_array(pa.array([{}] * len(places), pa.struct([])))
    return in_order(Observations(codes[places], moments[places], known, power[places], ahead, bad={}, rows=len(places)))


def measure(series: int, days: int) -> dict[str, float]:
    """Run one backtest; returns its forecasts, seconds, and the memory in GB before it and at its peak."""
    found = readings(series)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    since = int(found.moments.max()) - days * 24 * HOUR
    started = time.perf_counter()
    use_case = meters(series, horizon=24, known_at="published", intervals=[90], training_rows=300_000)
    done = backtest(use_case, found, since=since)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"forecasts": done.sums.rows, "seconds": seconds, "before": before / 1e6, "peak": peak / 1e6}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=1_000)
    parser.add_argument("--days", type=int, nargs="+", default=[1, 30], help="stretches before the end, in days")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.series, arguments.days[0])))
        return
    lines = []
    for days in arguments.days:
        asked = [sys.executable, "-m", __spec__.name, "--one", "--series", str(arguments.series), "--days", str(days)]
        told = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
        lines.append(
            (
                str(days), f"{told['forecasts']:,}", f"{told['seconds']:.0f} s",
                f"{told['before']:.1f} GB", f"{told['peak']:.1f} GB",
            )
        )  # fmt: skip
    print(table(("days of origins", "forecasts", "time", "memory with the observations", "at the peak"), lines))


if __name__ == "__main__":
    main()
