"""Rows per second from a dropped CSV to the last commit, beside the bare binary COPY of the same rows.

python -m benchmarks.bulk [--rows 1000000 3000000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine

from benchmarks.bounds.copy_bound import copy_rate
from benchmarks.machine import describe_machine
from benchmarks.memory import MemoryWatch
from benchmarks.report import median, save, spread, table
from benchmarks.stack import RunningStack, own_stack
from broker.ids import batch_id_of_file
from sql.base.engine import connect_engine
from sql.ledger.batch_ledger import BatchLedger, find_batch
from training.datasets.sample_files import write_inference_csv

BAD_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class BulkRun:
    """One file, followed from its drop to its last commit."""

    rows: int
    seconds: float
    copy_rows_per_second: float
    peak_megabytes: dict[str, float]
    """Largest resident memory of each process."""

    @property
    def rows_per_second(self) -> float:
        """Rows of the file by the time to the last commit."""
        return self.rows / self.seconds


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 3_000_000], help="sizes of the file")
    parser.add_argument("--rounds", type=int, default=3, help="files of the first size; one of each further size")
    arguments = parser.parse_args()
    runs: list[BulkRun] = []
    with own_stack() as stack:
        _run(stack, 100_000, 0)  # warm-up
        for size in arguments.rows:
            for number in range(arguments.rounds if size == arguments.rows[0] else 1):
                runs.append(_run(stack, size, number + 1))
                print(
                    f"{size:,} rows: {runs[-1].rows_per_second:,.0f} rows/s, COPY {runs[-1].copy_rows_per_second:,.0f}",
                    flush=True,
                )
        audit = stack.run("audit")
    _report(runs, audit)


def _run(stack: RunningStack, rows: int, number: int) -> BulkRun:
    """Drop one file and follow it; then copy its rows bare, in the same minute."""
    with MemoryWatch(stack.home) as memory:
        seconds, batch = drop_file(stack, rows, number)
    rate = copy_rate(stack.settings["SMARTPREDICT_DATABASE_URL"], batch.first_id, batch.last_id)
    return BulkRun(rows, seconds, rate, memory.peaks)


def drop_file(stack: RunningStack, rows: int, number: int) -> tuple[float, BatchLedger]:
    """Drop one file and follow it; gives the seconds from the drop to the last commit, and its batch."""
    return follow_file(stack, write_file(stack, rows, number), rows)


def write_file(stack: RunningStack, rows: int, number: int) -> Path:
    """Write a file beside its place under a name that is not looked at."""
    incoming = Path(stack.settings["SMARTPREDICT_DATA"]) / "incoming" / "equipment_failure"
    partial = incoming / f"bench-{rows}-{number}.csv.tmp"
    write_inference_csv(partial, rows, seed=number, bad_share=BAD_SHARE)
    return partial


def follow_file(stack: RunningStack, partial: Path, rows: int) -> tuple[float, BatchLedger]:
    """Drop a file that is written, and follow it as :func:`drop_file` does."""
    file = partial.with_suffix("")
    batch_id = batch_id_of_file("equipment_failure", hashlib.sha256(partial.read_bytes()).hexdigest(), file.name)
    engine = connect_engine(stack.settings["SMARTPREDICT_DATABASE_URL"], "bench")
    dropped = time.time()
    partial.rename(file)
    batch = _follow(engine, batch_id)
    engine.dispose()
    assert batch.last_recorded_at is not None
    if batch.rows_in != rows or batch.pending or batch.dead_lettered:
        sys.exit(f"the batch is not whole: {batch}")
    return batch.last_recorded_at.timestamp() - dropped, batch


def _follow(engine: Engine, batch_id: UUID) -> BatchLedger:
    while True:
        batch = find_batch(engine, batch_id)
        if batch is not None and batch.is_done:
            return batch
        time.sleep(0.1)


def _report(runs: list[BulkRun], audit: str) -> None:
    first = [run for run in runs if run.rows == runs[0].rows]
    ratios = [run.rows_per_second / run.copy_rows_per_second for run in first]
    sizes = sorted({run.rows for run in runs})
    rows = [
        [
            f"{size:,}",
            spread([run.rows_per_second for run in runs if run.rows == size]),
            spread([run.copy_rows_per_second for run in runs if run.rows == size]),
        ]
        for size in sizes
    ]
    processes = sorted({name for run in runs for name in run.peak_megabytes})
    memory = [
        [name, *(f"{max(run.peak_megabytes.get(name, 0) for run in runs if run.rows == size):,.0f}" for size in sizes)]
        for name in processes
    ]
    text = (
        f"{table(['rows of CSV, 1 % bad', 'rows/s, drop to last commit', 'bare binary COPY, rows/s'], rows)}\n\n"
        f"Ratio to the bare COPY at {sizes[0]:,} rows: **{median(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f}).\n\n"
        f"Peak resident memory, MB:\n\n{table(['process', *(f'{size:,} rows' for size in sizes)], memory)}"
    )
    figures = {
        "ratio_to_copy": round(median(ratios), 3),
        "rows_per_second": round(median([run.rows_per_second for run in first])),
        "copy_rows_per_second": round(median([run.copy_rows_per_second for run in first])),
        "peak_megabytes": {
            f"{size}": {
                name: max(run.peak_megabytes.get(name, 0) for run in runs if run.rows == size) for name in processes
            }
            for size in sizes
        },
    }
    print(audit)
    print(text)
    save("bulk", figures, text, describe_machine())


if __name__ == "__main__":
    main()
