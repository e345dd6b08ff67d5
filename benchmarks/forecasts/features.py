"""How fast the features of many series are built, beside mlforecast: a thousand series, three years of hours.

python -m benchmarks.forecasts.features --other PYTHON prints rows a second and the memory of each. PYTHON is that of an
environment made of requirements/forecast.txt. Both build the same features of every hour, on one thread.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.forecasts.asking import ask_other
from benchmarks.report import table
from usecases.contract.spec import UseCase
from usecases.forecasts.grid import Grid, KnownAhead, Spans
from usecases.forecasts.observations import options_of
from usecases.forecasts.rows import build_all_rows
from usecases.metrics.inputs import Floats

START = "2023-01-01T00:00:00Z"
HOURS = 3 * 365 * 24
LAGS, MEANS, STDS = [1, 2, 3, 24, 168], [24, 168], [24]
KILOBYTES_A_GIGABYTE = 1_000_000


def meters(series: int, **further: Any) -> UseCase:
    """Return a forecast of so many series, an hour ahead unless told otherwise."""
    return UseCase.model_validate(
        {
            "name": "meters",
            "title": "Meters",
            "task": "forecast",
            "target": "power",
            "forecast": {
                "time": "hour", "series": "meter", "frequency": "1h", "horizon": 1, "lags": LAGS, "rolling_mean": MEANS,
                "rolling_std": STDS, "calendar": ["hour", "weekday"], **further,
            },
            "features": [{"name": "meter", "type": "category", "values": [f"m{n:05d}" for n in range(series)]}],
            "training": {"data": "meters.parquet"},
        }
    )  # fmt: skip


def ours(use_case: UseCase, readings: Floats) -> tuple[int, float]:
    """Build the rows of every hour that has enough before it; returns how many and how long it took."""
    options = options_of(use_case)
    none, start = np.empty(0, dtype=np.int64), pd.Timestamp(START).value // 1_000
    settled = np.broadcast_to(start + np.arange(readings.shape[1]) * options.step, readings.shape)
    ahead = KnownAhead(none, readings.shape[1] + 2, pa.RecordBatch.from_pylist([], pa.schema([])))
    grid = Grid(start, options.step, readings, settled, Spans(none, none, none, none, np.empty(0)), ahead)
    started, rows = time.perf_counter(), 0
    for block in build_all_rows(use_case, grid, options.lookback, grid.steps):
        rows += block.rows.num_rows
    return rows, time.perf_counter() - started


def theirs(python: str, readings: Floats) -> tuple[int, float]:
    """Ask mlforecast for the same features; returns rows and seconds."""
    count, hours = readings.shape
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(count), hours),
            "ds": np.tile(pd.date_range(START, periods=hours, freq="h").tz_localize(None), count),
            "y": readings.reshape(-1),
        }
    )
    options = {
        "lags": LAGS, "rolling": {"mean": MEANS, "std": STDS}, "calendar": ["hour", "dayofweek"], "threads": 1,
        "parameters": {},
    }  # fmt: skip
    told = json.loads((ask_other(python, "features", frame, options) / "told.json").read_text(encoding="utf-8"))
    return int(told["rows"]), float(told["seconds"])


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=1_000)
    parser.add_argument("--other", metavar="PYTHON", help="interpreter that has mlforecast")
    arguments = parser.parse_args()
    readings = np.random.default_rng(0).normal(10, 2, (arguments.series, HOURS))
    lines = []
    for name, found, who in (
        ("this project", ours(meters(arguments.series), readings), resource.RUSAGE_SELF),
        *([("mlforecast", theirs(arguments.other, readings), resource.RUSAGE_CHILDREN)] if arguments.other else []),
    ):
        peak = resource.getrusage(who).ru_maxrss / KILOBYTES_A_GIGABYTE
        rows, seconds = found
        lines.append((name, f"{rows:,}", f"{seconds:.1f} s", f"{rows / seconds:,.0f}", f"{peak:.1f} GB"))
    print(table(("features of", "rows", "time", "rows a second", "memory of the process"), lines))


if __name__ == "__main__":
    main()
