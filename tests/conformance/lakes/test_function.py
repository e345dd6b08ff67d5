"""The function of docs/jobs.md, for whoever has rows in Arrow, answers as every door does; elsewhere.py runs it in their engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.conformance.lakes.reading import PROGRAMS, data_set, require_equal


def test_batches_are_answered_and_bad_rows_left_out(tmp_path: Path) -> None:
    rows = data_set(tmp_path)
    module: dict[str, Any] = {}
    exec(PROGRAMS[""], module)  # noqa: S102  # a program of our own page
    batches = pq.read_table(rows.given).to_batches(300)
    require_equal(pa.Table.from_batches(module["predicted"](batches, rows.model_file)), rows.expected)
