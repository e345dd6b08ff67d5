"""Numbers and texts that are no measure of anything: names of rows, running numbers, clocks and calendars."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.clocks import DateForm, are_spreadsheet_days, date_form, epoch_unit
from usecases.columns.texts import SHORTENED
from usecases.proposal.columns import Kind, Values
from usecases.proposal.reading.amounts import matching

ALMOST_ALL = 0.95

KEY_WORDS = frozenset({"id", "ids", "key", "uuid", "guid", "nr", "no", "number"})
"""Words of names of columns that name something."""

SHORTENED_NAMES = "shortened"
"""Kind of the finding about numbers that name rows no more."""

_NAMES_OF_THINGS = re.compile(
    r"account|konto|(.*_)?(id|ids|uuid|guid|key|zip|zip_?code|post_?code|postal_code|plz|postleitzahl|phone|telephone|telefon|fax|ean|isbn|sku|iban"
    r"|customer|client|patient|member|kunde"
    r"|(customer|client|patient|member|user|account|order|invoice|contract|serial|article|machine|device"
    r"|kunden|patienten|artikel|bestell|auftrags?|rechnungs?|vertrags?|konto|serien|personal|maschinen|geraete)"
    r"_?(number|nummer|nr|no))"
)
_RENAMED_ID = "id_value"
"""What a column `id` is called in a use case, whose tables have one of their own."""

_YEAR_WORDS = frozenset({"year", "yr", "jahr", "baujahr", "annee", "ano", "anno", "yyyy"})
_OF_SPREADSHEETS = "days as spreadsheets count them, 44197 for 2021-01-01; written as 2026-03-31 they become a time"
_WHOLE_IN_A_FLOAT = 2.0**53
_LONGEST_NAME = 1e30

_LEAST_DIFFERENT = 10

Numbers = np.ndarray[Any, np.dtype[np.float64]]


def is_identifier(values: Values, name: str) -> bool:
    """Return whether a column names its rows: nearly every value stands once, and it is a text, a count or called so."""
    if values.kind is not Kind.TEXT and not is_whole(values):
        return False
    present = len(values.typed) - values.typed.null_count
    different = pc.count_distinct(values.typed).as_py()
    if different < ALMOST_ALL * present:
        return False
    if values.kind is Kind.TEXT or set(name.split("_")) & {*KEY_WORDS, "index"}:
        return True
    span = pc.min_max(values.typed)
    low, high = int(span["min"].as_py()), int(span["max"].as_py())
    return (different == present and high - low == present - 1) or is_too_long(values)


def names_things(values: Values, name: str) -> bool:
    """Return whether a column names something that stands in several rows, such as the customer of an order."""
    is_called_so = name == _RENAMED_ID or _NAMES_OF_THINGS.fullmatch(name) is not None
    return is_called_so and (values.kind is Kind.TEXT or is_whole(values))


def about_shortened(values: Values, name: str, raw: pa.Array) -> str:
    """Return what is wrong with numbers that name something and have lost digits, so that several are one; empty if none have."""
    is_name = set(name.split("_")) & KEY_WORDS or names_things(values, name)
    if not is_name or not pa.types.is_string(raw.type):
        return ""
    texts = pc.unique(pc.utf8_trim_whitespace(raw).drop_null())
    if not len(texts) or not pc.all(matching(texts, SHORTENED)).as_py():
        return ""
    shown = ", ".join(texts.slice(0, 3).to_pylist())
    return (
        f"numbers that name something, without their last digits, such as {shown}: a spreadsheet wrote them so; write all "
        "digits, as texts"
    )


def is_whole(values: Values) -> bool:
    """Return whether all numbers are whole ones, as pandas also writes them with `.0` where a column had gaps."""
    if values.kind is Kind.INTEGER:
        return True
    return values.kind is Kind.FLOAT and bool(pc.all(pc.equal(pc.floor(values.typed), values.typed)).as_py())


def is_too_long(values: Values) -> bool:
    """Return whether numbers have so many digits that they are names: past 2**53, where a float no longer holds them."""
    if not is_whole(values):
        return False
    span = pc.min_max(pc.abs(values.typed.cast(pa.float64(), safe=False)))
    low, high = span["min"].as_py(), span["max"].as_py()
    return bool(low >= _WHOLE_IN_A_FLOAT / 10 and high < _LONGEST_NAME and epoch_unit((), _known(values)) is None)


def runs_on(values: Values, name: str) -> str:
    """Return why the numbers of rows to come lie outside of those seen, such as those of a clock; empty if they do not."""
    if values.kind not in {Kind.INTEGER, Kind.FLOAT}:
        return ""
    numbers, words = _known(values), set(name.split("_"))
    if is_whole(values):
        found = _calendar(numbers, words)
        if found:
            return found
    elif are_spreadsheet_days(words, numbers):
        return _OF_SPREADSHEETS
    before, after = numbers[:-1], numbers[1:]
    if len(np.unique(numbers)) < max(ALMOST_ALL * len(numbers), _LEAST_DIFFERENT):
        return ""
    return "numbers that run on from row to row" if (after >= before).all() or (after <= before).all() else ""


def are_unordered_dates(values: Values, name: str) -> bool:
    """Return whether numbers are dates of which a later one may be smaller, such as 31032026: no amounts, then."""
    if not is_whole(values):
        return False
    form = date_form(set(name.split("_")), _known(values))
    return form is not None and not form.runs_on


def _known(values: Values) -> Numbers:
    numbers: Numbers = values.typed.drop_null().cast(pa.float64(), safe=False).to_numpy()
    return numbers


def _calendar(numbers: Numbers, words: set[str]) -> str:
    low, high, now = numbers.min(), numbers.max(), datetime.now(UTC).year
    if (words & _YEAR_WORDS and low >= 0 and high <= 2_200) or (low >= 1_800 and now - 60 <= high <= now + 1):  # noqa: PLR2004  # years that data is about
        return "years"
    form = date_form(words, numbers)
    if form is DateForm.MONTHS:
        return "months written as numbers, 202603"
    if form is not None:
        return f"dates written as numbers, {form.value}; written as 2026-03-31 they become a time"
    if are_spreadsheet_days(words, numbers):
        return _OF_SPREADSHEETS
    unit = epoch_unit(words, numbers)
    return f"{unit} since 1970; written as 2026-03-31T12:00:00Z they become a time" if unit else ""
