"""What is predicted: the task, and how its classes are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.proposal.columns import Kind, Values, read_values
from usecases.proposal.findings import CannotInferError, Finding, Severity
from usecases.tasks.arrays import class_texts
from usecases.tasks.task import Task

MAX_CLASSES = 50
MAX_NUMBERED_CLASSES = 10
"""Whole numbers of no more different values are codes of classes, unless told otherwise."""

MIN_ROWS_PER_CLASS = 10
IMBALANCED_BELOW = 0.05

_NEGATIVE = ("no", "false", "0", "n", "ok", "negative", "none", "normal", "good", "nein", "-1", "absent", "healthy")


@dataclass(frozen=True, slots=True)
class Target:
    """The target, read.

    Attributes
    ----------
    task, classes
        For the use case.
    reason
        Why the task is what it is.
    known
        Rows whose target is known.
    numbers
        Codes of the classes or numbers, of those rows.
    """

    task: Task
    classes: tuple[str, ...]
    reason: str
    known: np.ndarray[Any, np.dtype[np.bool_]]
    numbers: np.ndarray[Any, np.dtype[np.float64]]
    decimal_comma: bool
    findings: tuple[Finding, ...]


def read_target(source: str, column: pa.Array, task: Task | None) -> Target:
    """Read the target of a data set.

    Raises
    ------
    CannotInferError
        If it is nothing that can be predicted, or not by the task that was asked for.
    """
    values = read_values(column)
    texts = _blanked(class_texts(column))
    different = pc.count_distinct(texts).as_py()
    if values.kind is Kind.EMPTY or different < 2:  # noqa: PLR2004  # one answer is none
        raise CannotInferError(f"the target {source!r} has the same value in every row; there is nothing to learn")
    found, reason = _task(values, different) if task is None else (task, "as asked for by --task")
    if found is None:
        raise CannotInferError(
            f"the target {source!r} holds {different:,} different texts, such as {', '.join(values.examples) or texts[0]}; "
            "a class needs many rows of its own. Choose another target, or group its values first"
        )
    if found.definition.names_classes:
        return _classes(source, texts, found, reason)
    return _numbers(source, values, found, reason)


def _task(values: Values, different: int) -> tuple[Task | None, str]:
    if different == 2:  # noqa: PLR2004  # that is what binary means
        return Task.BINARY, "two different values"
    if values.kind is Kind.INTEGER and different <= MAX_NUMBERED_CLASSES:
        return Task.MULTICLASS, f"whole numbers of {different} different values; --task regression if they are amounts"
    if values.kind in {Kind.FLOAT, Kind.INTEGER}:
        return Task.REGRESSION, f"numbers of {different:,} different values"
    return (Task.MULTICLASS if different <= MAX_CLASSES else None), f"texts of {different} different values"


def _numbers(source: str, values: Values, task: Task, reason: str) -> Target:
    if values.kind not in {Kind.FLOAT, Kind.INTEGER}:
        raise CannotInferError(f"the target {source!r} holds {values.kind.value}; a {task} predicts numbers")
    known = np.asarray(pc.is_valid(values.typed).to_numpy(zero_copy_only=False))
    numbers = values.typed.drop_null().cast(pa.float64(), safe=False).to_numpy()
    findings = _missing(source, known)
    return Target(task, (), reason, known, numbers, values.decimal_comma, tuple(findings))


def _classes(source: str, texts: pa.Array, task: Task, reason: str) -> Target:
    counted = pc.value_counts(texts.drop_null())
    counts = dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))
    rare = sorted(name for name, count in counts.items() if count < MIN_ROWS_PER_CLASS)
    names = sorted((name for name in counts if name not in rare), key=lambda name: _order(name, counts, task))
    if task.definition.classes_problem(tuple(names)) is not None:
        raise CannotInferError(
            f"the target {source!r} has {len(names)} classes of at least {MIN_ROWS_PER_CLASS} rows, which is no {task} "
            "task; get more rows, choose another target or another --task"
        )
    findings = []
    if rare:
        listed = ", ".join(f"{name} ({counts[name]})" for name in rare[:5])
        findings.append(
            _finding(
                source, Severity.DECIDE,
                f"classes with fewer than {MIN_ROWS_PER_CLASS} rows: {listed}",
                "left out: their rows are not learned from and the classes never predicted",
            )
        )  # fmt: skip
    smallest = min(names, key=lambda name: counts[name])
    share = counts[smallest] / sum(counts[name] for name in names)
    if share < IMBALANCED_BELOW:
        findings.append(
            _finding(
                source, Severity.LOOK, f"only {share:.1%} of the rows are {smallest!r}",
                "kept; judge the model by PR AUC and recall, not by accuracy",
            )
        )  # fmt: skip
    if len({name.casefold() for name in names}) < len(names):
        findings.append(
            _finding(
                source, Severity.DECIDE, "classes that differ only in capitals", "kept apart as classes of their own"
            )
        )
    codes = pc.index_in(texts, value_set=pa.array(names, pa.string()))
    known = np.asarray(pc.is_valid(codes).to_numpy(zero_copy_only=False))
    findings += _missing(source, np.asarray(pc.is_valid(texts).to_numpy(zero_copy_only=False)))
    shown = tuple(names)
    if set(names) == {"0", "1"}:
        words = source.replace("_", " ").strip().lower()
        shown = (f"not {words}"[:100], words[:100])
    return Target(task, shown, reason, known, codes.drop_null().cast(pa.float64()).to_numpy(), False, tuple(findings))  # noqa: FBT003  # a class has no comma


def _order(name: str, counts: dict[str, int], task: Task) -> tuple[int, int, str]:
    """Sort the negative class first: the one that says so, else the commoner one; several classes by their names."""
    if task.definition.most_classes == 2:  # noqa: PLR2004  # as above
        return (0 if name.strip().lower() in _NEGATIVE else 1, -counts[name], name)
    return (0, 0, name.zfill(20) if name.isdigit() else name)


def _blanked(texts: pa.Array) -> pa.Array:
    """Blank what stands for a missing answer; "none" may well be one."""
    words = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    missing = pc.is_in(words, value_set=pa.array(["", "nan", "null", "na", "n/a"]))
    return pc.if_else(missing, pa.scalar(None, pa.string()), texts)


def _missing(source: str, known: np.ndarray[Any, np.dtype[np.bool_]]) -> list[Finding]:
    missing = int((~known).sum())
    if not missing:
        return []
    return [
        _finding(
            source, Severity.LOOK, f"{missing:,} rows ({missing / len(known):.1%}) have no target", "not learned from"
        )
    ]


def _finding(source: str, severity: Severity, text: str, done: str) -> Finding:
    return Finding(column=source, severity=severity, text=text, done=done)
