"""Labels from a file of any size: read in columns, checked, and stored at once or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from sqlalchemy import Engine

from sql.labels.taking import Delivery, LabelIntake, LabelsStored, Unplaced
from usecases.labels import LabelColumns, check_labels
from usecases.spec import UseCase

CHUNK_ROWS = 100_000
"""Rows checked and copied at once: some 20 MB."""

SOURCE = "file"

_BLOCK = 8 * 1024 * 1024
_DELIMITERS = (",", ";", "\t")
_HEADER_BYTES = 1024 * 1024

Progress = Callable[[float], None]
"""Hears the share of the file that is read, 0 to 1."""

OnUnplaced = Callable[[Unplaced], None]
"""Hears of every label that was not stored, in the order of the file."""


class LabelFileError(ValueError):
    """The file cannot be read as labels; says what to change. Nothing was stored."""


def store_label_file(
    engine: Engine,
    use_case: UseCase,
    path: Path,
    *,
    look_back: timedelta,
    progress: Progress = lambda _: None,
    on_unplaced: OnUnplaced = lambda _: None,
) -> LabelsStored:
    """Store the labels of a CSV file (also with .gz) or a Parquet file.

    Parameters
    ----------
    engine
        The database.
    use_case
        Whose predictions are labelled.
    path
        The file. Its columns `prediction_id` (or `id`), the key of the use case (or `key`), the target (or `label`) and
        `labelled_at` count, others are left alone.
    look_back
        How far before its time a label that comes by key looks for its prediction.
    progress, on_unplaced
        Hear how far it is, and of labels that were not stored.

    Raises
    ------
    LabelFileError
        If it is no such file.
    """
    with engine.begin() as connection:
        intake = LabelIntake(connection, Delivery(use_case, SOURCE, look_back))
        first = 1
        for columns in _read(use_case, path, progress):
            intake.stage(check_labels(use_case, columns, first_item=first))
            first += len(columns.labels)
        stored = intake.store()
        for label in intake.unplaced():
            on_unplaced(label)
        return stored


def _read(use_case: UseCase, path: Path, progress: Progress) -> Iterator[LabelColumns]:
    lowered = path.name.lower()
    try:
        if lowered.endswith(".parquet"):
            yield from _read_parquet(use_case, path, progress)
        elif lowered.endswith((".csv", ".csv.gz")):
            yield from _read_csv(use_case, path, progress)
        else:
            raise LabelFileError(f"{path.name} is in no known format; save it as .csv, .csv.gz or .parquet")
    except (pa.ArrowException, OSError) as error:
        raise LabelFileError(f"{path.name} cannot be read: {' '.join(str(error).split())}") from error


def _read_parquet(use_case: UseCase, path: Path, progress: Progress) -> Iterator[LabelColumns]:
    with pq.ParquetFile(path) as file:
        chosen = _choose(use_case, file.schema_arrow.names)
        done = 0
        for batch in file.iter_batches(batch_size=CHUNK_ROWS, columns=list(chosen.values())):
            yield _columns(chosen, batch)
            done += batch.num_rows
            progress(done / file.metadata.num_rows)


def _read_csv(use_case: UseCase, path: Path, progress: Progress) -> Iterator[LabelColumns]:
    gzip = "gzip" if path.name.lower().endswith(".gz") else None
    with pa.input_stream(path, compression=gzip) as file:
        names, delimiter = _header(file.read(_HEADER_BYTES))
    chosen = _choose(use_case, names)
    size = max(1, path.stat().st_size)
    with pa.OSFile(str(path)) as raw, pa.CompressedInputStream(raw, gzip) if gzip else raw as file:
        reader = pacsv.open_csv(
            file,
            read_options=pacsv.ReadOptions(block_size=_BLOCK),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            # Every cell is a text; the contract, not the reader, decides what is a number.
            convert_options=pacsv.ConvertOptions(
                include_columns=list(chosen.values()), column_types=dict.fromkeys(names, pa.string())
            ),
        )
        for batch in reader:
            yield _columns(chosen, batch)
            progress(min(1.0, raw.tell() / size))


def _header(start: bytes) -> tuple[list[str], str]:
    """Read the names of the columns, and the delimiter that makes the most of them."""
    line = start.decode("utf-8", "replace").removeprefix("\ufeff").partition("\n")[0].rstrip("\r")
    candidates = {delimiter: next(csv.reader([line], delimiter=delimiter), []) for delimiter in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda delimiter: len(candidates[delimiter]))
    return candidates[best], best


def _choose(use_case: UseCase, names: list[str]) -> dict[str, str]:
    """Find the columns that count, by what they are for."""
    accepted = {
        "prediction_ids": ("prediction_id", "id"),
        "keys": (use_case.key, "key") if use_case.key else (),
        "labels": ("label", use_case.target),
        "moments": ("labelled_at",),
    }
    chosen: dict[str, str] = {}
    for purpose, wanted in accepted.items():
        found = [name for name in wanted if name in names]
        if found:
            chosen[purpose] = str(found[0])
    by_key = f" or {use_case.key!r}" if use_case.key else ""
    if "labels" not in chosen or not {"prediction_ids", "keys"} & chosen.keys():
        raise LabelFileError(
            f"labels of {use_case.name} need a column 'label' or {use_case.target!r}, and one that names the prediction, "
            f"'prediction_id'{by_key}; found {', '.join(names[:20])}"
        )
    doubled = next((name for name in chosen.values() if names.count(name) > 1), None)
    if doubled is not None:
        raise LabelFileError(f"the column {doubled!r} stands twice; which of the two is meant?")
    return chosen


def _columns(chosen: dict[str, str], batch: pa.RecordBatch) -> LabelColumns:
    return LabelColumns(**{purpose: batch.column(name) for purpose, name in chosen.items()})
