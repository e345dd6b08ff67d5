"""Rows per second of a job with one, two and four workers, what bounds them, and how many rows the ledger keeps of it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy import func, select

from benchmarks.memory import processes_of
from benchmarks.report import table
from benchmarks.stack import RunningStack, own_stack
from sql.base.engine import connect_engine
from sql.base.tables import batches, job_claims, parts

BUSY = 0.85
"""Share of its time from which a processor counts as what bounds a run: the rest goes to starting and ending it."""


@dataclass(frozen=True, slots=True)
class ScaledRun:
    """A data set scored by some workers."""

    workers: int
    rows: int
    seconds: float
    busy_cores: float
    """Cores that were at work, of anybody, on average."""
    busy_worker: float
    """Share of the time that a worker computed, on average."""
    ledger_rows: int

    @property
    def rows_per_second(self) -> float:
        """Rows of the data set by the time to its manifest."""
        return self.rows / self.seconds

    @property
    def bound(self) -> str:
        """What more of would make it faster."""
        if self.busy_cores >= BUSY * _CORES:
            return "the cores of the machine"
        return "one core a worker" if self.busy_worker >= BUSY else "what workers wait for: disk and database"

    @property
    def ledger_rows_per_million(self) -> float:
        """Rows of batches, parts and claims by rows of the data set."""
        return self.ledger_rows / self.rows * 1_000_000


def measure_scaling(given: Path, rows: int, counts: Sequence[int]) -> list[ScaledRun]:
    """Score one data set with so many workers each, on a stack of their own."""
    runs = []
    for workers in counts:
        with own_stack(workers) as stack:
            runs.append(_run(stack, given, rows, workers))
        print(
            f"{workers} workers: {runs[-1].rows_per_second:,.0f} rows/s, bound by {runs[-1].bound}",
            flush=True,
        )
    return runs


def score_whole(stack: RunningStack, given: Path, output: Path, rows: int) -> float:
    """Score a data set by a job, and return the seconds from the command to the manifest; ends where a row is missing."""
    started = time.perf_counter()
    job = json.loads(stack.run("score", str(given), str(output), "--json"))
    seconds = time.perf_counter() - started
    if job["state"] != "done" or job["predicted"] + job["quarantined"] != rows:
        sys.exit(f"the job is not whole: {job}")
    return seconds


def scaling_table(runs: Sequence[ScaledRun]) -> str:
    """Write the runs as a table."""
    header = ["workers", "rows/s", "cores at work", "a worker computes", "bound by", "ledger rows per million"]
    rows = [
        [
            run.workers,
            f"{run.rows_per_second:,.0f}",
            f"{run.busy_cores:.2f} of {_CORES}",
            f"{run.busy_worker:.0%} of the time",
            run.bound,
            f"{run.ledger_rows_per_million:.1f}",
        ]
        for run in runs
    ]
    return table(header, rows)


_CORES = os.cpu_count() or 1


def _run(stack: RunningStack, given: Path, rows: int, workers: int) -> ScaledRun:
    kept, machine, computed = _ledger_rows(stack), psutil.cpu_times(), _worker_seconds(stack)
    seconds = score_whole(stack, given, stack.home / "answers", rows)
    idle = psutil.cpu_times().idle - machine.idle
    return ScaledRun(
        workers=workers,
        rows=rows,
        seconds=seconds,
        busy_cores=_CORES - idle / seconds,
        busy_worker=(_worker_seconds(stack) - computed) / seconds / workers,
        ledger_rows=_ledger_rows(stack) - kept,
    )


def _worker_seconds(stack: RunningStack) -> float:
    """Return the processor seconds of all workers."""
    workers = [pid for pid, name in processes_of(stack.home).items() if name.startswith("worker")]
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in workers)


def _ledger_rows(stack: RunningStack) -> int:
    engine = connect_engine(stack.settings["SMARTPREDICT_DATABASE_URL"], "benchmark")
    try:
        with engine.connect() as connection:
            counts = [connection.scalar(select(func.count()).select_from(of)) for of in (batches, parts, job_claims)]
    finally:
        engine.dispose()
    return sum(count or 0 for count in counts)
