"""Labels from a file of any size: read in columns, checked, and stored at once or not at all."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Connection, Engine
from typing_extensions import override

from sql.labels.taking import Delivery, LabelIntake, LabelsStored, Unplaced
from usecases.checking.labels import LabelColumns, are_prediction_ids, check_labels
from usecases.contract.file_columns import spelling
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError
from usecases.formats.encoded import Encoding, encoding_of, format_in
from usecases.formats.format import Columns, Format
from usecases.formats.reading import UnknownFormatError, endings, read_tables

CHUNK_ROWS = 100_000
"""Rows checked and copied at once: some 20 MB."""

SOURCE = "file"

_LABEL = "label"

_ID = "ids"
"""What a column `id` is for: our downloads have the ids of predictions there, and other programs their own."""

Progress = Callable[[float], None]
"""Hears the share of the file that is read, 0 to 1."""

OnUnplaced = Callable[[Unplaced], None]
"""Hears of every label that was not stored, in the order of the file."""


OnChecked = Callable[[pa.RecordBatch], None]
"""Hears of the labels as they are read, in the columns of :data:`usecases.checking.labels.LABEL_SCHEMA`."""


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
    """Store the labels of a file, in any format that is read.

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
    try:
        found = format_in(path.name, encoding_of(path, path.name) or Encoding.UTF_8)
    except UnknownFormatError as error:
        raise LabelFileError(f"{path.name} is in no known format; save it as {', '.join(endings())}") from error
    except OSError as error:
        raise LabelFileError(f"{path.name} cannot be read: {error}") from error
    with engine.begin() as connection:
        delivery = Delivery(use_case, SOURCE, look_back)
        taken = take_label_file(connection, delivery, LabelFile(path, path.name, found), progress=progress)
        for label in taken.intake.unplaced():
            on_unplaced(label)
        return taken.stored


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A file with labels.

    Attributes
    ----------
    path, name
        Where it lies, and what people call it.
    found
        Its format.
    """

    path: Path
    name: str
    found: Format


@dataclass(frozen=True, slots=True)
class TakenLabels:
    """What became of the labels of a file; `intake` lists those that were not stored."""

    stored: LabelsStored
    intake: LabelIntake


def take_label_file(
    connection: Connection,
    delivery: Delivery,
    file: LabelFile,
    *,
    progress: Progress = lambda _: None,
    on_checked: OnChecked = lambda _: None,
) -> TakenLabels:
    """Take the labels of a file in, within a transaction that the caller commits, or rolls back to have looked only.

    Raises
    ------
    LabelFileError
        If it is no such file.
    """
    intake = LabelIntake(connection, delivery)
    first = 1
    for columns in _read(delivery.use_case, file, progress):
        checked = check_labels(delivery.use_case, columns, first_item=first)
        on_checked(checked)
        intake.stage(checked)
        first += len(columns.labels)
    return TakenLabels(intake.store(), intake)


def _read(use_case: UseCase, file: LabelFile, progress: Progress) -> Iterator[LabelColumns]:
    path = file.path
    wanted = Columns(lambda names: _choose(use_case, names), frozenset(_accepted(use_case)))
    pieces: list[int] = []
    try:
        size = max(1, path.stat().st_size)
        for table in read_tables(file.found, lambda: pa.PythonFile(_Counted(path, pieces)), wanted, CHUNK_ROWS):
            yield _label_columns(dict(zip(table.schema.names, table.columns, strict=True)))
            progress(min(1.0, sum(pieces) / size))
    except (FileBrokenError, OSError) as error:
        raise LabelFileError(f"{file.name} cannot be read: {error}") from error
    progress(1.0)


def _label_columns(found: dict[str, pa.Array]) -> LabelColumns:
    """Return the labels of a table; what other programs call `id` names no prediction where there is a key, and is none."""
    others = found.pop(_ID, None)
    if others is not None and "prediction_ids" not in found and ("keys" not in found or are_prediction_ids(others)):
        found["prediction_ids"] = others
    return LabelColumns(**found)


class _Counted(io.FileIO):
    """A file that notes how much of it is read: only so every format can say how far its reader is."""

    def __init__(self, path: Path, pieces: list[int]) -> None:
        super().__init__(path)
        self._pieces = pieces

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        piece: bytes = super().read(-1 if size is None else size)
        self._pieces.append(len(piece))
        return piece


def _accepted(use_case: UseCase) -> dict[str, str]:
    """Return what a column is for, by the names it may have; the first of two that are there counts."""
    keys = dict.fromkeys(filter(None, (use_case.key, use_case.key_source_name, "key")), "keys") if use_case.key else {}
    own = [name for name in (use_case.target, use_case.target_source_name) if name]
    # A column of the rows may be called so, too: a download that came true was filled into has it beside the target.
    is_of_rows = _LABEL in {*map(spelling, use_case.known_names)}
    targets = dict.fromkeys([*own, _LABEL] if is_of_rows else [_LABEL, *own], "labels")
    return {
        "prediction_id": "prediction_ids", "id": _ID, **keys,
        **targets, "labelled_at": "moments",
    }  # fmt: skip


def _choose(use_case: UseCase, names: Sequence[str]) -> list[str | None]:
    """Return what each column is for, None for one that does not count."""
    chosen: dict[str, str] = {}
    for name, purpose in _accepted(use_case).items():
        # As it stands there first: two columns may differ in capitals alone.
        alike = [found for found in names if found == name] or [one for one in names if spelling(one) == spelling(name)]
        if alike:
            chosen.setdefault(purpose, alike[0])
    if "prediction_ids" in chosen:
        chosen.pop(_ID, None)
    names_of_a_row = f"'prediction_id', 'id' or {use_case.key!r}" if use_case.key else "'prediction_id' or 'id'"
    if "labels" not in chosen or not {"prediction_ids", _ID, "keys"} & chosen.keys():
        raise LabelFileError(
            f"labels of {use_case.name} need a column 'label' or {use_case.target!r}, and one that names the prediction, "
            f"{names_of_a_row}; found {', '.join(names[:20])}"
        )
    doubled = next((name for name in chosen.values() if names.count(name) > 1), None)
    if doubled is not None:
        raise LabelFileError(f"the column {doubled!r} stands twice; which of the two is meant?")
    purposes = {name: purpose for purpose, name in chosen.items()}
    return [purposes.get(name) for name in names]
