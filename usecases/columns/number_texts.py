"""How a number is written: one definition for a single value and for a column."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
"""Digits with a point, a sign and an exponent; no `0x1F`, no `1_000`, no `Infinity`."""

AMBIGUOUS = r"^[+-]?\d{1,3}\.\d{3}$"
"""Where decimals have a comma: 12.345 could be twelve thousand or a program's twelve point three."""

WHOLE_OR_THOUSANDS = r"^[+-]?[1-9]\d{0,2}\.000$"
"""In a column of whole numbers: 12.000 could be twelve thousand or a program's twelve; any other such number is not whole."""

WITH_COMMA = r"^[+-]?(\d{1,3}(\.\d{3})+|\d*)(,\d*)([eE][+-]?\d+)?$"
GROUPED = r"^[+-]?\d{1,3}(\.\d{3}){2,}$"

_NUMBER = re.compile(NUMBER, re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,4000}", re.ASCII)  # Python reads no more than 4,300 digits
_AMBIGUOUS = re.compile(AMBIGUOUS, re.ASCII)
_WHOLE_OR_THOUSANDS = re.compile(WHOLE_OR_THOUSANDS, re.ASCII)
_POINTS_ARE_OF_THOUSANDS = re.compile(f"{WITH_COMMA}|{GROUPED}", re.ASCII)


def number_of(text: str, *, decimal_comma: bool = False) -> float | int | None:
    """Read a text as a number, if it is one; whole numbers exactly.

    >>> [number_of(text) for text in (" 1e3", "+5", ".5", "007", "0x1F", "1,5")]
    [1000.0, 5, 0.5, 7, None, None]
    >>> [number_of(text, decimal_comma=True) for text in ("1.234,5", "12.345", "1.5")]
    [1234.5, None, 1.5]
    """
    text = text.strip()
    if decimal_comma:
        if is_ambiguous(text):
            return None
        if _POINTS_ARE_OF_THOUSANDS.fullmatch(text):
            text = text.replace(".", "").replace(",", ".")
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else None


def is_ambiguous(text: str) -> bool:
    """Return whether a text could be two numbers where decimals have a comma.

    >>> is_ambiguous("12.345"), is_ambiguous("12.3450")
    (True, False)
    """
    return _AMBIGUOUS.fullmatch(text.strip()) is not None


def is_whole_or_thousands(text: str) -> bool:
    """Return whether a text could be two whole numbers, for some write points between thousands.

    >>> is_whole_or_thousands("12.000"), is_whole_or_thousands("12.0"), is_whole_or_thousands("0.000")
    (True, False, False)
    """
    return _WHOLE_OR_THOUSANDS.fullmatch(text.strip()) is not None


def cell_text(value: Any) -> str | None:
    """Write a value as a file would, so that it is read back as the same one.

    Where decimals are written with a comma, 1.234 could be a thousand and something, and is refused; 1.2340 cannot.

    >>> cell_text(True), cell_text(1.234), cell_text("1.234"), cell_text(date(2026, 3, 1)), cell_text(None)
    ('true', '1.2340', '1.234', '2026-03-01', None)
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        text = str(value)
        return f"{text}0" if is_ambiguous(text) else text
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, bool | list | dict) else str(value)
