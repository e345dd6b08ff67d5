"""Columns by the names they have where rows come from: the original header of a file works at every door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from usecases.spec import UseCase


def canonical_names(use_case: UseCase, found: Sequence[str]) -> list[str | None]:
    """Give the use case's own names of columns, by their places; none for a column that is ignored.

    A name that is not known stays as it is, for the check of the columns to complain about.

    >>> from usecases.catalog import load_catalog
    >>> canonical_names(load_catalog()["iris"], ["petal_width_cm", "colour"])
    ['petal_width_cm', 'colour']
    """
    ignored = frozenset(use_case.ignored_columns)
    return [_canonical(use_case, ignored, name) for name in found]


def canonical_columns(use_case: UseCase, table: pa.RecordBatch) -> pa.RecordBatch:
    """Rename the columns of a table and leave out those that are ignored."""
    names = canonical_names(use_case, table.schema.names)
    kept = [place for place, name in enumerate(names) if name is not None]
    return pa.RecordBatch.from_arrays(
        [table.column(place) for place in kept], names=[name for name in names if name is not None]
    )


def canonical_row(use_case: UseCase, row: Any) -> Any:
    """Rename the members of a JSON object likewise; one that is there under both names keeps both, and is refused."""
    if not isinstance(row, dict):
        return row
    names = use_case.names_by_source
    ignored = use_case.ignored_columns
    return {
        (names[name] if name in names and names[name] not in row else name): value
        for name, value in row.items()
        if name not in ignored
    }


def _canonical(use_case: UseCase, ignored: frozenset[str], name: str) -> str | None:
    stripped = name.strip()
    if stripped in ignored:
        return None
    return use_case.names_by_source.get(stripped, name)
