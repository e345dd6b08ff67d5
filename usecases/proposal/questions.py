"""Questions about how a column is written: what a person has to say before its values can be used."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.casting import cast
from usecases.columns.missing import MISSING_WORDS
from usecases.columns.notations import Notation
from usecases.proposal.columns import (
    MAX_CATEGORIES,
    Kind,
    Values,
    as_decimals,
    notation_of,
    of_thousands,
    read_names,
    read_values,
)
from usecases.proposal.findings import Choice, Severity
from usecases.proposal.identifiers import SHORTENED_NAMES, about_shortened, are_unordered_dates
from usecases.proposal.judged import Judged
from usecases.proposal.reading.amounts import POINT_GROUPS, marks_of, matching, plain, units_of
from usecases.proposal.reading.dates import on_clocks
from usecases.proposal.reading.missing import (
    WORDS,
    placeholder_numbers,
    placeholder_times,
    written_number,
    zeros_apart,
)
from usecases.proposal.reading.values import TIME, blank, true, without

_FEW_AMOUNTS = 10
"""Up to so many different amounts are as good as names, such as rates of a tax."""

_MOST_STRAY_TEXTS = 3
_OTHER_FORMS = {
    Kind.FOREIGN_DATES: "dates",
    Kind.PERIODS: "periods",
    Kind.WRITTEN: "written numbers",
    Kind.MEASURES: "units",
    Kind.SEVERAL: "several numbers",
    Kind.QUOTED: "quoted",
}
_NAMES = {Choice.CATEGORY: "taken as names", Choice.DROP: "left out"}
_TIMES = "read as times here; a file of rows with such days is asked about once"
_READ = {Choice.READ: "read as the numbers that they mean"}


def ask_about_form(judged: Judged, raw: pa.Array, *, decimal_commas: bool) -> pa.Array | None:
    """Ask about values that are written as the pipeline does not read them; return the column as it is read from there on.

    None where it cannot be used.
    """
    values = judged.values
    if unusable := _unusable(judged, raw):
        judged.leave_out(Severity.LOOK, *unusable)
        return None
    if values.kind in _OTHER_FORMS:
        return _ask_about_other_form(judged, raw)
    if values.kind is Kind.MIXED:
        return _ask_about_mixed(judged, raw, decimal_commas=decimal_commas)
    if values.kind is Kind.THOUSANDS:
        return _ask_about_thousands(judged, raw, values.examples)
    if values.kind is Kind.FLOAT and decimal_commas and not values.decimal_comma and pa.types.is_string(raw.type):
        present = raw.drop_null()
        if pc.all(matching(present, POINT_GROUPS)).as_py():
            return _ask_about_thousands(judged, raw, tuple(pc.unique(present).slice(0, 3).to_pylist()))
    return raw


def _ask_about_other_form(judged: Judged, raw: pa.Array) -> pa.Array | None:
    values, kind, notation = judged.values, _OTHER_FORMS[judged.values.kind], notation_of(raw)
    if notation is Notation.DAY_FIRST:
        text = f"days written with the day first, such as {', '.join(values.examples)}"
        choice = judged.ask(kind, text, Choice.READ, {Choice.READ: _TIMES} | _NAMES, Severity.LOOK)
    else:
        are_few = values.kind in {Kind.WRITTEN, Kind.MEASURES} and pc.count_distinct(raw).as_py() <= _FEW_AMOUNTS
        suggestion = Choice.CATEGORY if are_few else Choice.DROP
        choice = judged.ask(kind, _about_form(values), suggestion, (_READ if notation else {}) | _NAMES)
    if choice is Choice.READ and notation is not None:
        return judged.read_in(raw, notation)
    if choice is Choice.DROP:
        return None
    _take_as_names(judged, raw)
    return raw


def ask_about_unordered_dates(judged: Judged) -> bool:
    """Ask about numbers such as 31032026, which are no amounts; return whether the column can still be used."""
    if not are_unordered_dates(judged.values, judged.column.name):
        return True
    shown = pc.unique(judged.values.typed.drop_null()).slice(0, 3).cast(pa.int64()).to_pylist()
    text = (
        f"dates written as numbers, the day or the month first, such as {', '.join(map(str, shown))}: a later one may be the "
        "smaller number; write them as 2026-03-31 and they become a feature"
    )
    return judged.ask("dates", text, Choice.DROP, {Choice.DROP: "left out", Choice.KEEP: "kept"}) is Choice.KEEP


def _unusable(judged: Judged, raw: pa.Array) -> tuple[str, str] | None:
    """Return what makes a column useless, whatever somebody says: the kind of finding, and its words; none if nothing does."""
    values = judged.values
    if values.kind is Kind.EMPTY:
        return "empty", "every value is missing"
    if values.kind is Kind.UNSUPPORTED:
        return "unsupported", f"{values.kind.value}: {', '.join(values.examples)}"
    shortened = about_shortened(values, judged.column.name, raw)
    return (SHORTENED_NAMES, shortened) if shortened else None


def _about_form(values: Values) -> str:
    listed = ", ".join(values.examples)
    match values.kind:
        case Kind.FOREIGN_DATES:
            return (
                f"dates that are not ISO 8601 or in several forms, such as {listed}; write them as 2026-03-31 and they "
                "become a feature"
            )
        case Kind.PERIODS:
            return (
                f"{values.kind.value} of one year each, such as {listed}: as names, those to come are refused; write the first day, "
                "2026-03-01, and they become a feature"
            )
        case Kind.WRITTEN:
            return (
                f"numbers with {marks_of(pa.array(values.examples))}, such as {listed}; write plain numbers, "
                f"{', '.join(map(plain, values.examples))}, and they become a feature"
            )
        case Kind.QUOTED:
            return f"{values.kind.value}, such as {listed}; write them without, and they become a feature"
        case Kind.SEVERAL:
            return (
                f"{values.kind.value}, such as {listed}; write each into a column of its own, and they become features"
            )
        case _:
            return (
                f"numbers with units ({', '.join(units_of(values.typed))}), such as {listed}; write the numbers alone, all in "
                "one unit, and they become a feature"
            )


def _take_as_names(judged: Judged, raw: pa.Array) -> None:
    judged.values = read_names(raw, with_signs=False)
    judged.is_made_names = True


def _ask_about_thousands(judged: Judged, raw: pa.Array, examples: tuple[str, ...]) -> pa.Array | None:
    sign = "commas" if "," in examples[0] else "points"
    choice = judged.ask(
        "thousands",
        f"{sign} in numbers such as {', '.join(examples)}: of thousands, or decimals? Of thousands, "
        f"{', '.join(map(plain, examples))}: --read {judged.flag}; decimals: --keep {judged.flag}",
        Choice.DROP,
        {Choice.DROP: "left out", Choice.READ: "read as thousands", Choice.KEEP: "read as decimals"},
    )
    if choice is Choice.READ:
        return judged.read_in(raw, of_thousands(examples[0]))
    judged.values = as_decimals(judged.values)
    return raw if choice is Choice.KEEP else None


def _ask_about_mixed(judged: Judged, raw: pa.Array, *, decimal_commas: bool) -> pa.Array | None:
    values = judged.values
    words = _stray_words(raw, values)
    text = f"{values.strays:,} of its numbers are none, such as {', '.join(values.examples)}; correct them"
    done = {Choice.CATEGORY: "taken as names", Choice.DROP: "left out"}
    suggestion = Choice.CATEGORY if pc.count_distinct(raw).as_py() <= _FEW_AMOUNTS else Choice.DROP
    if words:
        text += f", make all of it names with --category {judged.flag}, or take them as missing with --missing {judged.flag}"
        done = {Choice.MISSING: "taken as missing", **done}
        suggestion = Choice.MISSING if suggestion is Choice.DROP else suggestion
    else:
        text += f", or make all of it names with --category {judged.flag}"
    choice = judged.ask("mixed", text, suggestion, done)
    if choice is Choice.CATEGORY:
        _take_as_names(judged, raw)
    elif choice is Choice.MISSING:
        judged.missing_values += words
        blanked = without(raw, words)
        judged.values = read_values(blanked)
        return ask_about_form(judged, blanked, decimal_commas=decimal_commas)  # of numbers only, in whatever form
    return None if choice is Choice.DROP else raw


def _stray_words(raw: pa.Array, values: Values) -> tuple[str, ...]:
    """Return the few texts without a digit that stand between numbers or times; none if there are others too."""
    texts = pc.utf8_trim_whitespace(raw)
    lowered = pc.utf8_lower(texts)
    is_word = pc.and_not(pc.invert(matching(texts, r"\d")), pc.is_in(lowered, value_set=MISSING_WORDS))
    counted = pc.value_counts(texts.filter(is_word).drop_null())
    words = set(counted.field("values").to_pylist()) - set(values.signs)
    covered = sum(entry["counts"] for entry in counted.to_pylist() if entry["values"] in words)
    return tuple(sorted(words)) if len(words) <= _MOST_STRAY_TEXTS and covered == values.strays else ()


def ask_about_strays(judged: Judged, raw: pa.Array) -> None:
    """Describe a few values of another kind; words that stand there again and again may be taken as missing."""
    values = judged.values
    if not values.strays or values.kind not in {Kind.FLOAT, Kind.INTEGER, Kind.BOOLEAN, Kind.TIMESTAMP}:
        return
    text = f"{values.strays:,} values are no {values.kind.value}, such as {', '.join(values.examples)}"
    done = "their rows are bad rows: not learned from, and kept in quarantine when they come again"
    words = _stray_words(raw, values) if pa.types.is_string(raw.type) else ()
    if not words:
        judged.find(Severity.LOOK, "strays", text, done)
        return
    choices = {
        Choice.KEEP: f"{done}; --missing {judged.flag} takes them as missing",
        Choice.MISSING: "taken as missing",
    }
    if judged.ask("strays", text, Choice.KEEP, choices, Severity.LOOK) is Choice.MISSING:
        _take_as_missing(judged, words, values.strays)
        judged.values = replace(judged.values, strays=0)


def ask_about_signs(judged: Judged, raw: pa.Array) -> bool:
    """Ask about values that look as if they stood for a missing one; return whether the column can still be used."""
    values = judged.values
    if values.signs:
        is_names = values.kind is Kind.TEXT
        done = {Choice.MISSING: "taken as missing", Choice.DROP: "left out"}
        done |= {Choice.KEEP: "kept as a name"} if is_names else {Choice.CATEGORY: "all of it taken as names"}
        text = f"{values.signed:,} values are {', '.join(map(repr, values.signs))}: do they stand for a missing value?"
        choice = judged.ask("missing values", text, Choice.MISSING, done)
        if choice is Choice.DROP:
            return False
        if choice is Choice.MISSING:
            _take_as_missing(judged, values.signs, values.signed)
        else:
            judged.values = read_names(raw, with_signs=True)
            judged.is_made_names = not is_names
    elif values.kind is Kind.TEXT:
        _note_words(judged)
    return judged.values.kind not in {Kind.FLOAT, Kind.INTEGER, Kind.TIMESTAMP} or _ask_about_placeholders(judged, raw)


def _take_as_missing(judged: Judged, texts: tuple[str, ...], rows: int) -> None:
    judged.missing_values += texts
    judged.values = replace(judged.values, missing=judged.values.missing + rows)


def _ask_about_placeholders(judged: Judged, raw: pa.Array) -> bool:
    """Ask about numbers and times that are far from all others and stand in many rows."""
    values, shown = judged.values, judged.values.typed
    found: dict[int | float | str, tuple[str, int]]
    if values.kind is Kind.TIMESTAMP:
        shown = on_clocks(raw, shown)
        found = {text: (text, rows) for text, rows in placeholder_times(shown).items()}
    else:
        found = {number: (written_number(number), rows) for number, rows in placeholder_numbers(values.typed).items()}
    if not found:
        return _ask_about_zeros(judged)
    texts = tuple(text for text, _ in found.values())
    rows = sum(count for _, count in found.values())
    listed = ", ".join(f"{text} ({count:,} rows)" for text, count in found.values())
    done = {Choice.MISSING: "taken as missing", Choice.KEEP: "kept as values", Choice.DROP: "left out"}
    far = f"{listed} far from all others, or more often than any: a missing value?"
    choice = judged.ask("placeholders", far, Choice.MISSING, done)
    if choice is Choice.MISSING:
        _take_as_missing(judged, texts, rows)
        judged.values = replace(judged.values, typed=_without(judged.values.typed, list(found), shown))
    return choice is not Choice.DROP


def _ask_about_zeros(judged: Judged) -> bool:
    """Describe zeros below numbers that begin far above; they may be meant as well as missing."""
    typed = judged.values.typed
    rows = 0 if pa.types.is_timestamp(typed.type) else zeros_apart(typed)
    if rows:
        text = f"0 in {rows:,} rows, and nothing between it and the others: an amount, or a missing one?"
        keep = f"kept as amounts; --missing {judged.flag} takes them as missing"
        done = {Choice.KEEP: keep, Choice.MISSING: "taken as missing"}
        if judged.ask("zeros", text, Choice.KEEP, done, Severity.LOOK) is Choice.MISSING:
            _take_as_missing(judged, ("0",), rows)
            judged.values = replace(judged.values, typed=_without(typed, [0], typed))
    return True


def _without(typed: pa.Array, placeholders: list[int | float | str], shown: pa.Array) -> pa.Array:
    are_times = pa.types.is_timestamp(typed.type)
    wanted = cast(TIME, pa.array(placeholders))[0] if are_times else pa.array(placeholders, typed.type)
    return blank(typed, true(pc.is_in(shown, value_set=wanted)))


def _note_words(judged: Judged) -> None:
    """Describe names that may stand for a missing value, and may as well be one of the names."""
    texts = judged.values.typed
    words = texts.filter(pc.is_in(pc.utf8_lower(texts), value_set=WORDS)) if pa.types.is_string(texts.type) else []
    if len(words) and pc.count_distinct(texts).as_py() <= MAX_CATEGORIES:
        listed = ", ".join(map(repr, pc.unique(words).to_pylist()))
        judged.find(
            Severity.LOOK, "words for missing", f"{len(words):,} values are {listed}: a name, or a missing value?",
            f"kept as a name; --missing {judged.flag}={words[0]} takes it as missing",
        )  # fmt: skip
