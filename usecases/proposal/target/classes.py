"""A target that names classes: which they are, in which order, and what is to be decided about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.proposal.findings import CannotInferError, Choice, Decisions, Finding, Severity
from usecases.proposal.reading.alike import alike, differ_in_capitals
from usecases.proposal.target.found import Target
from usecases.proposal.target.texts import (
    MIN_ROWS_PER_CLASS,
    TWO,
    about_missing,
    alike_but_for_spaces,
    counts_of,
    listed,
)
from usecases.proposal.target.words import in_order, negative_first
from usecases.tasks.targets import class_number
from usecases.tasks.task import Task

_IMBALANCED_BELOW = 0.05
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Classes:
    """A target that names classes.

    Attributes
    ----------
    source, decisions
        Name of the column, and what a person decided about it.
    written
        The target as the data writes it.
    names
        The class of every row; null where it is missing.
    missing_values
        Texts that stand for a missing class.
    decimal_comma
        Whether the data writes 1,0 for the number 1.
    """

    source: str
    decisions: Decisions
    written: pa.Array
    names: pa.Array
    missing_values: tuple[str, ...]
    decimal_comma: bool

    def target(self, task: Task, reason: str, asked: list[Finding], *, is_chosen: bool) -> Target:
        """Choose the classes, and ask what is to be decided about them.

        Parameters
        ----------
        task, reason
            Kind of answer, and why.
        asked
            What was asked about the target before.
        is_chosen
            Whether a person chose the task.

        Raises
        ------
        CannotInferError
            If there are not as many classes as the task has.
        """
        counts = counts_of(self.names)
        rare = in_order([name for name, count in counts.items() if count < MIN_ROWS_PER_CLASS])
        kept = [name for name in counts if name not in set(rare)]
        if not is_chosen and len(kept) == TWO:
            task, reason = Task.BINARY, "two different values" + (" in many rows" if rare else "")
        if task.definition.classes_problem(tuple(kept)) is not None:
            raise CannotInferError(
                f"the target {self.source!r} has {len(kept)} classes of at least {MIN_ROWS_PER_CLASS} rows, which is no "
                f"{task} task; get more rows, choose another target or another --task"
            )
        kept = negative_first(kept, counts) if task.definition.most_classes == TWO else in_order(kept)
        codes = pc.index_in(self.names, value_set=pa.array(kept, pa.string()))
        shown, sources = self._shown(kept)
        return Target(
            task,
            reason,
            np.asarray(pc.is_valid(codes).to_numpy(zero_copy_only=False)),
            codes.drop_null().cast(pa.float64()).to_numpy(),
            (*asked, *self._findings(counts, kept, rare)),
            classes=shown,
            class_source_names=sources,
            left_out_classes=tuple(rare),
            missing_values=self.missing_values,
            decimal_comma=self.decimal_comma,
        )

    def _shown(self, names: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return names that people read, and how the data write them; 0 and 1 tell nobody what they mean."""
        if names != ["0", "1"]:
            return tuple(names), ()
        words = self.source.replace("_", " ").strip().lower()
        return (f"not {words}"[:100], words[:100]), tuple(names)

    def _findings(self, counts: Mapping[str, int], kept: list[str], rare: list[str]) -> Iterator[Finding]:
        spaced = [" and ".join(repr(text) for text in texts) for texts in alike_but_for_spaces(self.written)]
        if spaced:
            yield self._ask(
                "spaces",
                f"classes that differ only in spaces around them: {', '.join(spaced[:_SHOWN])}; if the spaces mean anything, "
                "give them other names in the file",
                Choice.KEEP,
                "taken as one class, without the spaces",
            )
        same = alike(name for name in counts if class_number(name) is None)
        if same:
            what = "capitals" if all(map(differ_in_capitals, same)) else "capitals, spaces or signs"
            yield self._ask(
                "capitals",
                f"classes that differ only in {what}: {'; '.join(listed(names, counts) for names in same[:_SHOWN])}; if they "
                "are one, write them alike in the file",
                Choice.KEEP,
                "kept apart as classes of their own",
            )
        if rare:
            yield self._ask(
                "rare classes",
                f"classes with fewer than {MIN_ROWS_PER_CLASS} rows: {listed(rare, counts)}",
                Choice.DROP,
                "left out: their rows are not learned from and the classes never predicted",
            )
        smallest = min(kept, key=lambda name: counts[name])
        share = counts[smallest] / sum(counts[name] for name in kept)
        if share < min(_IMBALANCED_BELOW, 0.5 / len(kept)):
            yield Finding(
                column=self.source,
                kind="imbalance",
                severity=Severity.LOOK,
                text=f"only {share:.1%} of the rows are {smallest!r}",
                done="kept; judge the model by PR AUC and recall, not by accuracy",
            )
        yield from about_missing(self.source, self.names.null_count, len(self.names))

    def _ask(self, kind: str, text: str, choice: Choice, done: str) -> Finding:
        """Ask about what leaves one way on; the other is to correct the file."""
        return self.decisions.ask(self.source, kind, text, choice, {choice: done})
