"""How people write numbers, and which of it the pipeline does not read: money, percent, marks of thousands, units."""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc

_SPACES = " \u00a0\u2007\u2009\u202f"
_MINUS = "\u2212\u2013"
_APOSTROPHES = "'\u2019\u00b4`"
_CURRENCY = (
    r"(?:US\$|R\$|[$€£¥₹₽₩₺₫₪]|USD|EUR|Euro|GBP|CHF|JPY|CNY|CAD|AUD|INR|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR"
    r"|Rs\.?|kr\.?|Kč|zł|Fr\.)"
)
_GROUPED = rf"\d{{1,3}}(?:[{_SPACES}{_APOSTROPHES}_.,]\d{{3}})+(?:[.,]\d+)?|\d{{1,2}}(?:,\d\d)+,\d{{3}}(?:\.\d+)?"
_OTHER_DIGITS = r"\x{0660}-\x{0669}\x{06F0}-\x{06F9}\x{0966}-\x{096F}\x{FF10}-\x{FF19}"
_SIGN = rf"[+{_MINUS}-]?"
_NUMBER = rf"(?:{_GROUPED}|\d+(?:[.,]\d*)?|[.,]\d+)"

AMOUNT = (
    rf"^\s*\(?\s*{_SIGN}\s*(?:{_CURRENCY}\s*)?{_SIGN}\s*{_NUMBER}\s*(?:{_CURRENCY}|[%‰]|,-{{1,2}}|\.-)?\s*-?\s*\)?\s*$"
    rf"|^\s*{_SIGN}\d*\.\d*[Dd][+-]\d{{2,3}}\s*$|^\s*{_SIGN}\d+(?:[.,]\d+)?\s*[x\x{{00D7}}*\x{{00B7}}]\s*10(?:\^{_SIGN}|-)\d+\s*$"
    rf"|^\s*{_SIGN}[{_OTHER_DIGITS}]+(?:[.,\x{{066B}}\x{{066C}}\x{{FF0E}}][{_OTHER_DIGITS}]+)*\s*$"
)
"""A number as people write it; many of them the pipeline reads as well."""

COMMA_GROUPS = r"^\s*[+-]?[1-9]\d{0,2}(,\d{3})+\s*$"
POINT_GROUPS = r"^\s*[+-]?[1-9]\d{0,2}(\.\d{3})+\s*$"
"""Numbers that are thousands with marks, or else have three decimals."""

_PART = r"[+-]?(?:0|[1-9]\d{0,4})(?:\.\d+)?"
_DECIMAL_PART = r"[+-]?\d{1,5}\.\d+"
_SEVERAL = (
    rf"^\s*(?:{_PART}(?:\s*[/x\x{{00D7}}*;|]\s*{_PART}){{1,3}}"
    rf"|(?:POINT\s*Z?\s*)?[\[(]?\s*{_DECIMAL_PART}(?:\s*[,;]\s*|\s+){_DECIMAL_PART}(?:(?:\s*[,;]\s*|\s+){_DECIMAL_PART})?\s*[\])]?"
    r"|\d{1,3}\s*\x{00B0}\s*\d{1,2}(?:\.\d+)?\s*['\x{2032}](?:\s*\d{1,2}(?:\.\d+)?\s*[\x{2033}\"]|\s*'')?\s*[NSEWO]?)\s*$"
)
_WITH_YEAR = r"^\s*(?:19|20)\d\d\s*/|/\s*(?:19|20)\d\d\s*$"

_MEASURE = rf"^\s*{_SIGN}{_NUMBER}\s*(?P<unit>[A-Za-zµμ°Ω][A-Za-zµμ°Ω/²³%.\s]{{0,11}})$"
_MOST_UNITS = 5
_PLAIN_SIGNS = {"\u066b": ".", "\u066c": "", "\uff0e": ".", "\u2212": "-"}

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
    ("digits of another script", rf"[{_OTHER_DIGITS}]"),
    ("a D for the exponent", r"\d\.?[Dd][+-]\d"),
    ("powers of ten", r"[x\x{00D7}*\x{00B7}]\s*10"),
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


def are_several(texts: pa.Array) -> bool:
    """Return whether every text is several numbers, such as those of a blood pressure or of a place; not those of a year.

    >>> are_several(pa.array(["120/80", "95/60"])), are_several(pa.array(["POINT (48.1 9.2)"])), are_several(pa.array(["2026/17"]))
    (True, True, False)
    """
    found = matching(texts.drop_null(), _SEVERAL)
    return bool(pc.all(found).as_py()) and not pc.all(matching(texts.drop_null(), _WITH_YEAR)).as_py()


def plain(text: str) -> str:
    """Write a number as every reader of numbers reads it.

    Of two signs the last is the decimal one; a single one with three digits behind it marks thousands.

    >>> [plain(text) for text in ("$84,835.00 ", "€ 1.234,50", "1 234,5", "1'234.50", "12%", "(1,234)", "12.345")]
    ['84835.00', '1234.50', '1234.5', '1234.50', '12', '-1234', '12345']
    >>> [plain(text) for text in ("1,23,456.50", "0.25D+03", "1.5*10^-3", "USD12", "\u0661\u0662\u066b\u0665", "\uff11\uff12")]
    ['123456.50', '0.25e+03', '1.5e-3', '12', '12.5', '12']
    """
    text = "".join(map(_plain_sign, text))
    if power := re.fullmatch(
        r"\s*([+-]?\d*\.\d*)[Dd]([+-]\d+)\s*|\s*(\S+)\s*[x\u00d7*\u00b7]\s*10(?:\^|(?=-))([+-]?\d+)\s*", text
    ):
        return f"{plain(power[1] or power[3])}e{power[2] or power[4]}"
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


def _plain_sign(sign: str) -> str:
    digit = unicodedata.decimal(sign, None)
    return _PLAIN_SIGNS.get(sign, sign) if digit is None else str(digit)


def shortened_within(value: float, low: float, high: float) -> float:
    """Return a value of a column with six digits, or as many more as keep it between the least and the largest one.

    >>> shortened_within(27.5345678, 1.0, 50.0), shortened_within(5334567.45, 5334567.1, 5334567.9)
    (27.5346, 5334567.5)
    """
    short = (float(f"{value:.{digits}g}") for digits in range(6, 17))
    return next((number for number in short if low <= number <= high), value)
