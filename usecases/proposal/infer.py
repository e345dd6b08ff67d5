"""The way from a table to a use case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from usecases.columns.features import FloatFeature, IntegerFeature
from usecases.columns.patterns import error_in_words
from usecases.columns.written import written_as
from usecases.contract.spec import UseCase
from usecases.contract.training import SplitKind
from usecases.proposal.choices import Choices, Places
from usecases.proposal.columns import Kind, read_values, with_truths
from usecases.proposal.features import judge
from usecases.proposal.findings import CannotInferError, Choice, Decisions, Finding, Severity, not_read
from usecases.proposal.identifiers import KEY_WORDS, SHORTENED_NAMES, is_identifier
from usecases.proposal.judged import Judged
from usecases.proposal.leaks.asking import ask_about_leaks
from usecases.proposal.names import ColumnName, name_of_use_case, read_headers, require_name
from usecases.proposal.reading.values import without
from usecases.proposal.split_columns import SplitColumn
from usecases.proposal.splits import InferredSplit, propose_split
from usecases.proposal.target.found import Target
from usecases.proposal.target.reading import beside, read_target

MIN_ROWS = 50
"""With fewer rows nothing can be learned and proved."""

FEW_ROWS = 1_000

SPLIT_REASON = "training.split"
"""Where the reason for the split stands among those for the columns; no column can be called so."""

MOST_FEATURES = 500
MOST_COLUMNS = 10_000
MAX_HEADER = 1_000
_MOST_TOLD = 2


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
        Why each column is what it is, by its name in the use case.
    """

    use_case: UseCase
    rows: int
    findings: tuple[Finding, ...]
    reasons: Mapping[str, str]

    @property
    def undecided(self) -> list[Finding]:
        """Findings that a person has to decide upon."""
        return [finding for finding in self.findings if finding.severity is Severity.DECIDE]


def infer(
    table: pa.RecordBatch, choices: Choices, *, file_name: str, data: str, left_out: Sequence[str] = ()
) -> Inferred:
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
    left_out
        What of the file is not in the table, in words.

    Raises
    ------
    CannotInferError
        If no use case can be made of the data, whatever is decided; or a choice names no column, or the name is none.
    """
    require_name(choices.name)
    try:
        inferred = _inferred(table, choices, file_name, data)
    except (ValidationError, pa.ArrowException, OverflowError) as error:
        words = " ".join(str(error).split())[:300]
        raise CannotInferError(
            f"the data cannot be looked at: {words}. See whether {choices.target!r} is the right target, and leave columns "
            "out with --drop to find the one at fault"
        ) from error
    found, order = [*not_read(left_out), *inferred.findings], list(Severity)
    return replace(inferred, findings=tuple(sorted(found, key=lambda finding: order.index(finding.severity))))


def _inferred(table: pa.RecordBatch, choices: Choices, file_name: str, data: str) -> Inferred:
    if table.num_rows < MIN_ROWS:
        raise CannotInferError(f"{table.num_rows} rows are too few to learn from; at least {MIN_ROWS} are needed")
    if table.num_columns > MOST_COLUMNS:
        raise CannotInferError(
            f"the data has {table.num_columns:,} columns; {MOST_COLUMNS:,} are the most. Take those into the file that may "
            f"tell something, a model sees at most {MOST_FEATURES}"
        )
    names = read_headers(table.schema.names)
    _require_usable(names)
    places = Places(names)
    target_place = places.of(choices.target, "--target")
    key_place = None if choices.key is None else places.of(choices.key, "--key")
    if key_place == target_place:
        raise CannotInferError("the key and the target are the same column; leave --key away, or name another")
    decisions = places.decisions(choices)
    target = read_target(names[target_place].source, table.column(target_place), choices.task, decisions)
    looked_at = [
        place
        for place, name in enumerate(names)
        if place not in {target_place, key_place}
        and Choice.DROP not in decisions.by_column.get(name.source, frozenset())
    ]
    judged = _judged(names, table, looked_at, decisions)
    target = beside(judged, target, names[target_place].source, table.column(target_place), decisions)
    ask_about_leaks(judged, target)
    key = names[key_place] if key_place is not None else _suggested_key(judged)
    others = [] if key_place is None else [SplitColumn(names[key_place].source, read_values(table.column(key_place)))]
    split = propose_split(judged, target, others, kept={found.column.source for found in judged if found.is_kept})
    _free_the_clock(judged, split)
    return _put_together(
        table.num_rows, choices, file_name, data, names, names[target_place], target, key, judged, split
    )


def _require_usable(names: Sequence[ColumnName]) -> None:
    for place, name in enumerate(names, start=1):
        if "\0" in name.source:
            raise CannotInferError(
                f"the name of column {place} holds a NUL character, {name.source!r}; correct it in the file"
            )
        if len(name.source) > MAX_HEADER:
            raise CannotInferError(
                f"the name of column {place} has {len(name.source):,} characters, {name.source[:60]!r}...; {MAX_HEADER:,} "
                "are the most. Shorten it in the file"
            )


def _judged(
    names: Sequence[ColumnName], table: pa.RecordBatch, looked_at: list[int], decisions: Decisions
) -> list[Judged]:
    given = {place: decisions.missing_values.get(names[place].source, ()) for place in looked_at}
    raw = {place: without(table.column(place), given[place]) for place in looked_at}
    values = {place: with_truths(read_values(column)) for place, column in raw.items()}
    decimal_commas = any(found.decimal_comma and found.kind is Kind.FLOAT for found in values.values())
    judged = []
    for place in looked_at:
        written = written_as(table.schema.field(place))
        found = Judged(names[place], values[place], decisions, written=written, missing_values=given[place])
        try:
            judge(found, raw[place], decimal_commas=decimal_commas)
        except (ValidationError, pa.ArrowException) as error:
            words = error_in_words(error.errors()[0]) if isinstance(error, ValidationError) else str(error)
            raise CannotInferError(
                f"the column {names[place].source!r} cannot become a feature: {words}. Leave it out with --drop, or correct "
                "the file"
            ) from error
        judged.append(found)
    return judged


def _free_the_clock(judged: Sequence[Judged], split: InferredSplit) -> None:
    """Take the range off a column of numbers that holds the time of a row: rows to come lie past all that were seen."""
    for found in judged:
        if (
            split.kind is SplitKind.TIME
            and found.column.source == split.column
            and isinstance(found.feature, FloatFeature | IntegerFeature)
        ):
            found.feature = found.feature.model_copy(update={"minimum": None, "maximum": None})
            found.why = f"{found.why.partition(';')[0]}; no range, for rows to come lie past them"


def _put_together(
    rows: int, choices: Choices, file_name: str, data: str, names: list[ColumnName], of_target: ColumnName, target: Target,
    key: ColumnName | None, judged: list[Judged], split: InferredSplit,
) -> Inferred:  # fmt: skip
    kept = [found for found in judged if found.feature is not None and found.column is not key]
    if not kept:
        asked = [f"{one.column}: {one.text}" for found in judged for one in found.findings if one.choice is Choice.DROP]
        raise CannotInferError("; ".join(["no column is left to predict from", *asked[:_MOST_TOLD]]))
    findings = [*target.findings, *_leave_out_most(kept)]
    kept = [found for found in kept if found.feature is not None]
    used = {found.column.name for found in kept} | ({key.name} if key else set())
    ignored = dict.fromkeys(name.source for name in names if name.name not in used)
    name = choices.name or name_of_use_case(file_name.partition(".")[0])
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
        target_missing_values=target.missing_values,
        classes=target.classes,
        class_source_names=target.class_source_names,
        left_out_classes=target.left_out_classes,
        key=key.name if key else None,
        key_source_name="" if key is None or key.source == key.name else key.source,
        ignored_columns=tuple(ignored),
        features=tuple(found.feature for found in kept if found.feature is not None),
        training=split.training(data, kept),
    )
    findings += [finding for found in judged for finding in found.findings]
    findings += [
        _renamed(name) for name in names if name.name in used and name.name[-1].isdigit() and _is_numbered(name, names)
    ]
    findings += [split.finding] if split.finding else []
    if rows < FEW_ROWS:
        findings.append(
            _finding(
                None, Severity.LOOK, "few rows", f"only {rows:,} rows", "used; the metrics will vary with the split"
            )
        )
    if key is not None and choices.key is None:
        findings.append(
            _finding(
                key.source,
                Severity.INFO,
                "key",
                "names its row, each value once",
                "taken as the key; late labels join on it",
            )
        )
    reasons = {found.column.name: found.why for found in kept} | {of_target.name: target.reason}
    reasons[SPLIT_REASON] = f"{split.column}: {split.reason}" if split.column else split.reason
    return Inferred(use_case, rows, tuple(findings), reasons)


def _leave_out_most(kept: Sequence[Judged]) -> list[Finding]:
    """Leave out the columns that know least of the target where there are more than a use case may have."""
    surplus = sorted(kept, key=lambda found: -found.power)[MOST_FEATURES:]
    for found in surplus:
        found.feature = None
    if not surplus:
        return []
    text = f"{len(kept):,} columns can be features; {MOST_FEATURES} are the most"
    done = f"the {len(surplus):,} that know least of the target by themselves are left out"
    return [_finding(None, Severity.LOOK, "many columns", text, done)]


def _checked(**fields: Any) -> UseCase:
    try:
        return UseCase(**fields)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc'])) or 'use case'}: {error_in_words(one)}" for one in error.errors())
        raise CannotInferError("; ".join(problems)) from error


def _suggested_key(judged: list[Judged]) -> ColumnName | None:
    """Return the first column that names every row and is called so."""
    for found in judged:
        values = found.values
        words = set(found.column.name.split("_"))
        is_shortened = any(one.kind == SHORTENED_NAMES for one in found.findings)
        if found.feature is not None or values.missing or values.strays or values.kind is Kind.EMPTY or is_shortened:
            continue
        if words & KEY_WORDS and is_identifier(values, found.column.name):
            found.findings.clear()
            return found.column
    return None


def _is_numbered(name: ColumnName, names: list[ColumnName]) -> bool:
    before, _, number = name.name.rpartition("_")
    return number.isdigit() and name.source != name.name and any(other.name == before for other in names)


def _renamed(name: ColumnName) -> Finding:
    return _finding(
        name.source,
        Severity.LOOK,
        "name",
        "another column has the same name but for capitals or signs",
        f"called {name.name}",
    )


def _finding(column: str | None, severity: Severity, kind: str, text: str, done: str) -> Finding:
    return Finding(column=column, kind=kind, severity=severity, text=text, done=done)
