"""Memory and seconds of `smartpredict train` on rows that are read block by block, beside fewer rows in memory.

python -m benchmarks.training [--rows 30000000] [--in-memory 3000000]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from benchmarks.machine import describe_machine
from benchmarks.report import save, table
from benchmarks.stack import RunningStack, own_stack

NUMBERS, FILE_ROWS, GROUP_ROWS = 8, 3_000_000, 500_000
LIMIT_MB = 4_000
"""Megabytes that a training may take."""

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Measured:
    """A training, from the command to its version."""

    way: str
    rows: int
    seconds: float
    peak_mb: float
    roc_auc: float
    told: str

    @property
    def seconds_per_million(self) -> float:
        """Seconds of a million rows."""
        return self.seconds / self.rows * 1e6


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=30_000_000, help="rows that are read block by block")
    parser.add_argument("--in-memory", type=int, default=3_000_000, help="rows that are read at once")
    parser.add_argument("--limit", type=int, default=LIMIT_MB, help="megabytes that the larger training may take")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="smartpredict-bench-training-") as folder, own_stack() as stack:
        os.environ["SMARTPREDICT_USECASES"] = folder
        for name, rows, data in (
            ("at_once", arguments.in_memory, "rows.parquet"),
            ("in_blocks", arguments.rows, "rows"),
        ):
            _declare(Path(folder) / name, name, data)
            _write_rows(Path(folder) / name / data, rows)
        found = [
            _measure(stack, "at_once", "in memory", arguments.in_memory, 1_000_000),
            _measure(stack, "in_blocks", "block by block", arguments.rows, arguments.limit),
        ]
    _report(found)


def _declare(folder: Path, name: str, data: str) -> None:
    folder.mkdir()
    numbers = [{"name": f"number_{place}", "type": "float"} for place in range(NUMBERS)]
    texts = [{"name": f"text_{place}", "type": "category", "values": ["a", "b", "c", "d"]} for place in range(2)]
    content = {
        "name": name,
        "title": "Benchmark of trainings",
        "task": "binary",
        "target": "answer",
        "classes": ["no", "yes"],
        "features": [*numbers, *texts],
        "training": {"data": data, "split": "random", "rounds": 100},
    }
    (folder / "usecase.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


def _write_rows(place: Path, rows: int) -> None:
    """Write rows whose answer follows their features, but for noise; the same number makes the same rows."""
    if place.suffix:
        _write_file(place, rows, 0)
        return
    place.mkdir()
    for number, start in enumerate(range(0, rows, FILE_ROWS)):
        _write_file(place / f"{number:03d}.parquet", min(FILE_ROWS, rows - start), number)


def _write_file(path: Path, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    writer = None
    for start in range(0, rows, GROUP_ROWS):
        count = min(GROUP_ROWS, rows - start)
        numbers = rng.normal(size=(NUMBERS, count))
        codes = rng.integers(0, 4, (2, count))
        odds = numbers[0] * numbers[1] + np.sin(3 * numbers[2]) + (codes[0] == codes[1]) - 0.5 + numbers[3]
        columns: dict[str, object] = {f"number_{place}": values for place, values in enumerate(numbers)}
        columns |= {f"text_{place}": np.array(list("abcd"))[values] for place, values in enumerate(codes)}
        columns["answer"] = np.where(rng.random(count) < 1 / (1 + np.exp(-odds)), "yes", "no")
        made = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, made.schema)
        writer.write_table(made, row_group_size=GROUP_ROWS)
    if writer is not None:
        writer.close()


def _measure(stack: RunningStack, name: str, way: str, rows: int, limit: int) -> Measured:
    program = Path(sys.executable).with_name("smartpredict")
    environment = {
        **os.environ,
        "SMARTPREDICT_HOME": str(stack.home),
        "SMARTPREDICT_TRAINING_MEMORY": str(limit * MEGABYTE),
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(program), "train", name, "--no-promote"], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None  # for the type checker
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"the training failed:\n{printed}")
    metric = re.search(r"roc auc on the holdout\D+([\d.]+)", printed)
    told = next((line for line in printed.splitlines() if "may be taken" in line), "")
    peak = usage.ru_maxrss * 1024 / MEGABYTE
    found = Measured(way, rows, time.perf_counter() - started, peak, float(metric[1]) if metric else float("nan"), told)
    print(printed, found, sep="\n", flush=True)
    return found


def _report(found: list[Measured]) -> None:
    header = [
        "rows of 10 features",
        "way",
        "peak memory, MB",
        "seconds",
        "seconds a million rows",
        "ROC AUC on the holdout",
    ]
    rows = [
        [
            f"{one.rows:,}",
            one.way,
            f"{one.peak_mb:,.0f}",
            f"{one.seconds:,.0f}",
            f"{one.seconds_per_million:.1f}",
            f"{one.roc_auc:.4f}",
        ]
        for one in found
    ]
    small, large = found
    text = f"100 rounds of trees at most. Forecast: {large.told}\n\n{table(header, rows)}"
    print(text)
    figures = {
        "rows": large.rows,
        "peak_mb": round(large.peak_mb),
        "seconds_per_million": round(large.seconds_per_million, 2),
        "roc_auc": large.roc_auc,
        "in_memory": {
            "rows": small.rows,
            "peak_mb": round(small.peak_mb),
            "seconds_per_million": round(small.seconds_per_million, 2),
            "roc_auc": small.roc_auc,
        },
    }
    save("training", figures, text, describe_machine())


if __name__ == "__main__":
    main()
