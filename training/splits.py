"""Which rows a model learns from, which tell it when to stop, and which it is judged by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.data import ORIGIN, SETTLED, TrainingData, check_training_data
from training.errors import TrainingDataError
from usecases.contract.spec import UseCase
from usecases.contract.training import SplitKind
from usecases.metrics.inputs import Floats
from usecases.proposal.columns import Kind, read_values
from usecases.proposal.split_columns import SplitColumn, in_order, read_split_column
from usecases.proposal.splits import InferredSplit, infer_split

VALIDATION_SHARE = 0.2
"""Share of the rows left after the holdout that early stopping watches; they are not evaluated on."""

_TRIES = 50
"""Ways to share groups out that are tried, until each part has rows of two classes."""

Positions = np.ndarray[Any, np.dtype[np.int64]]
Parts = tuple[Positions, Positions, Positions]
"""Rows to learn from, to stop by and to evaluate with."""


@dataclass(frozen=True, slots=True)
class ChosenSplit:
    """How many rows are for what, and how they were chosen.

    Attributes
    ----------
    training, validation, holdout
        Rows to learn from, to stop by and to evaluate with.
    kind, column
        How rows were chosen: as `training.split` and `training.split_column` say, or as was found out.
    reason
        What speaks for it, where it was found out; empty where the use case says it.
    """

    training: int
    validation: int
    holdout: int
    kind: SplitKind
    column: str = ""
    reason: str = ""

    @property
    def words(self) -> str:
        """Which rows the holdout has, for people."""
        match self.kind:
            case SplitKind.TIME:
                return f"the last {self.holdout:,} rows by {self.column or 'their order'}"
            case SplitKind.GROUP:
                return f"{self.holdout:,} rows, all of some {self.column}"
            case SplitKind.RANDOM:
                return f"{self.holdout:,} random rows"

    @property
    def explained(self) -> str:
        """Which rows the holdout has, and what speaks for these."""
        return f"{self.words} ({self.reason})" if self.reason else self.words


@dataclass(frozen=True, slots=True)
class Split:
    """Positions of the rows by what they are for; each row is in one of them at most. See :class:`ChosenSplit` for the rest."""

    training: Positions
    validation: Positions
    holdout: Positions
    kind: SplitKind
    column: str = ""
    reason: str = ""

    @property
    def chosen(self) -> ChosenSplit:
        """How many rows are for what, and how they were chosen."""
        return ChosenSplit(
            len(self.training), len(self.validation), len(self.holdout), self.kind, self.column, self.reason
        )


def split(use_case: UseCase, data: TrainingData) -> Split:
    """Split rows as the use case says, or as suits them where it says nothing; its seed makes it repeatable.

    The rows that early stopping watches are parted from the others in the same way as the holdout is.

    Raises
    ------
    TrainingDataError
        If the column of the split is not there or fits no such split, or a part would have no rows, or of one class only.
    """
    if ORIGIN in data.others.schema.names:
        origins = _numbers(data, ORIGIN)
        border = int(np.quantile(origins, 1 - use_case.training.holdout_share, method="higher"))
        return split_before(use_case, data, border)
    chosen = chosen_kind(use_case, data)
    match chosen.kind:
        case SplitKind.TIME:
            parts = _by_time(use_case, data, chosen.column)
        case SplitKind.GROUP:
            parts = _by_group(use_case, data, chosen.column)
        case SplitKind.RANDOM:
            return random_split(use_case, data, chosen.reason)
    if not _can_be_judged(use_case, data, parts):
        by = f"{chosen.kind} by {chosen.column}" if chosen.column else f"{chosen.kind}"
        raise TrainingDataError(
            f"split: {by} leaves no rows, or rows of one class alone, to learn from or to evaluate with; get data of a longer "
            "time or of more groups, or write split: random under training in usecase.yaml"
        )
    return Split(*parts, chosen.kind, chosen.column, chosen.reason)


def split_before(use_case: UseCase, data: TrainingData, moment: int) -> Split:
    """Split rows of a forecast at an origin, in microseconds: what is learned from was known before what is held against it.

    Rows that were forecast before a border and settled after it are in no part.

    Raises
    ------
    TrainingDataError
        If a part to learn from or to stop by would have no rows.
    """
    origins, settled = _numbers(data, ORIGIN), _numbers(data, SETTLED)
    before = settled <= moment
    if before.any():
        border = np.quantile(origins[before], 1 - VALIDATION_SHARE, method="higher")
        training, validation = (
            np.flatnonzero(before & (settled <= border)),
            np.flatnonzero(before & (origins >= border)),
        )
        if training.size and validation.size:
            reason = "by a random split, a forecast would be judged by hours it has learned from"
            return Split(training, validation, np.flatnonzero(origins >= moment), SplitKind.TIME, ORIGIN, reason)
    raise TrainingDataError(
        f"{use_case.name} has too few readings before {np.datetime64(moment, 'us')}Z to learn from and to set its intervals by; "
        "get readings of a longer time, or lower training.holdout_share"
    )


def _numbers(data: TrainingData, column: str) -> Positions:
    return np.asarray(data.others.column(column).cast(pa.int64()).to_numpy(), dtype=np.int64)


def time_order(use_case: UseCase, data: TrainingData, found: Split) -> Positions | None:
    """Return the rows in the order of the column that a split in time goes by; none of another split."""
    if found.kind is not SplitKind.TIME or not found.column:
        return None
    return in_order(_moments(use_case, data, found.column))


def split_table(use_case: UseCase, table: pa.RecordBatch) -> Split:
    """Split the rows of a table as a training does; positions are those of the table, and bad rows are in no part."""
    data = check_training_data(use_case, table)
    found = split(use_case, data)
    return replace(
        found,
        training=data.places[found.training],
        validation=data.places[found.validation],
        holdout=data.places[found.holdout],
    )


def random_split(use_case: UseCase, data: TrainingData, reason: str = "") -> Split:
    """Split rows at random, each class alike."""
    from sklearn.model_selection import train_test_split  # noqa: PLC0415  # a second that Airflow need not spend

    def parted(of: Positions, share: float) -> tuple[Positions, Positions]:
        stratify = data.targets[of] if use_case.task.definition.names_classes else None
        kept, apart = train_test_split(of, test_size=share, random_state=use_case.training.seed, stratify=stratify)
        return np.sort(kept), np.sort(apart)

    rest, holdout = parted(np.arange(len(data.targets)), use_case.training.holdout_share)
    return Split(*parted(rest, VALIDATION_SHARE), holdout, SplitKind.RANDOM, reason=reason)


def chosen_kind(use_case: UseCase, data: TrainingData) -> InferredSplit:
    """Return what the use case says, or what the data says where it is silent.

    Raises
    ------
    TrainingDataError
        If the column that the use case names is not there.
    """
    configured = use_case.training
    columns = _columns(use_case, data)
    if configured.split in {None, SplitKind.RANDOM}:
        found = infer_split(
            [read_split_column(name, column) for name, column in columns.items()],
            data.targets,
            names_classes=use_case.task.definition.names_classes,
        )
        if configured.split is None or found.kind is SplitKind.RANDOM:
            return found
        better = f"split: {found.kind} by {found.column or 'their order'}"
        reason = f"as usecase.yaml says; it flatters the model, {better} would not: {found.reason}"
        return InferredSplit(SplitKind.RANDOM, "", reason)
    wanted = configured.split_column
    if not wanted:
        return InferredSplit(configured.split, "", "")
    feature = use_case.features_by_name.get(wanted)
    known_as = feature.source_name or wanted if feature else wanted
    if known_as in columns:
        return InferredSplit(configured.split, known_as, "")
    if data.is_received:
        return InferredSplit(SplitKind.TIME, "", f"{wanted} is not stored with predictions, the order they came in is")
    raise TrainingDataError(
        f"training.split_column {wanted!r} is no column of the training data; it has {', '.join(columns)}"
    )


def split_column(use_case: UseCase, data: TrainingData, column: str) -> SplitColumn:
    """Return a column of the data by the name that it has there, read."""
    return read_split_column(column, _columns(use_case, data)[column])


def _columns(use_case: UseCase, data: TrainingData) -> dict[str, pa.Array]:
    """Return all columns but the target, by the names the data has for them."""
    sources = {name: source for source, name in use_case.names_by_source.items()}
    seen = {sources.get(name, name): data.rows.column(name) for name in use_case.columns}
    return seen | {name.strip(): data.others.column(name) for name in data.others.schema.names}


def _by_time(use_case: UseCase, data: TrainingData, column: str) -> Parts:
    """Part the rows by a time or number, or by their order; rows of one moment stay together where that is possible."""
    numbers = _moments(use_case, data, column) if column else np.arange(len(data.targets), dtype=np.float64)
    order = in_order(numbers)
    rest, holdout = _cut(order, numbers, use_case.training.holdout_share)
    training, validation = _cut(rest, numbers, VALIDATION_SHARE)
    return np.sort(training), np.sort(validation), np.sort(holdout)


def _moments(use_case: UseCase, data: TrainingData, column: str) -> Floats:
    numbers = split_column(use_case, data, column).numbers()
    if numbers is None:
        raise TrainingDataError(
            f"training.split_column {column!r} holds neither times nor numbers; write times like 2026-03-31, or leave "
            "split_column away if the rows are in their order"
        )
    return numbers


def _cut(order: Positions, numbers: Floats, share: float) -> tuple[Positions, Positions]:
    """Cut the last rows off: about this share, and where the time goes on."""
    wanted = len(order) - max(1, round(share * len(order)))
    changes = 1 + np.flatnonzero(np.diff(numbers[order]) > 0)
    near = changes[(changes >= len(order) * (1 - 2 * share)) & (changes <= len(order) * (1 - share / 2))]
    place = int(near[np.abs(near - wanted).argmin()]) if near.size else wanted
    return order[:place], order[place:]


def _by_group(use_case: UseCase, data: TrainingData, column: str) -> Parts:
    """Part the rows so that all of a group are in one part; those that name none are groups of their own."""
    values = read_values(_columns(use_case, data)[column])
    if values.kind is Kind.UNSUPPORTED:
        raise TrainingDataError(
            f"training.split_column {column!r} holds {values.kind.value}; name one of texts or numbers"
        )
    encoded = values.typed.dictionary_encode()
    codes: Positions = pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy().copy()
    codes[codes < 0] = len(encoded.dictionary) + np.arange(int((codes < 0).sum()))
    rng = np.random.default_rng(use_case.training.seed)
    every = np.arange(len(codes))
    for _ in range(_TRIES):
        rest, holdout = _parted(every, codes, use_case.training.holdout_share, rng)
        training, validation = _parted(rest, codes, VALIDATION_SHARE, rng)
        parts = training, validation, holdout
        if all(len(part) for part in parts) and _can_be_judged(use_case, data, parts):
            break
    else:
        parts = rest, rest[:0], holdout
    return parts


def _parted(of: Positions, codes: Positions, share: float, rng: np.random.Generator) -> tuple[Positions, Positions]:
    """Draw groups until they have about this share of the rows."""
    groups, sizes = np.unique(codes[of], return_counts=True)
    drawn = rng.permutation(len(groups))
    before = np.cumsum(sizes[drawn]) - sizes[drawn]
    apart = groups[drawn[before + sizes[drawn] / 2 <= share * len(of)]]
    is_apart = np.isin(codes[of], apart)
    return of[~is_apart], of[is_apart]


def _can_be_judged(use_case: UseCase, data: TrainingData, parts: Parts) -> bool:
    """Return whether every part has rows, and those to learn from and to evaluate with are of more than one class."""
    if not all(len(part) for part in parts):
        return False
    if not use_case.task.definition.names_classes:
        return True
    training, _, holdout = parts
    return all(np.unique(data.targets[part]).size > 1 for part in (training, holdout))
