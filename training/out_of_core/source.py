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
from usecases.contract.file_columns import spelling
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError
from usecases.formats.format import Columns
from usecases.formats.parquet import is_data_file, read_row_groups, row_group_sizes
from usecases.formats.reading import opener
from usecases.stores.splitting import KEEPS_MORE, table_format
from usecases.tasks.targets import target_texts

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
    path: str = ""
    """Where the file lies below its folder."""


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
    """The rows of some files, in the order of their paths.

    Attributes
    ----------
    groups
        Their row groups.
    columns
        Which columns are read: all that have a name, and those that only folders name.
    names
        Names of the columns of the first file, which those of the others that are spelt otherwise get.
    """

    groups: tuple[RowGroup, ...]
    columns: Columns
    names: tuple[str, ...] = ()

    @classmethod
    def at(cls, path: Path, use_case: UseCase | None = None) -> ParquetRows:
        """Find the row groups of a file, or of all files below a folder.

        Parameters
        ----------
        path
            The file or the folder.
        use_case
            Whose columns steps of the paths may stand for, such as `site=north`.

        Raises
        ------
        TrainingDataError
            If there is none, or one cannot be read.
        """
        found = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        below = {file: file.relative_to(path).as_posix() if file != path else "" for file in found}
        if kind := table_format(below.values()):
            raise TrainingDataError(f"{path.name} {KEEPS_MORE.format(kind=kind)}")
        columns = Columns(_named, _columns_of_folders(use_case), may_be_nested=True)
        groups = [
            RowGroup(file, number, rows, place)
            for file, place in below.items()
            if file == path or is_data_file(place)
            for number, rows in enumerate(_sizes(file, columns, place))
            if rows
        ]
        if not groups:
            raise TrainingDataError(f"{path.name} holds no rows; put Parquet files into it")
        return cls(tuple(groups), columns, tuple(_first(groups[0], columns, 1).schema.names))

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
        for rows_before, first, numbers in self._stretches(ranks):
            before = rows_before
            try:
                for chunk in read_row_groups(opener(first.file), self.columns, BLOCK_ROWS, numbers, first.path):
                    yield Block(before, self._as_in_the_first(chunk.table))
                    before += chunk.rows
            except FileBrokenError as error:
                raise _broken(first.file, error) from error

    def _stretches(self, ranks: Ranks) -> Iterator[tuple[int, RowGroup, range]]:
        """Yield what a rank reads at once, with the rows of all files before it: row groups of a file that follow each other."""
        starts = accumulate((group.rows for group in self.groups), initial=0)
        found: tuple[int, RowGroup, range] | None = None
        for start, group in list(zip(starts, self.groups, strict=False))[ranks.rank :: ranks.size]:
            if found is not None and (found[1].file, found[2].stop) == (group.file, group.number):
                found = (found[0], found[1], range(found[2].start, group.number + 1))
                continue
            if found is not None:
                yield found
            found = (start, group, range(group.number, group.number + 1))
        if found is not None:
            yield found

    def _as_in_the_first(self, table: pa.RecordBatch) -> pa.RecordBatch:
        """Call columns that are spelt otherwise as the first file does, where one is meant: each program writes its own capitals."""
        own = [spelling(name) for name in table.schema.names]
        meant = {
            spelling(name): name
            for name in self.names
            if name not in table.schema.names and own.count(spelling(name)) == 1
        }
        return table.rename_columns([meant.get(spelling(name), name) for name in table.schema.names])

    def evidence(self) -> pa.RecordBatch:
        """Read the first rows of row groups from all over the files: rows that follow each other, a hundred thousand in all."""
        step = max(1, len(self.groups) // _MOST_STRETCHES)
        chosen = self.groups[::step]
        rows = max(1, _EVIDENCE_ROWS // len(chosen))
        found = [self._as_in_the_first(_first(group, self.columns, rows)) for group in chosen]
        return _together(found)


def _columns_of_folders(use_case: UseCase | None) -> frozenset[str]:
    if use_case is None:
        return frozenset()
    targets = {use_case.target, use_case.target_source_name} - {""}
    return use_case.known_names.union(targets)


def _together(tables: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Put rows of several files together; a column that has other types in some of them becomes one of texts."""
    names = list(dict.fromkeys(name for table in tables for name in table.schema.names))
    columns = [_column(tables, name) for name in names]
    return pa.RecordBatch.from_arrays(columns, names=names)


def _column(tables: Sequence[pa.RecordBatch], name: str) -> pa.Array:
    found = [table.column(name) if name in table.schema.names else pa.nulls(table.num_rows) for table in tables]
    try:
        # Files that were written at different times may have whole numbers of different sizes.
        parts = [pa.table({name: column}) for column in found]
        return pa.concat_tables(parts, promote_options="permissive").combine_chunks().column(name).combine_chunks()
    except pa.ArrowTypeError:
        return pa.concat_arrays([target_texts(column) for column in found])


def _sizes(file: Path, columns: Columns, path: str) -> list[int]:
    try:
        return row_group_sizes(opener(file), columns, path)
    except FileBrokenError as error:
        raise _broken(file, error) from error


def _first(group: RowGroup, columns: Columns, rows: int) -> pa.RecordBatch:
    reading = read_row_groups(opener(group.file), columns, rows, range(group.number, group.number + 1), group.path)
    with closing(reading):
        try:
            return next(reading).table
        except FileBrokenError as error:
            raise _broken(group.file, error) from error


def _broken(file: Path, error: FileBrokenError) -> TrainingDataError:
    return TrainingDataError(f"training data {file.name} cannot be read: {error}")


def _named(found: Sequence[str]) -> list[str | None]:
    return [name if name.strip() else None for name in found]
