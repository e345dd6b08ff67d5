"""Which rows of training data are left out, and why, in words; blocks of rows add up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.errors import TrainingDataError
from usecases.checking.reasons import Reason
from usecases.columns.texts import Mask
from usecases.contract.spec import UseCase
from usecases.tasks.targets import Targets, target_texts

_SHOWN_TEXTS, _SHOWN_LETTERS = 5, 40

_MOST_TEXTS = 1_000
"""Different texts that are told apart; of a column of other numbers there may be one a row."""


@dataclass(slots=True)
class _Texts:
    """Values of the target that are left out: how many, and for each text how often and where first, counted from 1."""

    rows: int = 0
    found: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, column: pa.Array, where: Mask, rows_before: int) -> None:
        """Count the texts of some rows."""
        if not where.any():
            return
        self.rows += int(where.sum())
        texts = pc.utf8_trim_whitespace(target_texts(column))
        rows = pa.table({"text": texts, "row": np.arange(1, len(column) + 1) + rows_before}).filter(pa.array(where))
        counted = rows.group_by("text").aggregate([("row", "count"), ("row", "min")])
        for row in counted.sort_by([("row_count", "descending"), ("row_min", "ascending")]).to_pylist():
            count, first = self.found.get(row["text"], (0, row["row_min"]))
            if count or len(self.found) < _MOST_TEXTS:
                self.found[row["text"]] = (count + row["row_count"], first)

    def merge(self, rows: int, found: Mapping[str, tuple[int, int]]) -> None:
        """Add what was counted elsewhere."""
        self.rows += rows
        for text, (more, place) in found.items():
            count, first = self.found.get(text, (0, place))
            self.found[text] = (count + more, min(first, place))

    @property
    def most_frequent(self) -> list[tuple[str, int, int]]:
        """The most frequent ones, with how often they stand there and the row of the first."""
        found = sorted(self.found.items(), key=lambda one: (-one[1][0], one[1][1]))
        return [(str(text)[:_SHOWN_LETTERS], count, first) for text, (count, first) in found[:_SHOWN_TEXTS]]


@dataclass(slots=True)
class LeftOut:
    """Rows that are left out, by why.

    Attributes
    ----------
    use_case
        Whose rows.
    meant
        Rows whose target is there and is to be learned: what is counted as bad is bad among these.
    """

    use_case: UseCase
    meant: int = 0
    _missing: int = 0
    _broken: int = 0
    _reasons: Counter[str] = field(default_factory=Counter)
    _of_classes: _Texts = field(default_factory=_Texts)
    _refused: _Texts = field(default_factory=_Texts)

    def add(self, column: pa.Array, targets: Targets, bad: Mapping[int, list[Reason]], *, rows_before: int = 0) -> None:
        """Count the rows of a block.

        Parameters
        ----------
        column, targets
            The target, as it stands there and as it is read.
        bad
            Reasons by position in the block.
        rows_before
            Rows before the block.
        """
        is_meant = ~targets.missing & ~targets.left_out
        # Rows whose target is missing or left out on purpose say nothing about how good the others are.
        broken = [reasons for place, reasons in bad.items() if is_meant[place] and not targets.refused[place]]
        self.meant += int(is_meant.sum())
        self._missing += int(targets.missing.sum())
        self._broken += len(broken)
        self._reasons.update(f"{reason.column or 'row'} {reason.rule}" for reasons in broken for reason in reasons)
        self._of_classes.add(column, targets.left_out, rows_before)
        self._refused.add(column, targets.refused, rows_before)

    def as_json(self) -> bytes:
        """Write down what was counted, for :meth:`merge` elsewhere."""
        content = [self.meant, self._missing, self._broken, self._reasons, _counted(self._of_classes)]
        return json.dumps([*content, _counted(self._refused)]).encode()

    def merge(self, written: bytes) -> None:
        """Add what was counted elsewhere."""
        meant, missing, broken, reasons, of_classes, refused = json.loads(written)
        self.meant += meant
        self._missing += missing
        self._broken += broken
        self._reasons.update(reasons)
        self._of_classes.merge(*of_classes)
        self._refused.merge(*refused)

    def require_few_bad(self) -> None:
        """Raise where more rows are bad than the use case allows.

        Raises
        ------
        TrainingDataError
            Naming the most frequent reasons.
        """
        bad_rows = self._broken + self._refused.rows
        if self.meant and bad_rows / self.meant > self.use_case.quality.max_bad_share:
            raise TrainingDataError(
                f"{bad_rows:,} of {self.meant:,} rows with a target are bad, the limit is "
                f"{self.use_case.quality.max_bad_share:.0%}. "
                f"Most frequent: {'; '.join([*self._most_frequent(), *self._refused_in_words()])}"
            )

    @property
    def words(self) -> tuple[str, ...]:
        """What is left out and why, for people."""
        told = []
        if self._of_classes.rows:
            listed = ", ".join(f"{text!r} ({count:,})" for text, count, _ in self._of_classes.most_frequent)
            told.append(f"{self._of_classes.rows:,} of classes that {self.use_case.name} leaves out: {listed}")
        if self._missing:
            told.append(f"{self._missing:,} without {self.use_case.target}")
        told += self._refused_in_words()
        if self._broken:
            told.append(
                f"{self._broken:,} that break the contract, most frequently: {', '.join(self._most_frequent())}"
            )
        return tuple(told)

    def _refused_in_words(self) -> list[str]:
        """List which values of the target are none, where the first of each stands, and what can be done."""
        if not self._refused.rows:
            return []
        listed = ", ".join(
            f"{text!r} ({count:,}, the first in row {first:,})" for text, count, first in self._refused.most_frequent
        )
        fields, written = "target_missing_values", ""
        if self.use_case.classes:
            fields = f"left_out_classes or {fields}"
            written = "say under class_source_names how the data writes each class, "
        refusal = self.use_case.task.definition.refusal(self.use_case.target_spelling)
        told = f"{self._refused.rows:,} whose {self.use_case.target} {refusal}: {listed}"
        return [f"{told}. Correct them, {written}or name what is meant to be left out under {fields} in usecase.yaml"]

    def _most_frequent(self) -> list[str]:
        return [f"{what} ({count:,})" for what, count in self._reasons.most_common(3)]


def _counted(texts: _Texts) -> list[Any]:
    return [texts.rows, texts.found]
