"""Files for tests of schedules: where they are dropped, and what they hold."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import UUID

from broker.ids import batch_id_of_file
from tests.support.pipeline import equipment_rows

DEFAULT = "equipment_failure"

#: The default use case under another name, predicted by schedule.
NIGHTLY = "nightly_checks"


def good_file(rows: int, *, seed: int) -> bytes:
    """Make a file of good rows; another seed makes another file."""
    return bytes(equipment_rows(rows, seed=seed).to_pandas().to_csv(index=False).encode())


def large_file(rows: int, *, seed: int) -> bytes:
    """Make a file of many good rows, the same thousand again and again."""
    header, body = good_file(1_000, seed=seed).split(b"\n", 1)
    return header + b"\n" + body * (rows // 1_000)


def half_bad_file(rows: int, *, seed: int) -> bytes:
    """Make a file of which every third row names a quality that does not exist."""
    frame = equipment_rows(rows, seed=seed).to_pandas()
    frame["product_quality"] = frame["product_quality"].astype(str)
    frame.loc[::3, "product_quality"] = "X"
    return bytes(frame.to_csv(index=False).encode())


def drop(data: Path, use_case: str, name: str, content: bytes) -> UUID:
    """Drop a file as a well-behaved producer does and give the id of its batch."""
    folder = data / "incoming" / use_case
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.tmp"
    partial.write_bytes(content)
    partial.rename(folder / name)
    return batch_id_of_file(use_case, hashlib.sha256(content).hexdigest(), name)
