"""Joining features to rows by key, and checking the rows that come of it by the whole contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from usecases.checking.chunk_check import CheckedChunk
from usecases.checking.table_check import check_table
from usecases.contract.feature_tables import FeatureTable
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True)
class KnownFeatures:
    """What a feature table knew at a moment; keys of which it knew nothing fresh enough are not among them.

    Attributes
    ----------
    keys
        Keys, each once.
    features
        The features of each, under their names.
    """

    keys: pa.Array
    features: pa.RecordBatch


def key_texts(table: FeatureTable, rows: pa.RecordBatch) -> pa.Array:
    """Return what rows are joined by, as texts; empty ones where the observations are of one series."""
    if table.join_key is None:
        return pa.repeat(pa.scalar("", pa.string()), rows.num_rows)
    return rows.column(table.join_key).cast(pa.string())


def with_joined(use_case: UseCase, rows: pa.RecordBatch, joined: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """Return rows with the features that were joined to them, all in the order of the contract."""
    columns = dict(zip(rows.schema.names, rows.columns, strict=True)) | dict(joined)
    return pa.RecordBatch.from_pydict({name: columns[name] for name in use_case.columns})


def complete_chunk(use_case: UseCase, chunk: CheckedChunk, known: Sequence[KnownFeatures]) -> CheckedChunk:
    """Join features to the good rows of a chunk, and part those that break the contract with them from the others.

    Parameters
    ----------
    use_case
        The whole contract.
    chunk
        Rows that were checked by :func:`usecases.contract.arriving.brought_contract`.
    known
        What each of its feature tables knows, in their order.
    """
    joined: dict[str, pa.Array] = {}
    for table, found in zip(use_case.feature_tables, known, strict=True):
        places = pc.index_in(key_texts(table, chunk.good), value_set=found.keys)
        joined |= {one.name: found.features.column(one.name).take(places) for one in table.features}
    checked = check_table(use_case, with_joined(use_case, chunk.good, joined))
    bad = {int(chunk.good_numbers[place]): reasons for place, reasons in checked.bad.items()}
    return replace(
        chunk, good=checked.good, good_numbers=chunk.good_numbers[checked.good_positions], bad=chunk.bad | bad
    )


def complete_row(use_case: UseCase, row: Mapping[str, Any], known: Sequence[KnownFeatures]) -> dict[str, Any]:
    """Return the values of one row with those that are joined, not checked yet."""
    values = dict(row)
    for table, found in zip(use_case.feature_tables, known, strict=True):
        key = "" if table.join_key is None else row[table.join_key]
        place = -1 if key is None else found.keys.index(pa.scalar(str(key), pa.string())).as_py()
        values |= {
            one.name: found.features.column(one.name)[place].as_py() if place >= 0 else None for one in table.features
        }
    return values
