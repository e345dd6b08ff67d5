"""Parquet that a use case learns from, block by block: one file, or all of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import pyarrow as pa

from training.errors import TrainingDataError
from training.out_of_core.distributed.ranks import ALONE, Ranks
from usecases.formats.chunks import FileBrokenError
from usecases.formats.format import Columns
from usecases.formats.parquet import is_data_file, read_row_groups, row_group_sizes
from usecases.formats.reading import opener

BLOCK_ROWS = 100_000
"""Rows read and checked at once."""

_EVIDENCE_ROWS, _MOST_STRETCHES = 100_000, 100
"""Rows that tell how to split, and stretches they come from."""


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A row group of a file."""

    file: Path
    number: int
    rows: int


@dataclass(frozen=True, slots=True)
class Block:
    """Rows as they were read.

    Attributes
    ----------
    rows_before
        Rows of all files before these.
    table
        The rows.
    """

    rows_before: int
    table: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """The rows of some files, in the order of their paths."""

    groups: tuple[RowGroup, ...]

    @classmethod
    def at(cls, path: Path) -> ParquetRows:
        """Find the row groups of a file, or of all files below a folder.

        Raises
        ------
        TrainingDataError
            If there is none, or one cannot be read.
        """
        found = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        files = [one for one in found if one == path or is_data_file(one.relative_to(path).as_posix())]
        groups = [RowGroup(file, number, rows) for file in files for number, rows in enumerate(_sizes(file)) if rows]
        if not groups:
            raise TrainingDataError(f"{path.name} holds no rows; put Parquet files into it")
        return cls(tuple(groups))

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(group.rows for group in self.groups)

    def blocks(self, ranks: Ranks = ALONE) -> Iterator[Block]:
        """Read all rows, block by block, or the share of one rank: row groups are dealt out one after the other.

        Raises
        ------
        TrainingDataError
            If a file cannot be read any further.
        """
        for rows_before, file, numbers in self._stretches(ranks):
            before = rows_before
            try:
                for chunk in read_row_groups(opener(file), _ALL, BLOCK_ROWS, numbers):
                    yield Block(before, chunk.table)
                    before += chunk.rows
            except FileBrokenError as error:
                raise _broken(file, error) from error

    def _stretches(self, ranks: Ranks) -> Iterator[tuple[int, Path, range]]:
        """Yield what a rank reads at once, with the rows of all files before it: row groups of a file that follow each other."""
        starts = accumulate((group.rows for group in self.groups), initial=0)
        found: tuple[int, Path, range] | None = None
        for start, group in list(zip(starts, self.groups, strict=False))[ranks.rank :: ranks.size]:
            if found is not None and (found[1], found[2].stop) == (group.file, group.number):
                found = (found[0], found[1], range(found[2].start, group.number + 1))
                continue
            if found is not None:
                yield found
            found = (start, group.file, range(group.number, group.number + 1))
        if found is not None:
            yield found

    def evidence(self) -> pa.RecordBatch:
        """Read the first rows of row groups from all over the files: rows that follow each other, a hundred thousand in all."""
        step = max(1, len(self.groups) // _MOST_STRETCHES)
        chosen = self.groups[::step]
        rows = max(1, _EVIDENCE_ROWS // len(chosen))
        found = [pa.Table.from_batches([_first(group, rows)]) for group in chosen]
        # Files that were written at different times may have whole numbers of different sizes.
        return pa.concat_tables(found, promote_options="permissive").combine_chunks().to_batches()[0]


def _sizes(file: Path) -> list[int]:
    try:
        return row_group_sizes(opener(file), _ALL)
    except FileBrokenError as error:
        raise _broken(file, error) from error


def _first(group: RowGroup, rows: int) -> pa.RecordBatch:
    reading = read_row_groups(opener(group.file), _ALL, rows, range(group.number, group.number + 1))
    with closing(reading):
        try:
            return next(reading).table
        except FileBrokenError as error:
            raise _broken(group.file, error) from error


def _broken(file: Path, error: FileBrokenError) -> TrainingDataError:
    return TrainingDataError(f"training data {file.name} cannot be read: {error}")


def _named(found: Sequence[str]) -> list[str | None]:
    return [name if name.strip() else None for name in found]


_ALL = Columns(_named, may_be_nested=True)
"""Every column that has a name."""
