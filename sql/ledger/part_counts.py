"""Counting a part by source and predicted class, so that a summary adds up parts and never scans predictions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import isfinite

import pyarrow as pa
import pyarrow.compute as pc

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
    sources, predictions = rows.column("source"), rows.column("prediction")
    # A part has one door, or a few; a group-by would cost a small part more than scoring it.
    doors = sources.unique().to_pylist()
    of_door = {door: predictions if len(doors) == 1 else predictions.filter(pc.equal(sources, door)) for door in doors}
    return _count_numbers(of_door) if pa.types.is_floating(predictions.type) else _count_classes(of_door)


def _count_classes(of_door: dict[str, pa.Array]) -> PartCounts:
    counted = {door: predictions.value_counts().flatten() for door, predictions in of_door.items()}
    return PartCounts(
        {
            door: dict(zip(classes.to_pylist(), counts.to_pylist(), strict=True))
            for door, (classes, counts) in counted.items()
        },
        None,
    )


def _count_numbers(of_door: dict[str, pa.Array]) -> PartCounts:
    sums = {door: pc.sum(predictions).as_py() for door, predictions in of_door.items()}
    return PartCounts(
        {door: {NUMBER: len(predictions)} for door, predictions in of_door.items()},
        # JSON has no infinity; a part without a sum is left out of the mean instead of failing to be recorded.
        {door: total for door, total in sums.items() if isfinite(total)},
    )
