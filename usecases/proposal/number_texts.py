"""Texts that are all numbers in a file that has numbers as well: names, or amounts that somebody wrote as texts."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.number_texts import NUMBER
from usecases.columns.written import Written
from usecases.proposal.columns import MAX_CATEGORIES, Kind, Values, read_names
from usecases.proposal.findings import Choice, Severity
from usecases.proposal.identifiers import is_whole
from usecases.proposal.judged import Judged
from usecases.proposal.reading.amounts import matching
from usecases.proposal.reading.values import are_all, without

MAX_CATEGORY_SHARE = 0.05
MAX_CATEGORIES_IF_COMMON = 1_000
"""Up to 50 different texts are categories; up to 1,000 if each stands, on average, in twenty rows."""

_VERSION = r"^\d{1,3}\.\d{1,3}$"
_KIND = "number texts"
_SAID_TO_BE_NUMBERS = {_KIND, "mixed", "thousands"}
"""Findings after which it is decided that a column holds numbers."""

_OF_NUMBERS = {Kind.FLOAT, Kind.INTEGER, Kind.THOUSANDS, Kind.WRITTEN, Kind.MEASURES, Kind.MIXED}

_MISSING_TO_PANDAS = pa.array(
    ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
     "NULL", "NaN", "None", "n/a", "nan", "null"]
)  # fmt: skip
"""Texts that pandas reads as a missing number; any other text makes texts of all numbers of its column."""


def are_few(different: int, rows: int) -> bool:
    """Return whether so many different texts in so many rows can be categories."""
    return different <= MAX_CATEGORIES or (
        different <= MAX_CATEGORIES_IF_COMMON and different <= MAX_CATEGORY_SHARE * rows
    )


def names_in_the_file(raw: pa.Array, written: Written, values: Values) -> Values | None:
    """Read a column of numbers as the names that they are in the file; None where it does not say so, or has too many."""
    if written is not Written.NAMES or values.kind not in _OF_NUMBERS:
        return None
    names = read_names(raw, with_signs=False)
    return names if are_few(pc.count_distinct(names.typed).as_py(), len(raw) - names.typed.null_count) else None


def ask_about_names(judged: Judged, raw: pa.Array) -> None:
    """Take numbers as names where the file has them as such, unless somebody says otherwise; ask about those of versions."""
    names = names_in_the_file(raw, judged.written, judged.values)
    if names is None:
        _ask_about_versions(judged, raw)
        return
    text = f"numbers that are names in the file, such as {_some(raw)}"
    done = {
        Choice.CATEGORY: f"taken as names; --keep {judged.flag} reads them as numbers",
        Choice.KEEP: "read as numbers",
    }
    if judged.ask(_KIND, text, Choice.CATEGORY, done, Severity.INFO) is Choice.CATEGORY:
        judged.values = names
        judged.is_made_names = True


def _ask_about_versions(judged: Judged, raw: pa.Array) -> None:
    """Ask whether numbers with a point are names where two of them are one number, such as the versions 1.1 and 1.10."""
    if judged.values.kind is not Kind.FLOAT or not pa.types.is_string(raw.type):
        return
    texts = pc.utf8_trim_whitespace(pc.unique(raw.drop_null()))
    if len(texts) > MAX_CATEGORIES or not are_all(matching(texts, _VERSION)):
        return
    written = set(texts.to_pylist())
    doubled = sorted(text for text in written if text.endswith("0") and text.rstrip("0") in written)
    has_ninth = any(text.endswith(".9") and f"{text[:-1]}10" in written for text in written)
    if not doubled or not (has_ninth or "version" in judged.column.name):
        return
    done = {Choice.CATEGORY: "taken as names", Choice.KEEP: "read as numbers"}
    text = f"{doubled[0].rstrip('0')} and {doubled[0]} are one number: names, such as versions, or amounts?"
    if judged.ask("versions", text, Choice.CATEGORY, done) is Choice.CATEGORY:
        judged.values = read_names(raw, with_signs=False)
        judged.is_made_names = True


def ask_about_texts(judged: Judged, raw: pa.Array, different: int, *, come_anew: bool) -> Choice:
    """Ask whether texts that are all numbers are names; return what to do with the column.

    Parameters
    ----------
    judged, raw
        The column, read as numbers, and as the file has it.
    different
        How many of its numbers differ.
    come_anew
        Whether rows to come have numbers that no row has yet, such as years.
    """
    if judged.written is Written.CELLS or not pa.types.is_string(raw.type) or _is_asked(judged):
        return Choice.KEEP
    are_codes = different <= MAX_CATEGORIES and is_whole(judged.values) and not come_anew
    text = (
        f"numbers written as texts, such as {_some(raw.filter(pc.is_valid(judged.values.typed)))}, {different:,} different ones: amounts, or names? Amounts: --keep "
        f"{judged.flag}; names, of which a new one is refused: --category {judged.flag}"
    )
    done = {Choice.KEEP: "read as numbers", Choice.CATEGORY: "taken as names", Choice.DROP: "left out"}
    choice = judged.ask(_KIND, text, Choice.CATEGORY if are_codes else Choice.KEEP, done)
    if choice is Choice.CATEGORY:
        _take_as_names(judged, raw)
    return choice


def _take_as_names(judged: Judged, raw: pa.Array) -> None:
    """Read numbers as names; what was missing among numbers stays so."""
    names = read_names(without(raw, judged.missing_values), with_signs=False)
    judged.missing_values = tuple(dict.fromkeys((*judged.missing_values, *names.signs)))
    judged.values = replace(names, missing=names.missing + names.signed, signs=(), signed=0)


def are_texts_to_programs(judged: Judged, raw: pa.Array, *, decimal_commas: bool) -> bool:
    """Return whether a program that reads the file has texts, not numbers, of a column of numbers, or writes them so.

    Parameters
    ----------
    judged, raw
        The column, read as numbers, and as the file has it.
    decimal_commas
        Whether other columns have decimal commas, so that programs are told to read no points.
    """
    if pa.types.is_decimal(raw.type):
        return True  # JSON has no decimals: they are written as texts, so that no digit is lost
    if not pa.types.is_string(raw.type) or judged.values.decimal_comma:  # which takes texts anyway
        return False
    if judged.written is not Written.CELLS or (decimal_commas and judged.values.kind is Kind.FLOAT):
        return True
    if not judged.values.strays and judged.values.missing == raw.null_count:
        return False
    trimmed = pc.utf8_trim_whitespace(raw)
    is_read = pc.or_(matching(trimmed, NUMBER), pc.is_in(trimmed, value_set=_MISSING_TO_PANDAS))
    return not pc.all(pc.or_(is_read, pc.is_null(raw))).as_py()


def _is_asked(judged: Judged) -> bool:
    return any(found.kind in _SAID_TO_BE_NUMBERS for found in judged.findings)


def _some(raw: pa.Array) -> str:
    return ", ".join(map(repr, pc.unique(raw.drop_null()).slice(0, 3).to_pylist()))
