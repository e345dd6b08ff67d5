"""Which part each row is for, told block by block: by its place or its group, hashed, or by its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from training.errors import TrainingDataError
from training.out_of_core.distributed.ranks import ALONE, Ranks
from training.out_of_core.source import Block, ParquetRows
from training.splits import VALIDATION_SHARE
from usecases.contract.spec import UseCase
from usecases.contract.training import SplitKind
from usecases.metrics.inputs import Floats
from usecases.proposal.columns import read_values
from usecases.proposal.split_columns import SplitColumn
from usecases.proposal.splits import InferredSplit
from usecases.tasks.targets import target_texts

TRAINING, VALIDATION, HOLDOUT = range(3)

Hashes = np.ndarray[Any, np.dtype[np.uint64]]
Codes = np.ndarray[Any, np.dtype[np.int8]]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What tells the part of each row.

    Attributes
    ----------
    use_case, chosen
        Whose rows, and the split that is taken.
    column
        Its column, as the files name it.
    borders
        Of a split in time: the first moment to stop by, and the first of the holdout.
    """

    use_case: UseCase
    chosen: InferredSplit
    column: str = ""
    borders: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of(cls, use_case: UseCase, rows: ParquetRows, chosen: InferredSplit, ranks: Ranks = ALONE) -> Assignment:
        """Prepare a split; one in time reads its column first, each rank its share of it.

        Raises
        ------
        TrainingDataError
            If the column fits no such split.
        """
        names = next(rows.blocks(ranks)).table.schema.names
        own = use_case.names_by_source.get(chosen.column, chosen.column)
        column = next((name for name in names if name.strip() in {chosen.column, own} - {""}), "")
        if chosen.kind is not SplitKind.TIME:
            return cls(use_case, chosen, column)
        if column:
            moments = ranks.concatenated(np.concatenate([_moments(block, column) for block in rows.blocks(ranks)]))
        else:
            moments = np.arange(rows.rows, dtype=np.float64)
        last = _border(moments, use_case.training.holdout_share)
        return cls(use_case, chosen, column, (_border(moments[moments < last], VALIDATION_SHARE), last))

    def parts(self, block: Block) -> Codes:
        """Return the part of each row of a block."""
        match self.chosen.kind:
            case SplitKind.TIME:
                moments = _moments(block, self.column) if self.column else _places(block).astype(np.float64)
                return np.searchsorted(self.borders, moments, side="right").astype(np.int8)
            case SplitKind.GROUP:
                return self._by_hash(_hashed_values(block, self.column))
            case SplitKind.RANDOM:
                return self._by_hash(_places(block))

    def _by_hash(self, numbers: Hashes) -> Codes:
        """Draw the part of each number: the same number is in the same part always."""
        drawn = uniform(numbers, self.use_case.training.seed)
        kept = 1 - self.use_case.training.holdout_share
        return np.searchsorted((kept * (1 - VALIDATION_SHARE), kept), drawn, side="right").astype(np.int8)


def uniform(numbers: Hashes, seed: int) -> Floats:
    """Return a number from 0 to 1 for each, which looks drawn at random (the mixing of SplitMix64, Steele et al., OOPSLA 2014).

    >>> uniform(np.arange(4, dtype=np.uint64), 7).round(2).tolist()
    [0.77, 0.25, 0.95, 0.4]
    """
    mixed = (numbers + np.uint64((seed + 1) % 2**64)) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed >> np.uint64(11), dtype=np.float64) / 2.0**53


def _border(moments: Floats, share: float) -> float:
    """Return the moment that the last rows, about this share of them, begin with."""
    return float(np.quantile(moments, 1 - share, method="higher")) if moments.size else 0.0


def _places(block: Block) -> Hashes:
    return np.arange(block.rows_before, block.rows_before + block.table.num_rows, dtype=np.uint64)


def _hashed_values(block: Block, column: str) -> Hashes:
    """Hash the values of a column; a row that names none is a group of its own."""
    # A number is the same group whether a file has it as a whole one, as a decimal or as a text.
    encoded = target_texts(_column(block, column)).dictionary_encode()
    texts = encoded.dictionary.to_numpy(zero_copy_only=False).astype(object)
    places = encoded.indices.to_numpy(zero_copy_only=False)
    is_missing = np.isnan(places) if places.dtype.kind == "f" else np.zeros(len(places), dtype=np.bool_)
    known = pd.util.hash_array(texts, categorize=False) if len(texts) else np.zeros(1, dtype=np.uint64)
    return np.where(is_missing, _places(block), known[np.where(is_missing, 0, places).astype(np.int64)])


def _column(block: Block, name: str) -> pa.Array:
    if name not in block.table.schema.names:
        raise TrainingDataError(
            f"a file of the training data has no column {name!r}, by which its rows are split (training.split_column); it has "
            f"{', '.join(block.table.schema.names)}"
        )
    return block.table.column(name)


def _moments(block: Block, column: str) -> Floats:
    """Return the times or numbers of a column; rows without one come first."""
    found = _column(block, column)
    is_text = pa.types.is_string(found.type) or pa.types.is_large_string(found.type)
    # How texts write times would be guessed from each block anew.
    numbers = None if is_text else SplitColumn(column, read_values(found)).numbers()
    if numbers is None:
        raise TrainingDataError(
            f"the rows are split by {column!r}, which holds {found.type} and not times or numbers as Parquet has them; write it "
            "so, or split otherwise: training.split in usecase.yaml"
        )
    return np.where(np.isnan(numbers), -np.inf, numbers)
