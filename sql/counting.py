"""Counting a part by source and predicted class, so that a summary adds up parts and never scans predictions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import isfinite

import pyarrow as pa

NUMBER = ""
"""Stands in place of a class where a number is predicted; no class has this name."""


@dataclass(frozen=True, slots=True)
class PartCounts:
    """What a part holds, in numbers."""

    rows: dict[str, dict[str, int]]
    """Rows by source and predicted class."""
    sums: dict[str, float] | None
    """Sum of the predicted numbers by source; none where classes are predicted."""

    def classes(self) -> dict[str, int]:
        """Add the sources up: rows by predicted class, none where numbers are predicted.

        >>> PartCounts({"api": {"ok": 2}, "file": {"ok": 1, "bad": 4}}, None).classes()
        {'ok': 3, 'bad': 4}
        """
        total: Counter[str] = Counter()
        for counts in self.rows.values():
            total.update(counts)
        total.pop(NUMBER, None)
        return dict(total)


def count_part(rows: pa.RecordBatch) -> PartCounts:
    """Count the rows of a part.

    >>> batch = pa.RecordBatch.from_pydict({"source": ["api", "api", "file"], "prediction": ["ok", "ok", "bad"]})
    >>> count_part(batch).rows
    {'api': {'ok': 2}, 'file': {'bad': 1}}
    """
    table = pa.Table.from_batches([rows.select(["source", "prediction"])])
    return _count_numbers(table) if pa.types.is_floating(table.schema.field(1).type) else _count_classes(table)


def _count_classes(table: pa.Table) -> PartCounts:
    # One thread: at these sizes starting others costs more than they save.
    grouped = table.group_by(["source", "prediction"], use_threads=False).aggregate([([], "count_all")])
    counts: dict[str, dict[str, int]] = {}
    for group in grouped.to_pylist():
        counts.setdefault(group["source"], {})[group["prediction"]] = group["count_all"]
    return PartCounts(counts, None)


def _count_numbers(table: pa.Table) -> PartCounts:
    groups = (
        table.group_by(["source"], use_threads=False).aggregate([([], "count_all"), ("prediction", "sum")]).to_pylist()
    )
    return PartCounts(
        {group["source"]: {NUMBER: group["count_all"]} for group in groups},
        # JSON has no infinity; a part without a sum is left out of the mean instead of failing to be recorded.
        {group["source"]: group["prediction_sum"] for group in groups if isfinite(group["prediction_sum"])},
    )
