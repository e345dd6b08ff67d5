"""The one pass over the files: rows are checked as every row is, and written down by what they are for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from training.data import MIN_ROWS, Counts, TrainingData, check_block, require_enough, target_counts
from training.errors import TrainingDataError
from training.left_out import LeftOut
from training.out_of_core.assignment import HOLDOUT, TRAINING, VALIDATION, Assignment, Hashes, uniform
from training.out_of_core.distributed.ranks import ALONE, Ranks
from training.out_of_core.source import ParquetRows
from training.out_of_core.store import ExampleWriter, StoredExamples
from training.splits import ChosenSplit, chosen_kind
from usecases.contract.spec import UseCase
from usecases.models.scoring import matrix

SAMPLE_ROWS = 200_000
"""Rows whose profile is kept with a version, drawn at random: enough for a bin to hold thousands."""

_COMPARED_ROWS = 2_000_000
"""Rows among which those with the same features are looked for."""


_NO_COLUMNS = pa.RecordBatch.from_arrays([], names=[])


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Checked rows on disk.

    Attributes
    ----------
    training, validation, holdout
        Rows to learn from, to stop by and to evaluate with.
    split
        How many these are, and how they were chosen.
    sample
        Some of all good rows, with what was left out.
    duplicates
        Rows of the holdout whose features stand in another part as well, about.
    """

    training: StoredExamples
    validation: StoredExamples
    holdout: StoredExamples
    split: ChosenSplit
    sample: TrainingData
    rows: int
    bad_rows: int
    duplicates: int


def check_and_store(
    use_case: UseCase,
    rows: ParquetRows,
    folder: Path,
    on_share: Callable[[float], None] = lambda _: None,
    ranks: Ranks = ALONE,
) -> StoredRows:
    """Check the rows of files block by block, and write the good ones into a folder.

    Of several ranks each checks and writes its share; what is counted is of all rows, and the same in each.

    Parameters
    ----------
    use_case, rows
        The contract, and the files.
    folder
        Where to, one file for each part.
    on_share
        Hears the share that is done.
    ranks
        The processes that do it together.

    Raises
    ------
    TrainingDataError
        If they are too bad or too few, or cannot be split as the use case says.
    """
    chosen = chosen_kind(use_case, _evidence(use_case, rows))
    assignment = Assignment.of(use_case, rows, chosen, ranks)
    left_out = LeftOut(use_case)
    paths = {part: folder / f"{name}.arrow" for part, name in enumerate(("training", "validation", "holdout"))}
    counts = {part: np.zeros(max(1, len(use_case.classes)), dtype=np.int64) for part in paths}
    sampling = _Sampling(use_case, rows.rows)
    bad_rows = 0
    with ExitStack() as open_files:
        writers = {part: open_files.enter_context(ExampleWriter(use_case, path)) for part, path in paths.items()}
        for block in rows.blocks(ranks):
            data = check_block(use_case, block.table, left_out, block.rows_before)
            bad_rows += data.bad_rows
            part_of = assignment.parts(block)[data.places - block.rows_before]
            for part, writer in writers.items():
                mine = np.flatnonzero(part_of == part)
                writer.add(data.rows.take(pa.array(mine)), data.targets[mine])
                counts[part] += target_counts(use_case, data.targets[mine])
            sampling.add(data, part_of == HOLDOUT)
            on_share((block.rows_before + block.table.num_rows) / rows.rows)
    left_out = _of_all(left_out, ranks)
    left_out.require_few_bad()
    _require_shares(counts, ranks)
    counts = {part: ranks.summed(found) for part, found in counts.items()}
    require_enough(use_case, np.sum([*counts.values()], axis=0), left_out.words)
    sizes = {part: int(found.sum()) for part, found in counts.items()}
    bad_rows = int(ranks.summed(np.array([bad_rows]))[0])
    split = ChosenSplit(sizes[TRAINING], sizes[VALIDATION], sizes[HOLDOUT], chosen.kind, chosen.column, chosen.reason)
    _require_judged(use_case, counts, split)
    return StoredRows(
        training=StoredExamples(paths[TRAINING]),
        validation=StoredExamples(paths[VALIDATION]),
        holdout=StoredExamples(paths[HOLDOUT]),
        split=split,
        sample=replace(sampling.sample(ranks), bad_rows=bad_rows, left_out=left_out.words),
        rows=sum(sizes.values()),
        bad_rows=bad_rows,
        duplicates=sampling.duplicates(ranks),
    )


def _evidence(use_case: UseCase, rows: ParquetRows) -> TrainingData:
    """Check the rows that tell how to split; what is wrong with most of them is wrong with all."""
    left_out = LeftOut(use_case)
    found = check_block(use_case, rows.evidence(), left_out)
    if found.rows.num_rows < MIN_ROWS:
        left_out.require_few_bad()
        require_enough(use_case, target_counts(use_case, found.targets), left_out.words)
    return found


def _of_all(left_out: LeftOut, ranks: Ranks) -> LeftOut:
    """Put together what all ranks have left out."""
    found = LeftOut(left_out.use_case)
    for written in ranks.gathered(left_out.as_json()):
        found.merge(written)
    return found


def _require_shares(counts: dict[int, Counts], ranks: Ranks) -> None:
    """Raise where a rank would have nothing to learn from, to stop by, or to judge by."""
    has_all = all(found.sum() for found in counts.values())
    having = int(ranks.summed(np.array([int(has_all)]))[0])
    if ranks.size > 1 and having < ranks.size:
        raise TrainingDataError(
            f"{ranks.size - having} of {ranks.size} processes have no rows to learn from, to stop by or to judge by, for they share "
            "out row groups; write Parquet with smaller ones, or take fewer processes"
        )


def _require_judged(use_case: UseCase, counts: dict[int, Counts], split: ChosenSplit) -> None:
    names_classes = use_case.task.definition.names_classes
    one_class = names_classes and any((counts[part] > 0).sum() < 2 for part in (TRAINING, HOLDOUT))  # noqa: PLR2004  # classes
    if one_class or not all(part.sum() for part in counts.values()):
        raise TrainingDataError(
            f"split: {split.kind} leaves no rows, or rows of one class alone, to learn from or to evaluate with; get data of "
            "a longer time or of more groups, or write split: random under training in usecase.yaml"
        )


class _Sampling:
    """Keeps rows drawn at random, and looks for rows with the same features."""

    def __init__(self, use_case: UseCase, rows: int) -> None:
        self._use_case = use_case
        self._share = min(1.0, SAMPLE_ROWS / rows)
        self._compared = max(1, -(-rows // _COMPARED_ROWS))
        self._kept: list[TrainingData] = []
        self._seen: list[Hashes] = []
        self._held_out: list[Hashes] = []

    def add(self, data: TrainingData, is_held_out: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        """Draw from the rows of a block."""
        drawn = np.flatnonzero(uniform(data.places.astype(np.uint64), self._use_case.training.seed + 1) < self._share)
        taken = pa.array(drawn)
        self._kept.append(
            replace(
                data,
                rows=data.rows.take(taken),
                targets=data.targets[drawn],
                places=data.places[drawn],
                others=_NO_COLUMNS,
            )
        )
        hashes = row_hashes(self._use_case, data.rows)
        # By what they hold, not by where they stand: of rows that are equal all are compared, or none.
        compared = hashes % np.uint64(self._compared) == 0
        self._seen.append(hashes[compared & ~is_held_out])
        self._held_out.append(hashes[compared & is_held_out])

    def sample(self, ranks: Ranks) -> TrainingData:
        """Return the rows that were drawn, by all ranks."""
        return replace(
            self._kept[0],
            rows=ranks.batches(pa.concat_batches([data.rows for data in self._kept])),
            targets=ranks.concatenated(np.concatenate([data.targets for data in self._kept])),
            places=ranks.concatenated(np.concatenate([data.places for data in self._kept])),
        )

    def duplicates(self, ranks: Ranks) -> int:
        """Return how many rows of the holdout have the features of another part's row, about."""
        seen = np.sort(ranks.concatenated(np.concatenate(self._seen)))
        held_out = ranks.concatenated(np.concatenate(self._held_out))
        places = np.minimum(np.searchsorted(seen, held_out), len(seen) - 1)
        return int((seen[places] == held_out).sum()) * self._compared


def row_hashes(use_case: UseCase, rows: pa.RecordBatch) -> Hashes:
    """Return a number for the features of each row, equal where these are.

    >>> from usecases.checking.row_model import example_row, row_model, rows_to_arrow
    >>> from usecases.contract.catalog import load_catalog
    >>> iris = load_catalog()["iris"]
    >>> rows = rows_to_arrow(iris, [row_model(iris).model_validate(example_row(iris))] * 2)
    >>> len(set(row_hashes(iris, rows).tolist()))
    1
    """
    encoded = (matrix(use_case, rows) + np.float32(0)).view(np.uint32)  # -0 is 0
    mixed = np.zeros(len(encoded), dtype=np.uint64)
    for column in encoded.T:
        mixed = (mixed ^ column) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed
