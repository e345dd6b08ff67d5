"""Which rows to keep apart for evaluation: the last in time, whole groups, or random ones, told from the data.

Rows drawn at random flatter a model wherever a row has others like it: the hour before and after, the other measurements of
a patient. What is looked for, in this order: a time, an identifier that repeats, an order of the rows that predicts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from usecases.columns.clocks import is_running
from usecases.contract.training import SplitKind, TrainingParameters
from usecases.proposal.alikeness import (
    Answers,
    Codes,
    Floats,
    answers_of,
    autocorrelation,
    autocorrelation_nearby,
    breaks_between,
    intraclass_correlation,
    is_sorted,
    within,
)
from usecases.proposal.columns import Values
from usecases.proposal.findings import Finding, Severity
from usecases.proposal.judged import Judged
from usecases.proposal.split_columns import SplitColumn, in_order, stand_together
from usecases.proposal.target.found import Target

FEWEST_GROUPS = 10
"""With fewer, one group more or less in the holdout decides what is measured."""

ALIKE_FROM = 0.2
"""Autocorrelation from which the order of the rows is held to predict, beside what chance makes of few rows."""

ALIKE_WITHIN_FROM = 0.05
"""Intraclass correlation from which the rows of an identifier are held to be alike."""

_LARGEST_CHANCE = 1e-4
_SIGMAS = 5.0
_LEARNED_UNTIL, _KEPT_FROM = 0.64, 0.8
"""Where the rows to learn from end and the holdout begins, with the shares that are usual."""

_NOTHING_FOUND = "no time, no identifier that repeats and no order of the rows predicts the target"


@dataclass(frozen=True, slots=True)
class InferredSplit:
    """A split that suits the data.

    Attributes
    ----------
    kind, column
        As `training.split` and `training.split_column` take them.
    reason
        What speaks for it, for people.
    """

    kind: SplitKind
    column: str
    reason: str

    @property
    def finding(self) -> Finding | None:
        """What a person should know; nothing where random rows are as good as any."""
        match self.kind:
            case SplitKind.TIME:
                done = "the last rows in this order are kept apart for evaluation; if it means nothing: training.split: random in usecase.yaml"
            case SplitKind.GROUP:
                done = "no feature; all rows of a value are kept apart for evaluation, or none; if the same come again: --keep"
            case SplitKind.RANDOM:
                if self.reason == _NOTHING_FOUND:
                    return None
                done = "random rows are kept apart for evaluation; if it is an order in time: training.split: time in usecase.yaml"
        severity = Severity.INFO if self.column and self.kind is SplitKind.TIME else Severity.LOOK
        return Finding(column=self.column or None, kind="split", severity=severity, text=self.reason, done=done)

    def training(self, data: str, kept: Iterable[Judged]) -> TrainingParameters:
        """Return how a model is fitted to a file of these columns."""
        notations = {found.column.name: found.notation for found in kept if found.notation is not None}
        return TrainingParameters(
            data=data, max_depth=5, split=self.kind, split_column=self.column, notations=notations
        )


@dataclass(frozen=True, slots=True)
class _Group:
    column: SplitColumn
    codes: Codes
    reason: str

    @property
    def rank(self) -> tuple[bool, int]:
        """The best first: called an identifier, then the fewest values: visits lie within patients."""
        return not self.column.is_called_an_identifier, int(self.codes.max())


def propose_split(
    judged: Sequence[Judged], target: Target, others: Sequence[SplitColumn] = (), *, kept: Collection[str] = ()
) -> InferredSplit:
    """Infer the split of a use case that is proposed; what names a group is no feature unless somebody keeps it.

    Parameters
    ----------
    judged
        The columns; that of the group is left out of the features.
    target
        The target; rows without one say nothing.
    others
        Further columns, such as the key, which may name a group or a time as well.
    kept
        Columns that somebody decided to keep, by their names in the data.
    """
    known = pa.array(target.known)
    columns = [SplitColumn(one.column.source, one.values) for one in judged] + [*others]
    columns = [SplitColumn(column.source, _filtered(column.values, known)) for column in columns]
    found = infer_split(columns, target.numbers, names_classes=target.task.definition.names_classes)
    if found.kind is SplitKind.GROUP:
        for one in judged:
            if one.column.source == found.column and one.column.source not in kept:
                one.feature = None
    return found


def infer_split(columns: Sequence[SplitColumn], targets: Floats, *, names_classes: bool) -> InferredSplit:
    """Find the split whose verdict new rows will bear out.

    Parameters
    ----------
    columns
        All columns but the target, in the order of the rows in the file.
    targets
        Codes of classes, or numbers, of the same rows.
    names_classes
        Whether they are codes.
    """
    for column, order in _clocks(columns):
        if _can_be_judged(targets[order]):
            return InferredSplit(SplitKind.TIME, column.source, "holds the time of a row")
    answers = answers_of(targets, names_classes=names_classes)
    repeating = [(column, codes) for column in columns if (codes := column.codes()) is not None]
    by_target = is_sorted(targets, names_classes=names_classes)
    group = _named_group(repeating, answers) or (None if by_target else _group_in_blocks(repeating, answers))
    if group is not None and _groups_can_be_judged(group.codes, targets, names_classes=names_classes):
        return InferredSplit(SplitKind.GROUP, group.column.source, group.reason)
    if by_target:
        return InferredSplit(SplitKind.RANDOM, "", "the rows are sorted by the target, which is no order in time")
    for column in columns:
        numbers = column.numbers()
        if numbers is not None and is_running(numbers):
            order = in_order(numbers)
            alike = autocorrelation(answers[order])
            if _predicts(autocorrelation_nearby(answers[order]), len(targets)) and _can_be_judged(targets[order]):
                return InferredSplit(SplitKind.TIME, column.source, f"numbers the rows; {_neighbours(alike)}")
    return _by_order_of_rows(columns, repeating, answers, targets)


def _by_order_of_rows(
    columns: Sequence[SplitColumn], repeating: Sequence[tuple[SplitColumn, Codes]], answers: Answers, targets: Floats
) -> InferredSplit:
    alike = autocorrelation(answers)
    if not _predicts(alike, len(targets)):
        return InferredSplit(SplitKind.RANDOM, "", _NOTHING_FOUND)
    if not _can_be_judged(targets):
        return InferredSplit(SplitKind.RANDOM, "", f"{_neighbours(alike)}, but the last of them all have the same one")
    for column, codes in repeating:
        if stand_together(codes) and not _predicts(within(answers, codes), len(targets)):
            return _sorted_by(column)
    for column in columns:
        numbers = column.numbers()
        is_clock = column.is_called_a_time or (numbers is not None and is_running(numbers))
        if not is_clock and column.is_sorted():
            return _sorted_by(column)
    if not _predicts(autocorrelation_nearby(answers), len(targets)):
        reason = "the file has a few long stretches of rows with alike targets, which are taken for no order in time"
        return InferredSplit(SplitKind.RANDOM, "", reason)
    return InferredSplit(SplitKind.TIME, "", _neighbours(alike))


def _sorted_by(column: SplitColumn) -> InferredSplit:
    reason = f"the rows are sorted by {column.source}, which is taken for no order in time"
    return InferredSplit(SplitKind.RANDOM, "", reason)


def _clocks(columns: Sequence[SplitColumn]) -> list[tuple[SplitColumn, Codes]]:
    """Return the columns that hold a time, with the order they give, the surest first."""
    found = [(column, time) for column in columns if (time := column.time_order()) is not None]
    return [(column, order) for column, (order, _) in sorted(found, key=lambda one: one[1][1])]


def _named_group(repeating: Sequence[tuple[SplitColumn, Codes]], answers: Answers) -> _Group | None:
    """Return the column that is called an identifier and whose rows have alike targets."""
    found: list[_Group] = []
    for column, codes in repeating:
        different = int(codes.max()) + 1
        if different < FEWEST_GROUPS or not column.is_called_an_identifier or not column.may_name():
            continue
        correlation, chance = intraclass_correlation(answers, codes)
        if correlation >= ALIKE_WITHIN_FROM and chance <= _LARGEST_CHANCE:
            reason = (
                f"{different:,} different values in {len(codes):,} rows, and the rows of one have alike targets "
                f"(intraclass correlation {correlation:.2f})"
            )
            found.append(_Group(column, codes, reason))
    return min(found, key=lambda one: one.rank, default=None)


def _group_in_blocks(repeating: Sequence[tuple[SplitColumn, Codes]], answers: Answers) -> _Group | None:
    """Return the column whose rows stand together and follow each other within, but not from one value to the next."""
    found: list[_Group] = []
    for column, codes in repeating:
        different = int(codes.max()) + 1
        if different < FEWEST_GROUPS or not stand_together(codes):
            continue
        if not (column.may_name() and column.may_number_groups()):
            continue
        alike = within(answers, codes)
        if _predicts(alike, len(answers)) and breaks_between(answers, codes):
            reason = f"the rows of each of its {different:,} values stand together, and there {_neighbours(alike)}"
            found.append(_Group(column, codes, reason))
    return min(found, key=lambda one: one.rank, default=None)


def _predicts(alike: float, rows: int) -> bool:
    return alike >= max(ALIKE_FROM, _SIGMAS / float(np.sqrt(rows)))


def _can_be_judged(ordered: Floats) -> bool:
    """Return whether targets differ where a model learns and where it is judged."""
    rows = len(ordered)
    learned, kept = ordered[: int(_LEARNED_UNTIL * rows)], ordered[int(_KEPT_FROM * rows) :]
    return bool(learned.min() < learned.max() and kept.min() < kept.max())


def _groups_can_be_judged(codes: Codes, targets: Floats, *, names_classes: bool) -> bool:
    """Return whether more than one class stands in so many groups that each part can have some."""
    if not names_classes:
        return True
    pairs = np.unique(np.stack([targets.astype(np.int64), codes]), axis=1)
    return int((np.bincount(pairs[0]) >= 3).sum()) > 1  # noqa: PLR2004  # training, validation, holdout


def _neighbours(alike: float) -> str:
    return f"rows that follow each other have alike targets (autocorrelation {alike:.2f}; 0 if the order meant nothing)"


def _filtered(values: Values, known: pa.Array) -> Values:
    return Values(values.kind, values.typed.filter(known), values.missing)
