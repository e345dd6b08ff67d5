"""How people write numbers, and which of it the pipeline does not read: money, percent, marks of thousands, units."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

_SPACES = " \u00a0\u2007\u2009\u202f"
_MINUS = "\u2212\u2013"
_APOSTROPHES = "'\u2019\u00b4`"
_CURRENCY = (
    r"(?:US\$|R\$|[$€£¥₹₽₩₺₫₪]|USD|EUR|Euro|GBP|CHF|JPY|CNY|CAD|AUD|INR|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR"
    r"|Rs\.?|kr\.?|Kč|zł|Fr\.)"
)
_GROUPED = rf"\d{{1,3}}(?:[{_SPACES}{_APOSTROPHES}_.,]\d{{3}})+(?:[.,]\d+)?"
_SIGN = rf"[+{_MINUS}-]?"
_NUMBER = rf"(?:{_GROUPED}|\d+(?:[.,]\d*)?|[.,]\d+)"

AMOUNT = (
    rf"^\s*\(?\s*{_SIGN}\s*(?:{_CURRENCY}\s*)?{_SIGN}\s*{_NUMBER}\s*(?:{_CURRENCY}|[%‰]|,-{{1,2}}|\.-)?\s*-?\s*\)?\s*$"
)
"""A number as people write it; many of them the pipeline reads as well."""

COMMA_GROUPS = r"^\s*[+-]?[1-9]\d{0,2}(,\d{3})+\s*$"
POINT_GROUPS = r"^\s*[+-]?[1-9]\d{0,2}(\.\d{3})+\s*$"
"""Numbers that are thousands with marks, or else have three decimals."""

_MEASURE = rf"^\s*{_SIGN}{_NUMBER}\s*(?P<unit>[A-Za-zµμ°Ω][A-Za-zµμ°Ω/²³%.\s]{{0,11}})$"
_MOST_UNITS = 5

ORDINAL = (
    r"(?i)^\s*([<>≤≥]=?\s*\d+([.,]\d+)?|\d+([.,]\d+)?\s*\+|\d+([.,]\d+)?\s*(-|\x{2013}|to|bis)\s*<?\s*\d+([.,]\d+)?"
    r"|(under|over|below|above|less than|more than|up to|unter|über|ab|bis)\s+\d+([.,]\d+)?"
    r"|\d+\s*(or |and |und )?(more|less|over|under|above|mehr|up))(\s+[A-Za-z]+)?\s*$"
)
"""Steps of a scale such as `5more`, `3+`, `<1` and `10-20`: names in an order, no amounts."""

_MARKS = (
    ("a currency", _CURRENCY),
    ("a percent sign", "[%‰]"),
    ("brackets for minus", r"\("),
    ("another sign for minus", f"[{_MINUS}]|\\d\\s*-\\s*$"),
    ("spaces of thousands", rf"\d[{_SPACES}]\d{{3}}"),
    ("apostrophes of thousands", rf"\d[{_APOSTROPHES}]\d{{3}}"),
    ("commas of thousands", r"(?:^|\D)\d{1,3},\d{3}(?:\D|$)"),
    ("points of thousands", r"(?:^|\D)\d{1,3}\.\d{3}(?:\D|$)"),
)


def matching(texts: pa.Array, pattern: str) -> pa.Array:
    """Return which texts have a form; a missing one has none."""
    return pc.fill_null(pc.match_substring_regex(texts, pattern), False)  # noqa: FBT003  # pyarrow takes no keyword


def marks_of(texts: pa.Array) -> str:
    """Return in words what keeps numbers from being read.

    >>> marks_of(pa.array(["$84,835.00 ", "(12)"]))
    'a currency, brackets for minus and commas of thousands'
    """
    found = [words for words, pattern in _MARKS if pc.any(matching(texts, pattern)).as_py()]
    return " and ".join(filter(None, (", ".join(found[:-1]), *found[-1:]))) or "signs that are no part of them"


def units_of(texts: pa.Array) -> list[str]:
    """Return the units behind numbers, if all texts are numbers with one of few units.

    >>> units_of(pa.array(["12 kg", "3.5kg", "7 g"])), units_of(pa.array(["12 kg", "heavy"]))
    (['g', 'kg'], [])
    """
    found = pc.extract_regex(texts, _MEASURE)
    if found.null_count > texts.null_count:
        return []
    units = pc.unique(pc.utf8_trim_whitespace(pc.struct_field(found.drop_null(), "unit"))).to_pylist()
    return sorted(units) if len(units) <= _MOST_UNITS else []


def plain(text: str) -> str:
    """Write a number as every reader of numbers reads it.

    Of two signs the last is the decimal one; a single one with three digits behind it marks thousands.

    >>> [plain(text) for text in ("$84,835.00 ", "€ 1.234,50", "1 234,5", "1'234.50", "12%", "(1,234)", "12.345")]
    ['84835.00', '1234.50', '1234.5', '1234.50', '12', '-1234', '12345']
    """
    body = re.sub(r"[^\d.,]", "", text).strip(".,") if re.search(r"\d", text) else text
    sign = "-" if re.search(rf"[({_MINUS}]|^\D*-|\d\s*-\s*$", text) else ""
    last = max(body.rfind("."), body.rfind(","))
    if last < 0:
        return sign + body
    whole, decimals = body[:last], body[last + 1 :]
    is_only_sign = not re.search(r"[.,]", whole)
    groups = not is_only_sign and body[last] in whole
    if groups or (is_only_sign and re.fullmatch(r"[1-9]\d{0,2}", whole) and len(decimals) == 3):  # noqa: PLR2004  # thousands have three zeros
        return sign + re.sub(r"[.,]", "", body)
    return f"{sign}{re.sub('[.,]', '', whole)}.{decimals}"
