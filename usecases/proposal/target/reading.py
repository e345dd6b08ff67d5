"""The target, read: first what stands for a missing answer, then the task, then its classes or numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.missing import MISSING_WORDS
from usecases.proposal.columns import Kind, Values, read_values
from usecases.proposal.findings import CannotInferError, Choice, Decisions, Finding
from usecases.proposal.judged import Judged
from usecases.proposal.names import quoted
from usecases.proposal.number_texts import are_few
from usecases.proposal.reading.amounts import POINT_GROUPS, matching, plain
from usecases.proposal.reading.dates import DURATION, TIME_OF_DAY
from usecases.proposal.reading.missing import placeholder_numbers
from usecases.proposal.reading.values import FLOAT, MAX_CATEGORIES, MAX_STRAY_SHARE, are_all, is_any, read_as, without
from usecases.proposal.target.classes import Classes
from usecases.proposal.target.found import Target
from usecases.proposal.target.texts import (
    TWO,
    about_missing,
    are_numbered,
    class_names,
    counts_of,
    listed_marks,
    missing_marks,
    nulled,
)
from usecases.tasks.targets import class_number, target_texts
from usecases.tasks.task import Task

_NUMBERS = {Kind.FLOAT, Kind.INTEGER}
_WRITTEN_NUMBERS = {Kind.THOUSANDS, Kind.WRITTEN, Kind.MEASURES, Kind.MIXED}
_TIMES = {Kind.TIMESTAMP, Kind.FOREIGN_DATES, Kind.PERIODS}
_NOT_LEARNED = "taken as missing: these rows are not learned from"


def read_target(source: str, column: pa.Array, task: Task | None, decisions: Decisions | None = None) -> Target:
    """Read the target of a data set.

    Parameters
    ----------
    source, column
        Its name in the data, and its values.
    task
        Kind of answer, where a person chose one.
    decisions
        What else a person decided.

    Raises
    ------
    CannotInferError
        If it is nothing that can be predicted, or not by the task that was asked for.
    """
    decisions = decisions or Decisions()
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())  # 1 and 0 of the data, as true and false are read where they are labels
    written = target_texts(column)
    declared = decisions.missing_values.get(source, ())
    texts = without(nulled(pc.utf8_trim_whitespace(written), [""]), declared)
    marks = missing_marks(texts)
    values, names, found, reason = _task_of(source, column, texts, marks, task)
    asked: list[Finding] = []
    if not found.definition.names_classes:
        # The usual words for a missing number are read as one wherever numbers are read.
        marks = {mark: count for mark, count in marks.items() if mark.casefold() not in MISSING_WORDS.to_pylist()}
        numbers = {mark for mark in marks if class_number(mark) is not None}
        if numbers:  # of which is asked below, as of any other far from the rest
            marks = {mark: count for mark, count in marks.items() if mark not in numbers}
            values, *_ = _task_of(source, column, texts, marks, found)
        if marks:
            asked.append(_ask_about_marks(source, marks, decisions, {Choice.MISSING: _NOT_LEARNED}))
        return _numbers(source, values, found, reason, (*declared, *marks), asked, decisions)
    if marks:
        asked.append(
            _ask_about_marks(source, marks, decisions, {Choice.MISSING: _NOT_LEARNED, Choice.KEEP: "kept as classes"})
        )
        if asked[0].choice is Choice.KEEP:
            marks = {}
            values, names, found, reason = _task_of(source, column, texts, marks, task)
    classes = Classes(source, decisions, written, names, (*declared, *marks), values.decimal_comma)
    return classes.target(found, reason, asked, is_chosen=task is not None)


def beside(judged: Sequence[Judged], target: Target, source: str, column: pa.Array, decisions: Decisions) -> Target:
    """Return the target by what the other columns say: where some have decimal commas, a point marks thousands.

    Parameters
    ----------
    judged
        The other columns.
    target, source, column, decisions
        The target as it was read, its name in the data and its values, and what a person decided.

    Raises
    ------
    CannotInferError
        If every number has a point with three digits behind it, and nobody said that these are decimals.
    """
    has_commas = any(found.values.decimal_comma for found in judged)
    if not has_commas or target.task.definition.names_classes or not pa.types.is_string(column.type):
        return target
    texts = pc.unique(column.filter(pa.array(target.known)))
    if are_all(matching(texts, POINT_GROUPS)) and Choice.KEEP not in decisions.by_column.get(source, ()):
        raise CannotInferError(f"the target {source!r} {_of_thousands(source, texts.slice(0, 3).to_pylist())}")
    # Whole numbers so far; those to come may have points.
    is_whole = not is_any(pc.match_substring(texts, "."))
    return replace(target, decimal_comma=target.decimal_comma or is_whole)


def _ask_about_marks(
    source: str, marks: Mapping[str, int], decisions: Decisions, done: Mapping[Choice, str]
) -> Finding:
    text = f"{listed_marks(marks)} may stand for a missing answer"
    if Choice.KEEP in done:
        text += f"; if they are classes: --keep {quoted(source)}"
    return decisions.ask(source, "missing values", text, Choice.MISSING, done)


def _task_of(
    source: str, column: pa.Array, texts: pa.Array, marks: Mapping[str, int], task: Task | None
) -> tuple[Values, pa.Array, Task, str]:
    """Read the texts without some, and return them as values and as classes, with the task and why it is that."""
    present = nulled(texts, list(marks))
    values = read_values(column if present.null_count == column.null_count else present)
    names = class_names(present, decimal_comma=values.decimal_comma)
    different = pc.count_distinct(names).as_py()
    if different < TWO:
        raise CannotInferError(_nothing_to_learn(source, present))
    if task is not None:
        return values, names, task, "as asked for by --task"
    if why := _why_no_answers(values, column, present, different):
        raise CannotInferError(f"the target {source!r} holds {why}")
    if different == TWO:
        return values, names, Task.BINARY, "two different values"
    if different <= MAX_CATEGORIES and are_numbered(counts_of(names)):
        reason = f"whole numbers of {different} different values; --task regression if they are amounts"
        return values, names, Task.MULTICLASS, reason
    if values.kind in _NUMBERS or (values.kind in _WRITTEN_NUMBERS and different > MAX_CATEGORIES):
        return values, names, Task.REGRESSION, f"numbers of {different:,} different values"
    if are_few(different, len(names) - names.null_count):
        return values, names, Task.MULTICLASS, f"texts of {different} different values"
    raise CannotInferError(
        f"the target {source!r} holds {different:,} different texts, such as {', '.join(values.examples) or names[0]}; "
        "a class needs many rows of its own. Choose another target, or group its values first"
    )


def _why_no_answers(values: Values, column: pa.Array, present: pa.Array, different: int) -> str:
    """Return why values are no answers that a model can give again: times go on, and lists are many answers; empty if they are."""
    if values.kind is Kind.UNSUPPORTED and not pa.types.is_string(column.type):
        return f"values of the type {column.type}; write classes, or numbers such as seconds"
    are_times = values.kind in _TIMES or are_all(
        pc.or_(matching(present.drop_null(), TIME_OF_DAY), matching(present.drop_null(), DURATION))
    )
    if different == TWO or not are_times:
        return ""
    return (
        f"times, such as {', '.join(pc.unique(present.drop_null()).slice(0, 3).to_pylist())}; a model predicts numbers or classes. "
        "Write how many hours or days it is from a time that is known, or choose another target; --task multiclass if they are "
        "classes"
    )


def _nothing_to_learn(source: str, present: pa.Array) -> str:
    text = f"the target {source!r} has the same value in every row; there is nothing to learn"
    if 0 < present.null_count < len(present):
        text = (
            f"the target {source!r} has the same value in every row that has one, and {present.null_count:,} rows have none; "
            "if that is the other answer, write it there, such as no"
        )
    return text


def _numbers(
    source: str, values: Values, task: Task, reason: str, missing: tuple[str, ...], asked: list[Finding],
    decisions: Decisions,
) -> Target:  # fmt: skip
    if values.kind is Kind.THOUSANDS and Choice.KEEP in decisions.by_column.get(source, ()):
        values = replace(values, kind=Kind.FLOAT)
    if values.kind in _WRITTEN_NUMBERS and 0 < values.strays <= MAX_STRAY_SHARE * len(values.typed):
        values = read_as(Kind.FLOAT, FLOAT, values.typed)  # a few that are written otherwise are bad values
    if values.kind not in _NUMBERS:
        raise CannotInferError(f"the target {source!r} {_why_no_numbers(source, values, task)}")
    typed, rows = values.typed, len(values.typed)
    placeholders = {_written(number): count for number, count in placeholder_numbers(typed).items()}
    if placeholders:
        text = f"{listed_marks(placeholders)}: far from all others, and repeated; may stand for a missing answer"
        done = {Choice.MISSING: _NOT_LEARNED, Choice.KEEP: "kept as numbers"}
        asked.append(decisions.ask(source, "placeholders", text, Choice.MISSING, done))
        if asked[-1].choice is Choice.MISSING:
            typed = without(typed, list(placeholders))
            missing = (*missing, *placeholders)
    if values.strays:
        text = f"{values.strays:,} values are no numbers, such as {', '.join(values.examples)}; correct the file if they are answers"
        done = {Choice.DROP: "left out: these rows are not learned from"}
        asked.append(decisions.ask(source, "no numbers", text, Choice.DROP, done))
    known = np.asarray(pc.is_valid(typed).to_numpy(zero_copy_only=False))
    asked += about_missing(source, int((~known).sum()) - values.strays, rows)
    numbers = typed.drop_null().cast(pa.float64(), safe=False).to_numpy()
    return Target(
        task, reason, known, numbers, tuple(asked), missing_values=missing, decimal_comma=values.decimal_comma
    )


def _why_no_numbers(source: str, values: Values, task: Task) -> str:
    listed = ", ".join(values.examples) or "texts"
    if values.kind is Kind.THOUSANDS:
        return _of_thousands(source, values.examples)
    if values.kind is Kind.WRITTEN:
        return f"holds {values.kind.value}, such as {listed}; write plain numbers, {', '.join(map(plain, values.examples))}"
    return (
        f"holds {values.kind.value}, such as {listed}; a {task} predicts numbers. Write them with digits and a point for "
        "decimals, or choose another target"
    )


def _of_thousands(source: str, examples: Sequence[str]) -> str:
    sign = "commas" if "," in examples[0] else "points"
    return (
        f"holds {sign} in numbers such as {', '.join(examples)}: of thousands, or decimals? Of thousands: write "
        f"{', '.join(map(plain, examples))} in the file; decimals: --keep {quoted(source)}"
    )


def _written(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))
