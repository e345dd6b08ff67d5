"""Use cases proposed from columns that a test writes down, as a file would bring them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from usecases.columns.features import Feature
from usecases.proposal.choices import Choices
from usecases.proposal.findings import Finding
from usecases.proposal.infer import Inferred, infer

ROWS = 600


def random_numbers(seed: int = 0, rows: int = ROWS) -> list[float]:
    """Draw numbers that tell nothing of anything."""
    return [round(float(value), 2) for value in np.random.default_rng(seed).normal(50, 9, rows)]


def texts(values: Sequence[Any]) -> pa.Array:
    """Return a column as a CSV file has it; an empty cell is a missing value."""
    return pa.array([None if value is None or value == "" else str(value) for value in values], pa.string())


def proposed(columns: Mapping[str, Sequence[Any] | pa.Array], target: str = "", **choices: Any) -> Inferred:
    """Infer a use case from columns; without a target, one that nothing is known of stands beside them."""
    known = {name: column if isinstance(column, pa.Array) else texts(column) for name, column in columns.items()}
    if not target:
        target = "answer"
        rows = len(next(iter(known.values())))
        known[target] = texts(np.random.default_rng(99).choice(["no", "yes"], rows).tolist())
        known.setdefault("other", texts(random_numbers(98, rows)))
    table = pa.RecordBatch.from_arrays(list(known.values()), names=list(known))
    return infer(table, Choices(target=target, **choices), file_name="data.csv", data="training.csv")


def feature_of(inferred: Inferred, name: str) -> Feature:
    """Return a feature by its name."""
    return inferred.use_case.features_by_name[name]


def findings_of(inferred: Inferred, column: str) -> dict[str, Finding]:
    """Return what was found about a column, by the kind of finding."""
    return {finding.kind: finding for finding in inferred.findings if finding.column == column}
