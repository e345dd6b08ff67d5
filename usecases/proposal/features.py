"""From a column to a feature of the use case, or to a reason why it is none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from usecases.checking.row_model import INT64
from usecases.columns.features import (
    MAX_ALLOWED_VALUES,
    BooleanFeature,
    CategoryFeature,
    FloatFeature,
    IntegerFeature,
)
from usecases.columns.texts import MAX_TEXT_LENGTH
from usecases.columns.written import Written
from usecases.contract.row_layout import is_index_name
from usecases.proposal.columns import MAX_CATEGORIES, Kind, Values, read_names
from usecases.proposal.findings import CannotInferError, Choice, Severity
from usecases.proposal.identifiers import (
    ALMOST_ALL,
    is_identifier,
    is_too_long,
    is_whole,
    names_things,
    runs_on,
)
from usecases.proposal.judged import Judged
from usecases.proposal.names import ColumnName
from usecases.proposal.number_texts import are_few, are_texts_to_programs, ask_about_names, ask_about_texts
from usecases.proposal.questions import ask_about_form, ask_about_signs, ask_about_strays, ask_about_unordered_dates
from usecases.proposal.reading.alike import alike
from usecases.proposal.reading.amounts import shortened_within
from usecases.proposal.times import about_hours, make_time

MARGIN = 0.25
"""How far a range reaches past the values seen, as a share of their span."""

MOSTLY_MISSING = 0.5

MARKED = 0.05
"""Share of rows with a value, and of those without, from which a column of one value tells something: a cross or nothing."""

RARE_ROWS = 5
_MOST_LISTED = 5

_LEFT_OUT_OR_KEPT = {Choice.DROP: "left out", Choice.KEEP: "kept"}


def judge(judged: Judged, raw: pa.Array, *, decimal_commas: bool) -> None:
    """Make a feature of a column.

    Parameters
    ----------
    judged, raw
        The column, and what it holds.
    decimal_commas
        Whether other columns have numbers with decimal commas, so that a point is likely to mark thousands.

    Raises
    ------
    CannotInferError
        If its values are to be names and are no texts.
    """
    column = judged.column
    as_names = Choice.CATEGORY in judged.decisions.by_column.get(column.source, frozenset())
    if as_names:
        judged.values = _read_as_names(column, raw)
    else:
        ask_about_names(judged, raw)
    if not column.source:
        judged.leave_out(Severity.LOOK, "unnamed", "a column without a name in the header; give it one to use it")
        return
    as_read = ask_about_form(judged, raw, decimal_commas=decimal_commas)
    if as_read is None or not ask_about_signs(judged, as_read):
        return
    raw = as_read
    different = pc.count_distinct(judged.values.typed).as_py()
    if not _varies(judged, different):
        return
    ask_about_strays(judged, raw)
    values = judged.values
    if judged.written is Written.PERCENTS:
        judged.find(
            Severity.LOOK, "percent", "cells that show percent: where they show 10 %, the number is 0.1", "read so"
        )
    if values.kind is Kind.BOOLEAN:
        judged.feature = BooleanFeature(**_base(judged), type="boolean", example=_commonest(values.typed))
        judged.why = "true or false"
    elif values.kind is Kind.TIMESTAMP:
        make_time(judged, raw, _base(judged))
    elif values.kind is Kind.TEXT:
        _category(judged, values.typed, different, forced=as_names or judged.is_made_names)
    else:
        _number(judged, raw, different, decimal_commas=decimal_commas)


def _varies(judged: Judged, different: int) -> bool:
    """Return whether a column has values to learn from, and more than one, or somebody wants it whatever it has."""
    values = judged.values
    missing = values.missing / len(values.typed)
    if different == 0:
        judged.leave_out(Severity.LOOK, "empty", "every value is missing")
        return False
    if different == 1:
        text = f"the same value in every row that has one: {_shown(values.typed)}"
        if not MARKED <= missing <= 1 - MARKED:
            return _kept(judged, "constant", text)
        text += f"; {missing:.1%} have none"
        done = {Choice.KEEP: "kept as a mark; a row without it has none", Choice.DROP: "left out"}
        return judged.ask("mark", text, Choice.KEEP, done, Severity.LOOK) is Choice.KEEP
    if missing > ALMOST_ALL:
        return _kept(judged, "gaps", f"{missing:.1%} of the values are missing")
    if missing > MOSTLY_MISSING:
        judged.find(Severity.LOOK, "gaps", f"{missing:.1%} of the values are missing", "kept; it may be missing")
    return True


def _kept(judged: Judged, kind: str, text: str) -> bool:
    """Leave the column out unless a person wants it."""
    return judged.ask(kind, text, Choice.DROP, _LEFT_OUT_OR_KEPT, Severity.LOOK) is Choice.KEEP


def _number(judged: Judged, raw: pa.Array, different: int, *, decimal_commas: bool) -> None:
    if not ask_about_unordered_dates(judged) or not _is_amount(judged, different):
        return
    values, name = judged.values, judged.column.name
    running = runs_on(values, name) or ("numbers of something" if names_things(values, name) else "")
    choice = ask_about_texts(judged, raw, different, come_anew=bool(running))
    if choice is Choice.CATEGORY:
        _category(judged, judged.values.typed, pc.count_distinct(judged.values.typed).as_py(), forced=True)
    if choice is not Choice.KEEP:
        return
    span = pc.min_max(values.typed)
    low, high = span["min"].as_py(), span["max"].as_py()
    as_text = are_texts_to_programs(judged, raw, decimal_commas=decimal_commas)
    base = _base(judged) | ({"as_text": True} if as_text else {})
    base |= {"shown_in_percent": True} if judged.written is Written.PERCENTS else {}
    if not running:
        minimum, maximum = widened(low, high, is_whole=values.kind is Kind.INTEGER)
        base |= {"minimum": minimum, "maximum": maximum} if math.isfinite(maximum - minimum) else {}
    ordered = values.typed.drop_null().sort()
    typical = ordered[len(ordered) // 2].as_py()
    if values.kind is Kind.INTEGER:
        judged.feature = IntegerFeature(**base, type="integer", example=typical)
    else:
        judged.feature = FloatFeature(
            **base, type="float", decimal_comma=values.decimal_comma, example=shortened_within(typical, low, high)
        )
        if values.decimal_comma:
            judged.find(
                Severity.INFO, "decimal comma", "numbers are written with a comma", "read as such in every file"
            )
    judged.why = f"{different:,} different numbers from {low:g} to {high:g}; "
    judged.why += "the range has some room on either side" if "minimum" in base else "no range, for new ones will come"
    if running:
        done = f"kept without a range, so that new ones are not refused; --drop {judged.flag} leaves it out"
        choices = {Choice.KEEP: done, Choice.DROP: "left out"}
        if judged.ask("runs on", running, Choice.KEEP, choices, Severity.LOOK) is Choice.DROP:
            judged.feature = None


def _is_amount(judged: Judged, different: int) -> bool:
    """Return whether numbers say how much there is of something, not which one it is, or whether somebody wants them."""
    values, name = judged.values, judged.column.name
    present = len(values.typed) - values.typed.null_count
    if is_index_name(judged.column.source) and is_whole(values) and different >= ALMOST_ALL * present:
        return _kept(judged, "index", "numbers of rows that a program wrote along")
    if is_identifier(values, name):
        return _kept(judged, "identifier", "names its row: every whole number stands once")
    if is_too_long(values):
        return _kept(judged, "identifier", "numbers of 16 digits and more: names, no amounts")
    if different > MAX_CATEGORIES and names_things(values, name) and not runs_on(values, name):
        text = (
            f"{different:,} different numbers of something in {present:,} rows: names, no amounts; new ones will come"
        )
        return judged.ask("identifier", text, Choice.DROP, _LEFT_OUT_OR_KEPT) is Choice.KEEP
    return True


def widened(low: float, high: float, *, is_whole: bool) -> tuple[float, float]:
    """Return a round range around the values seen; what is never negative stays so.

    >>> widened(18, 92, is_whole=True), widened(0.0, 1.0, is_whole=False), widened(-3.2, 7.9, is_whole=False)
    ((0, 111), (0.0, 1.3), (-6.0, 11.0))
    """
    span = high - low
    if not math.isfinite(span * (1 + 2 * MARGIN)):
        return (low, math.inf)
    step = 10.0 ** (math.floor(math.log10(span)) - 1) if span > 0 else max(abs(high), 1.0) / 10
    if is_whole:
        step = max(step, 1.0)
    minimum = min(low, float(f"{math.floor((low - MARGIN * span) / step) * step:.12g}"))
    maximum = max(high, float(f"{math.ceil((high + MARGIN * span) / step) * step:.12g}"))
    if low >= 0:
        minimum = max(minimum, 0.0)
    return (max(int(minimum), -INT64), min(int(maximum), INT64 - 1)) if is_whole else (float(minimum), float(maximum))


def _category(judged: Judged, texts: pa.Array, different: int, *, forced: bool) -> None:
    rows = len(texts) - texts.null_count
    names_rows = is_identifier(judged.values, judged.column.name) and different > MAX_CATEGORIES
    if not forced and (names_rows or not are_few(different, rows)):
        text = _why_no_category(texts.drop_null(), different, rows, names_rows=names_rows)
        if not _kept(judged, "identifier" if names_rows else "many texts", text):
            return
    elif not forced and different > MAX_CATEGORIES and names_things(judged.values, judged.column.name):
        text = f"{different:,} names of something, each in several rows; a new one would be refused"
        if judged.ask("identifier", text, Choice.DROP, _LEFT_OUT_OR_KEPT) is Choice.DROP:
            return
    if different > MAX_ALLOWED_VALUES:
        judged.leave_out(
            Severity.LOOK, "many texts", f"{different:,} different texts; {MAX_ALLOWED_VALUES:,} are the most"
        )
        return
    counted = pc.value_counts(texts.drop_null())
    counts = dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))
    if why := _unfit(counts):
        judged.leave_out(Severity.LOOK, "long texts", why)
        return
    rare = sorted(value for value, count in counts.items() if count < RARE_ROWS)
    if rare:
        listed = ", ".join(rare[:_MOST_LISTED]) + (", ..." if len(rare) > _MOST_LISTED else "")
        judged.find(Severity.LOOK, "rare", f"{len(rare)} values stand in fewer than {RARE_ROWS} rows: {listed}", "kept")
    if same := alike(counts):
        text = f"values that differ only in capitals, spaces or signs: {', '.join(map(repr, same[0]))}"
        judged.find(Severity.LOOK, "alike", text, "kept apart; tidy the data if they mean the same")
    if not forced and (hours := about_hours(texts.drop_null())):
        judged.find(Severity.LOOK, "times of day", hours, "taken as names, in no order")
    judged.feature = CategoryFeature(
        **_base(judged),
        type="category",
        values=tuple(sorted(counts)),
        example=max(counts, key=lambda value: counts[value]),
    )
    judged.why = f"{different:,} different texts in {rows:,} rows"


def _unfit(texts: Iterable[str]) -> str:
    if any("\0" in text for text in texts):
        return "texts with a NUL character; write them without"
    return (
        f"texts of more than {MAX_TEXT_LENGTH} characters" if any(len(text) > MAX_TEXT_LENGTH for text in texts) else ""
    )


def _why_no_category(texts: pa.Array, different: int, rows: int, *, names_rows: bool) -> str:
    if hours := about_hours(texts):
        return hours
    if names_rows:
        return f"names its row: {different:,} different texts in {rows:,} rows"
    return (
        f"{different:,} different texts; a model sees only what stands in many rows. Group them, or --category if every new "
        "value shall be refused"
    )


def _base(judged: Judged) -> dict[str, Any]:
    column = judged.column
    base = {
        "name": column.name,
        "title": column.title,
        "unit": column.unit,
        "source_name": "" if column.source == column.name else column.source,
        "nullable": judged.values.missing > 0,
    }
    return base | ({"missing_values": judged.missing_values} if judged.missing_values else {})


def _read_as_names(column: ColumnName, raw: pa.Array) -> Values:
    values = read_names(raw, with_signs=False)
    if values.strays:
        raise CannotInferError(
            f"{column.source} cannot be a category: its values are {raw.type} in the file, a category is a text"
        )
    return values


def _commonest(values: pa.Array) -> bool:
    return bool(pc.mode(values.drop_null().cast(pa.int8()))[0]["mode"].as_py())


def _shown(values: pa.Array) -> str:
    return str(values.drop_null()[0].as_py())[:60]
