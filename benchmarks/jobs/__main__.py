"""Rows per second of a job from Parquet to Parquet, beside the door of files and beside a bare loop, in one run.

python -m benchmarks.jobs [--rows 10000000 50000000] [--rounds 3] [--workers 1 2 4]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.bulk import drop_file
from benchmarks.jobs.scaling import ScaledRun, measure_scaling, scaling_table, score_whole
from benchmarks.machine import describe_machine
from benchmarks.memory import MemoryWatch
from benchmarks.report import median, save, spread, table
from benchmarks.stack import RunningStack, own_stack

WORKERS = 2
GROUP_ROWS = 1_000_000
BULK_ROWS = 1_000_000
BAD_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class JobRun:
    """One data set, scored by a job, then its bounds in the same minutes."""

    rows: int
    seconds: float
    bare_seconds: float
    bulk_rows_per_second: float
    worker_megabytes: float

    @property
    def rows_per_second(self) -> float:
        """Rows of the data set by the time to its manifest."""
        return self.rows / self.seconds

    @property
    def ratio_to_bare(self) -> float:
        """Part of the speed of the bare loop."""
        return self.bare_seconds / self.seconds

    @property
    def ratio_to_bulk(self) -> float:
        """Times the speed of the door of files."""
        return self.rows_per_second / self.bulk_rows_per_second


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000_000, 50_000_000], help="sizes of the data set")
    parser.add_argument("--rounds", type=int, default=3, help="jobs of the first size; one of each further size")
    parser.add_argument(
        "--workers", type=int, nargs="*", default=[1, 2, 4], help="workers that the first size is scored by"
    )
    arguments = parser.parse_args()
    runs: list[JobRun] = []
    first = arguments.rows[0]
    with tempfile.TemporaryDirectory(prefix="smartpredict-bench-jobs-") as folder:
        files = {size: Path(folder) / f"{size}.parquet" for size in arguments.rows}
        for size, given in files.items():
            write_data_set(given, size)
        with own_stack(WORKERS) as stack:
            drop_file(stack, 100_000, 0)  # warm-up
            for size, given in files.items():
                for number in range(arguments.rounds if size == first else 1):
                    runs.append(_run(stack, given, size, number + 1))
                    print(
                        f"{size:,} rows: {runs[-1].rows_per_second:,.0f} rows/s, {runs[-1].ratio_to_bulk:.2f} of the door "
                        f"of files, {runs[-1].ratio_to_bare:.2f} of the bare loop",
                        flush=True,
                    )
            print(stack.run("audit"))
        scaled = measure_scaling(files[first], first, arguments.workers)
    _report(runs, scaled)


def write_data_set(path: Path, rows: int) -> None:
    """Write made-up rows, one in a hundred bad, a million a row group; the same number makes the same file."""
    rng = np.random.default_rng(rows)
    with pq.ParquetWriter(path, _SCHEMA) as writer:
        for start in range(0, rows, GROUP_ROWS):
            count = min(GROUP_ROWS, rows - start)
            spoilt = rng.random(count) < BAD_SHARE
            columns = [
                np.char.add("M-", np.arange(start, start + count).astype(str)),
                np.array(["L", "M", "H"])[rng.integers(0, 3, count)],
                np.where(spoilt, -5.0, rng.normal(300, 2, count).round(1)),
                rng.normal(312, 1, count).round(1),
                rng.integers(1200, 2000, count),
                rng.normal(40, 8, count).clip(0, 100).round(1),
                rng.integers(0, 250, count),
            ]
            writer.write_table(pa.table(columns, schema=_SCHEMA), row_group_size=GROUP_ROWS)


_SCHEMA = pa.schema(
    [
        ("machine_id", pa.string()),
        ("product_quality", pa.string()),
        ("air_temperature_k", pa.float64()),
        ("process_temperature_k", pa.float64()),
        ("rotational_speed_rpm", pa.int64()),
        ("torque_nm", pa.float64()),
        ("tool_wear_min", pa.int64()),
    ]
)


def _run(stack: RunningStack, given: Path, rows: int, number: int) -> JobRun:
    bulk_seconds, _ = drop_file(stack, BULK_ROWS, rows + number)
    output = given.with_name(f"{given.stem}-{number}")
    with MemoryWatch(stack.home) as memory:
        seconds = score_whole(stack, given, output, rows)
    workers = [peak for name, peak in memory.peaks.items() if name.startswith("worker")]
    return JobRun(rows, seconds, _bare(stack, given), BULK_ROWS / bulk_seconds, max(workers))


def _bare(stack: RunningStack, given: Path) -> float:
    """Run the bare loop in as many processes as there are workers; gives the seconds to the end of the last."""
    model = next((stack.home / "models" / "equipment_failure").glob("*.ubj"))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory(dir=given.parent) as output:
        started = time.perf_counter()
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.bounds.bare_loop", model, given, output, str(number), str(WORKERS)],
                env=environment,
            )
            for number in range(WORKERS)
        ]
        if any(process.wait() for process in processes):
            sys.exit("the bare loop failed")
        return time.perf_counter() - started


def _report(runs: list[JobRun], scaled: list[ScaledRun]) -> None:
    sizes = list(dict.fromkeys(run.rows for run in runs))
    rows = []
    for size in sizes:
        mine = [run for run in runs if run.rows == size]
        rows.append(
            [
                f"{size:,}",
                spread([run.rows_per_second for run in mine]),
                f"{median([run.ratio_to_bulk for run in mine]):.2f}",
                f"{median([run.ratio_to_bare for run in mine]):.2f}",
                f"{max(run.worker_megabytes for run in mine):,.0f}",
            ]
        )
    header = ["rows of Parquet, 1 % bad", "rows/s, command to manifest", "of the door of files", "of the bare loop"]
    text = f"{WORKERS} workers.\n\n{table([*header, 'peak memory of a worker, MB'], rows)}"
    if scaled:
        text += f"\n\n{scaled[0].rows:,} rows:\n\n{scaling_table(scaled)}"
    largest = [run for run in runs if run.rows == sizes[-1]]
    figures = {
        "rows": sizes[-1],
        "rows_per_second": round(median([run.rows_per_second for run in largest])),
        "ratio_to_bulk": round(median([run.ratio_to_bulk for run in largest]), 3),
        "ratio_to_bare": round(median([run.ratio_to_bare for run in largest]), 3),
        "rows_per_second_by_workers": {f"{run.workers}": round(run.rows_per_second) for run in scaled},
        "ledger_rows_per_million": max((round(run.ledger_rows_per_million, 1) for run in scaled), default=None),
        "worker_megabytes": {
            f"{size}": max(run.worker_megabytes for run in runs if run.rows == size) for size in sizes
        },
    }
    print(text)
    save("jobs", figures, text, describe_machine())


if __name__ == "__main__":
    main()
