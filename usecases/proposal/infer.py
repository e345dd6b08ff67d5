"""The way from a table to a use case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import ValidationError

from usecases.columns.features import BooleanFeature, CategoryFeature, IntegerFeature
from usecases.contract.spec import TrainingParameters, UseCase
from usecases.proposal.columns import Kind
from usecases.proposal.features import Judged, is_identifier, judge
from usecases.proposal.findings import CannotInferError, Finding, Severity
from usecases.proposal.leaks import LEAKS_FROM, LEAKS_FROM_REGRESSION, binned, power_for_classes, power_for_numbers
from usecases.proposal.names import ColumnName, free_name, is_good_name, read_headers
from usecases.proposal.splits import InferredSplit, propose_split
from usecases.proposal.target import Target, read_target
from usecases.tasks.task import Task

MIN_ROWS = 50
"""With fewer rows nothing can be learned and proved."""

FEW_ROWS = 1_000

SPLIT_REASON = "training.split"
"""Where the reason for the split stands among those for the columns; no column can be called so."""

_MAX_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person decided.

    Attributes
    ----------
    target
        The column to predict, by its name in the data or in the use case.
    name
        Name of the use case; made from the file's where it is empty.
    key
        Column that names a row; suggested where none is given.
    task
        Kind of answer; told from the target where none is given.
    drop, category, keep
        Columns to leave out, to take for names, and to keep whatever speaks against them.
    """

    target: str
    name: str = ""
    key: str | None = None
    task: Task | None = None
    drop: frozenset[str] = frozenset()
    category: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Inferred:
    """A use case, and what was found on the way.

    Attributes
    ----------
    use_case
        As it would be if every suggestion is taken.
    rows
        Rows of the data.
    findings
        What a person should look at, what has to be decided first.
    reasons
        Why each column is what it is, by its name in the use case; why the holdout is, by :data:`SPLIT_REASON`.
    """

    use_case: UseCase
    rows: int
    findings: tuple[Finding, ...]
    reasons: Mapping[str, str]

    @property
    def undecided(self) -> list[Finding]:
        """Findings that a person has to decide upon."""
        return [finding for finding in self.findings if finding.severity is Severity.DECIDE]


def infer(table: pa.RecordBatch, choices: Choices, *, file_name: str, data: str) -> Inferred:
    """Infer a use case from its data.

    Parameters
    ----------
    table
        All rows; cells of a CSV as texts.
    choices
        What was decided.
    file_name
        Name of the file, from which the use case has its name if none is given.
    data
        File of the training data, as the use case shall name it.

    Raises
    ------
    CannotInferError
        If no use case can be made of the data, whatever is decided; or a choice names no column.
    """
    if table.num_rows < MIN_ROWS:
        raise CannotInferError(f"{table.num_rows} rows are too few to learn from; at least {MIN_ROWS} are needed")
    names = read_headers(table.schema.names)
    places = _places(names)
    target_place = _place(places, choices.target, "--target")
    target = read_target(names[target_place].source, table.column(target_place), choices.task)
    sets = {
        option: {_place(places, name, f"--{option}") for name in wanted}
        for option, wanted in (("drop", choices.drop), ("category", choices.category), ("keep", choices.keep))
    }
    key_place = None if choices.key is None else _place(places, choices.key, "--key")
    if key_place == target_place:
        raise CannotInferError("the key and the target are the same column; leave --key away, or name another")
    judged: list[Judged] = []
    for place, column in enumerate(names):
        if place in {target_place, key_place} or place in sets["drop"]:
            continue
        found = judge(column, table.column(place), as_category=place in sets["category"], keep=place in sets["keep"])
        if found.feature is not None and place not in sets["keep"]:
            _look_for_leak(found, target)
        judged.append(found)
    key = names[key_place] if key_place is not None else _suggested_key(judged)
    split = propose_split(judged, target, {names[place].source for place in sets["keep"]})
    return _put_together(table.num_rows, choices, file_name, data, names, target_place, target, key, judged, split)


def _put_together(
    rows: int, choices: Choices, file_name: str, data: str, names: list[ColumnName], target_place: int, target: Target,
    key: ColumnName | None, judged: list[Judged], split: InferredSplit,
) -> Inferred:  # fmt: skip
    of_target = names[target_place]
    kept = [found for found in judged if found.feature is not None and found.column is not key]
    if not kept:
        raise CannotInferError("no column is left to predict from; see what --keep and --category can do")
    used = {found.column.name for found in kept} | ({key.name} if key else set())
    ignored = [name.source for name in names if name.name not in used]
    name = choices.name or free_name(file_name.partition(".")[0])[:_MAX_NAME].rstrip("_")
    title = name.replace("_", " ").capitalize()
    answer = of_target.title or of_target.name.replace("_", " ").capitalize()
    use_case = _checked(
        name=name,
        title=title,
        description=f"Predicts {answer!r} from {len(kept)} columns.",
        task=target.task,
        target=of_target.name,
        target_source_name="" if of_target.source == of_target.name else of_target.source,
        target_decimal_comma=target.decimal_comma,
        classes=target.classes,
        key=key.name if key else None,
        key_source_name="" if key is None or key.source == key.name else key.source,
        ignored_columns=tuple(ignored),
        features=tuple(found.feature for found in kept if found.feature is not None),
        training=TrainingParameters(data=data, max_depth=5, split=split.kind, split_column=split.column),
    )
    findings = [*target.findings, *(finding for found in judged for finding in found.findings)]
    findings += [
        _renamed(name) for name in names if name.name in used and name.name[-1].isdigit() and _is_numbered(name, names)
    ]
    findings += [split.finding] if split.finding else []
    if rows < FEW_ROWS:
        findings.append(
            _finding(None, Severity.LOOK, f"only {rows:,} rows", "used; the metrics will vary with the split")
        )
    if key is not None and choices.key is None:
        findings.append(
            _finding(
                key.source, Severity.INFO, "names its row, each value once", "taken as the key; late labels join on it"
            )
        )
    order = list(Severity)
    findings.sort(key=lambda finding: order.index(finding.severity))
    reasons = {found.column.name: found.why for found in kept} | {of_target.name: target.reason}
    reasons[SPLIT_REASON] = f"{split.column}: {split.reason}" if split.column else split.reason
    return Inferred(use_case, rows, tuple(findings), reasons)


def _checked(**fields: Any) -> UseCase:
    try:
        return UseCase(**fields)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc'])) or 'use case'}: {one['msg']}" for one in error.errors())
        raise CannotInferError("; ".join(problems)) from error


def _look_for_leak(found: Judged, target: Target) -> None:
    """Leave out, until somebody says otherwise, a column that by itself knows the answer."""
    known = pa.array(target.known)
    column = found.values.typed.filter(known)
    if len(column) == column.null_count:
        return
    bins = binned(column)
    if target.task.definition.names_classes:
        power, limit = power_for_classes(bins, target.numbers.astype(np.int64)), LEAKS_FROM
    else:
        power, limit = power_for_numbers(bins, column, target.numbers), LEAKS_FROM_REGRESSION
    if power >= limit:
        found.leave_out(
            Severity.DECIDE,
            f"knows the target by itself ({power:.1%} of it): is it known before the answer is? "
            f"If so: --keep {_quoted(found.column.source)}; if it comes after: --drop {_quoted(found.column.source)}",
        )


def _suggested_key(judged: list[Judged]) -> ColumnName | None:
    """Return the first column that names every row and is called so."""
    for found in judged:
        values = found.values
        words = set(found.column.name.split("_"))
        if found.feature is not None or values.missing or values.strays or values.kind is Kind.EMPTY:
            continue
        if words & {"id", "key", "uuid", "guid", "nr", "no", "number"} and is_identifier(values, found.column.name):
            found.findings.clear()
            return found.column
    return None


def _places(names: list[ColumnName]) -> dict[str, int]:
    places = {column.name: place for place, column in enumerate(names)}
    return places | {column.source: place for place, column in enumerate(names)}


def _place(places: Mapping[str, int], name: str, option: str) -> int:
    if name.strip() not in places:
        raise CannotInferError(
            f"{option} {name!r} is no column of the data; it has {', '.join(repr(n) for n in places)}"
        )
    return places[name.strip()]


def _is_numbered(name: ColumnName, names: list[ColumnName]) -> bool:
    before, _, number = name.name.rpartition("_")
    return number.isdigit() and name.source != name.name and any(other.name == before for other in names)


def _renamed(name: ColumnName) -> Finding:
    return _finding(
        name.source, Severity.LOOK, "another column has the same name but for capitals or signs", f"called {name.name}"
    )


def _quoted(name: str) -> str:
    return name if is_good_name(name) else f'"{name}"'


def _finding(column: str | None, severity: Severity, text: str, done: str) -> Finding:
    return Finding(column=column, severity=severity, text=text, done=done)


def kind_words(use_case: UseCase) -> str:
    """Write how many features of which kind there are.

    >>> from usecases.contract.catalog import load_catalog
    >>> kind_words(load_catalog()["iris"])
    '4 numbers'
    """
    counts = {"number": 0, "category": 0, "boolean": 0, "time": 0}
    for feature in use_case.features:
        match feature:
            case CategoryFeature():
                counts["category"] += 1
            case BooleanFeature():
                counts["boolean"] += 1
            case IntegerFeature():
                counts["number"] += 1
            case _:
                counts["time" if feature.type == "timestamp" else "number"] += 1
    plural = {"category": "categories"}
    return ", ".join(f"{n} {kind if n == 1 else plural.get(kind, kind + 's')}" for kind, n in counts.items() if n)
