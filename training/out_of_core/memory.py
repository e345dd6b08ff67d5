"""How much memory a training takes, forecast before it begins, and whether its rows are read block by block."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from training.data import data_path
from training.errors import TrainingDataError
from training.out_of_core.distributed.ranks import Ranks
from training.out_of_core.source import ParquetRows
from usecases.contract.spec import UseCase
from usecases.formats.limits import TABLE_BYTES
from usecases.formats.parquet import PARQUET
from usecases.models.calendar_columns import calendar_columns

_MEGABYTE = 1024**2

_BASE = 450 * _MEGABYTE
"""What a training takes however few its rows are: libraries, and blocks that are read, checked and encoded."""

_AT_ONCE_PER_VALUE, _AT_ONCE_PER_ROW = 35, 150
"""Bytes where all rows are in memory, of each value and of each row beside its values; measured on a million rows of 10."""

_BINS_PER_VALUE = 2
"""Bytes of a value as XGBoost keeps it, sorted into bins, by rows and by columns."""

_PER_ROW_AND_OUTPUT, _PER_ROW = 12, 24
"""Bytes of a row while trees are fitted: its gradient and score for each output, its target and its places in the tree."""


class TrainingMemory(BaseSettings):
    """How much memory a training may take, from the environment."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    training_memory: int | None = Field(
        default=None,
        ge=1,
        description="Bytes of memory that a training may take; half of what is free, or of what its process may "
        "take where that is less, if not set.",
    )

    @property
    def limit(self) -> int:
        """Bytes that a training may take."""
        if self.training_memory is not None:
            return self.training_memory
        allowed, _ = resource.getrlimit(resource.RLIMIT_DATA)
        free = psutil.virtual_memory().available
        return (free if allowed == resource.RLIM_INFINITY else min(free, allowed)) // 2


@dataclass(frozen=True, slots=True)
class MemoryForecast:
    """Bytes that a training takes.

    Attributes
    ----------
    rows
        Rows of its files.
    limit
        Bytes that it may take.
    at_once, in_blocks, on_disk
        Bytes with all rows in memory; with their bins alone; with those on disk, too.
    """

    rows: int
    limit: int
    at_once: int
    in_blocks: int
    on_disk: int

    @classmethod
    def of(cls, use_case: UseCase, rows: int, limit: int) -> MemoryForecast:
        """Forecast what so many rows of a use case take.

        >>> from usecases.contract.catalog import load_catalog
        >>> found = MemoryForecast.of(load_catalog()["iris"], 10_000_000, 2 * 1024**3)
        >>> found.fits, found.uses_disk
        (False, False)
        """
        values = len(use_case.features) + len(calendar_columns(use_case))
        outputs = max(1, len(use_case.outputs))
        fitted = _PER_ROW + _PER_ROW_AND_OUTPUT * outputs
        return cls(
            rows=rows,
            limit=limit,
            at_once=_BASE + rows * (_AT_ONCE_PER_ROW + _AT_ONCE_PER_VALUE * values),
            in_blocks=_BASE + rows * (fitted + _BINS_PER_VALUE * values),
            on_disk=_BASE + rows * fitted,
        )

    @property
    def fits(self) -> bool:
        """Whether all rows may be in memory."""
        return self.at_once <= self.limit

    @property
    def uses_disk(self) -> bool:
        """Whether not even their bins may be."""
        return self.in_blocks > self.limit

    @property
    def words(self) -> str:
        """What it takes and how it is done, for people."""
        limit = f"{_gigabytes(self.limit)} may be taken (SMARTPREDICT_TRAINING_MEMORY)"
        if self.uses_disk:
            way = f"bins of the rows are kept on disk, about {_gigabytes(self.on_disk)} of memory are taken"
        else:
            way = f"read block by block, about {_gigabytes(self.in_blocks)} are taken"
        return f"{self.rows:,} rows would take about {_gigabytes(self.at_once)} of memory at once; {limit}: {way}"


@dataclass(frozen=True, slots=True)
class RowsPastMemory:
    """Rows that are read block by block, and what that takes."""

    rows: ParquetRows
    forecast: MemoryForecast


def rows_past_memory(use_case: UseCase, folder: Path) -> RowsPastMemory | None:
    """Return the rows of a use case where they are to be read block by block: a folder of Parquet, or a file that does not fit.

    Raises
    ------
    TrainingDataError
        If they cannot be read.
    """
    path = _parquet(use_case, folder)
    if path is None:
        return None
    rows = ParquetRows.at(path, use_case)
    forecast = MemoryForecast.of(use_case, rows.rows, TrainingMemory().limit)
    values = 8 * rows.rows * len(use_case.features)
    if path.is_file() and forecast.fits and values <= TABLE_BYTES:
        return None
    return RowsPastMemory(rows, forecast)


def rows_of_ranks(use_case: UseCase, folder: Path, ranks: Ranks) -> RowsPastMemory:
    """Return the rows of a use case where several ranks learn from them, with what that takes of each.

    Raises
    ------
    TrainingDataError
        If they are no Parquet, or cannot be shared out.
    """
    path = _parquet(use_case, folder)
    if path is None:
        raise TrainingDataError(
            "several processes share the row groups of Parquet, as a file or a folder beside usecase.yaml; "
            f"{use_case.name} learns from something else, so train it without --hosts"
        )
    rows = ParquetRows.at(path, use_case)
    if len(rows.groups) < ranks.size:
        raise TrainingDataError(
            f"{path.name} has {len(rows.groups)} row groups, too few for {ranks.size} processes; write it with smaller ones, "
            "or take fewer processes"
        )
    return RowsPastMemory(rows, MemoryForecast.of(use_case, -(-rows.rows // ranks.size), TrainingMemory().limit))


def _parquet(use_case: UseCase, folder: Path) -> Path | None:
    """Return where the Parquet of a use case lies; nothing where it learns from something else, or rows are made of it first."""
    source = use_case.training.data
    if source is None or ":" in source or use_case.forecast is not None or use_case.feature_tables:
        return None
    path = data_path(source, folder)
    return path if path.is_dir() or (path.is_file() and path.name.lower().endswith(PARQUET.endings)) else None


def _gigabytes(size: int) -> str:
    return f"{size / 1024**3:.1f} GB"
