"""From a column to a feature of the use case, or to a reason why it is none."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from usecases.checking.row_model import INT64
from usecases.columns.casting import cast
from usecases.columns.features import (
    MAX_ALLOWED_VALUES,
    MAX_TEXT_LENGTH,
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.proposal.columns import Kind, Values, read_values
from usecases.proposal.findings import CannotInferError, Finding, Severity
from usecases.proposal.names import ColumnName

MARGIN = 0.25
"""How far a range reaches past the values seen, as a share of their span."""

MAX_CATEGORIES = 50
MAX_CATEGORY_SHARE = 0.05
MAX_CATEGORIES_IF_COMMON = 1_000
"""Up to 50 different texts are categories; up to 1,000 if each stands, on average, in twenty rows."""

ALMOST_ALL = 0.95
MOSTLY_MISSING = 0.5
RARE_ROWS = 5
_MOST_LISTED = 5


@dataclass(slots=True)
class Judged:
    """What became of a column: a feature, or none."""

    column: ColumnName
    values: Values
    feature: Feature | None = None
    why: str = ""
    """Why the feature is as it is; a comment in the file."""
    findings: list[Finding] = field(default_factory=list)

    def find(self, severity: Severity, text: str, done: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(column=self.column.source, severity=severity, text=text, done=done))

    def leave_out(self, severity: Severity, text: str) -> None:
        """Decide that the column is no feature."""
        self.feature = None
        self.find(severity, text, "left out")


def judge(column: ColumnName, raw: pa.Array, *, as_category: bool, keep: bool) -> Judged:
    """Make a feature of a column.

    Parameters
    ----------
    column, raw
        The column and what it holds.
    as_category
        Whether somebody decided that its values are names, not amounts.
    keep
        Whether somebody decided that it stays, suspicious as it is.

    Raises
    ------
    CannotInferError
        If its values are to be names and are no texts.
    """
    values = _read_names(column, raw) if as_category else read_values(raw)
    judged = Judged(column, values)
    hopeless = _hopeless(values)
    if hopeless is not None:
        judged.leave_out(*hopeless)
        return judged
    different = pc.count_distinct(values.typed).as_py()
    missing = values.missing / len(values.typed)
    if different == 1 and not keep:
        judged.leave_out(Severity.LOOK, f"the same value in every row that has one: {_shown(values.typed)}")
        return judged
    if missing > ALMOST_ALL and not keep:
        judged.leave_out(Severity.LOOK, f"{missing:.1%} of the values are missing")
        return judged
    if missing > MOSTLY_MISSING:
        judged.find(Severity.LOOK, f"{missing:.1%} of the values are missing", "kept; it may be missing")
    _note_strays(judged)
    if values.kind is Kind.BOOLEAN:
        judged.feature = BooleanFeature(**_base(judged), type="boolean", example=_commonest(values.typed))
        judged.why = "true or false"
    elif values.kind is Kind.TIMESTAMP:
        judged.feature = TimestampFeature(**_base(judged), type="timestamp", example=_middle(values.typed))
        judged.why = "times in ISO 8601"
    elif values.kind is Kind.TEXT:
        _category(judged, values.typed, different, forced=as_category, keep=keep)
    else:
        _number(judged, different, keep=keep)
    return judged


def _hopeless(values: Values) -> tuple[Severity, str] | None:
    """Return what is wrong with a column that can be no feature as it is."""
    listed = ", ".join(values.examples)
    match values.kind:
        case Kind.EMPTY:
            return Severity.LOOK, "every value is missing"
        case Kind.UNSUPPORTED:
            return Severity.LOOK, f"{values.kind.value}: {listed}"
        case Kind.FOREIGN_DATES:
            return Severity.DECIDE, (
                f"dates that are not ISO 8601 or in several forms, such as {listed}; write them as 2026-03-31 and they "
                "become a feature"
            )
        case Kind.MIXED:
            return Severity.DECIDE, (
                f"{values.strays:,} of its numbers are none, such as {listed}; correct them, or make it names with --category"
            )
        case Kind.THOUSANDS:
            return Severity.DECIDE, (
                f"commas in numbers such as {listed}: of thousands, or decimals? Write them without, or with a point"
            )
        case Kind.FLOAT | Kind.INTEGER | Kind.BOOLEAN | Kind.TIMESTAMP | Kind.TEXT:
            return None


def is_identifier(values: Values, name: str) -> bool:
    """Return whether a column names its rows: nearly every value stands once, and it is a text, a count or called so."""
    if values.kind not in {Kind.TEXT, Kind.INTEGER}:
        return False
    present = len(values.typed) - values.typed.null_count
    different = pc.count_distinct(values.typed).as_py()
    if different < ALMOST_ALL * present:
        return False
    if values.kind is Kind.TEXT or set(name.split("_")) & {"id", "key", "uuid", "guid", "nr", "no", "number", "index"}:
        return True
    span = pc.min_max(values.typed)
    return bool(different == present and int(span["max"].as_py()) - int(span["min"].as_py()) == present - 1)


def _number(judged: Judged, different: int, *, keep: bool) -> None:
    values, is_whole = judged.values, judged.values.kind is Kind.INTEGER
    if is_identifier(values, judged.column.name) and not keep:
        judged.leave_out(Severity.LOOK, "names its row: every whole number stands once")
        return
    span = pc.min_max(values.typed)
    low, high = span["min"].as_py(), span["max"].as_py()
    minimum, maximum = widened(low, high, is_whole=is_whole)
    ordered = values.typed.drop_null().sort()
    typical = ordered[len(ordered) // 2].as_py()
    base = _base(judged)
    if is_whole:
        judged.feature = IntegerFeature(
            **base, type="integer", minimum=int(minimum), maximum=int(maximum), example=typical
        )
    else:
        judged.feature = FloatFeature(
            **base, type="float", minimum=minimum, maximum=maximum, decimal_comma=values.decimal_comma,
            example=float(f"{typical:.6g}"),
        )  # fmt: skip
        if values.decimal_comma:
            judged.find(Severity.INFO, "numbers are written with a comma", "read as such in every file")
    judged.why = f"{different:,} different numbers from {low:g} to {high:g}; the range has some room on either side"


def widened(low: float, high: float, *, is_whole: bool) -> tuple[float, float]:
    """Return a round range around the values seen; what is never negative stays so.

    >>> widened(18, 92, is_whole=True), widened(0.0, 1.0, is_whole=False), widened(-3.2, 7.9, is_whole=False)
    ((0, 111), (0.0, 1.3), (-6.0, 11.0))
    """
    span = high - low
    step = 10.0 ** (math.floor(math.log10(span)) - 1) if span > 0 else max(abs(high), 1.0) / 10
    if is_whole:
        step = max(step, 1.0)
    minimum = min(low, float(f"{math.floor((low - MARGIN * span) / step) * step:.12g}"))
    maximum = max(high, float(f"{math.ceil((high + MARGIN * span) / step) * step:.12g}"))
    if low >= 0:
        minimum = max(minimum, 0.0)
    return (max(int(minimum), -INT64), min(int(maximum), INT64 - 1)) if is_whole else (float(minimum), float(maximum))


def _category(judged: Judged, texts: pa.Array, different: int, *, forced: bool, keep: bool) -> None:
    rows = len(texts) - texts.null_count
    fits = different <= MAX_CATEGORIES or (
        different <= MAX_CATEGORIES_IF_COMMON and different <= MAX_CATEGORY_SHARE * rows
    )
    if is_identifier(judged.values, judged.column.name) and different > MAX_CATEGORIES and not (forced or keep):
        judged.leave_out(Severity.LOOK, f"names its row: {different:,} different texts in {rows:,} rows")
        return
    if different > MAX_ALLOWED_VALUES or not (fits or forced or keep):
        judged.leave_out(
            Severity.LOOK, f"{different:,} different texts; a model sees only what stands in many rows. Group them, or "
            "--category if every new value shall be refused",
        )  # fmt: skip
        return
    counted = pc.value_counts(texts.drop_null())
    counts = dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))
    unfit = [value for value in counts if len(value) > MAX_TEXT_LENGTH or "\0" in value]
    if unfit:
        judged.leave_out(Severity.LOOK, f"texts of more than {MAX_TEXT_LENGTH} characters")
        return
    rare = sorted(value for value, count in counts.items() if count < RARE_ROWS)
    if rare:
        listed = ", ".join(rare[:_MOST_LISTED]) + (", ..." if len(rare) > _MOST_LISTED else "")
        judged.find(Severity.LOOK, f"{len(rare)} values stand in fewer than {RARE_ROWS} rows: {listed}", "kept")
    alike = len({value.strip().casefold() for value in counts}) < len(counts)
    if alike:
        judged.find(
            Severity.LOOK,
            "values that differ only in capitals or spaces",
            "kept apart; tidy the data if they mean the same",
        )
    judged.feature = CategoryFeature(
        **_base(judged),
        type="category",
        values=tuple(sorted(counts)),
        example=max(counts, key=lambda value: counts[value]),
    )
    judged.why = f"{different:,} different texts in {rows:,} rows"


def _note_strays(judged: Judged) -> None:
    values = judged.values
    if values.strays and values.kind in {Kind.FLOAT, Kind.INTEGER, Kind.BOOLEAN, Kind.TIMESTAMP}:
        judged.find(
            Severity.LOOK,
            f"{values.strays:,} values are no {values.kind.value}, such as {', '.join(values.examples)}",
            "their rows are bad rows: not learned from, and kept in quarantine when they come again",
        )


def _base(judged: Judged) -> dict[str, Any]:
    column = judged.column
    return {
        "name": column.name,
        "title": column.title,
        "unit": column.unit,
        "source_name": "" if column.source == column.name else column.source,
        "nullable": judged.values.missing > 0,
    }


def _read_names(column: ColumnName, raw: pa.Array) -> Values:
    texts, unfit = cast(CategoryFeature(name="x", type="category", values=("x",)), raw)
    if unfit.any():
        raise CannotInferError(
            f"{column.source} cannot be a category: its values are {raw.type} in the file, a category is a text"
        )
    return Values(Kind.TEXT if texts.null_count < len(texts) else Kind.EMPTY, texts, texts.null_count)


def _middle(moments: pa.Array) -> Any:
    counts = moments.drop_null().cast(pa.int64()).sort()
    return counts[len(counts) // 2 : len(counts) // 2 + 1].cast(moments.type)[0].as_py()


def _commonest(values: pa.Array) -> bool:
    return bool(pc.mode(values.drop_null().cast(pa.int8()))[0]["mode"].as_py())


def _shown(values: pa.Array) -> str:
    return str(values.drop_null()[0].as_py())[:60]
