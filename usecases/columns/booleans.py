"""How true and false are written: one table for a single value and for a column, whatever it came in."""

from __future__ import annotations

from math import isnan
from typing import Any

from usecases.columns.missing import is_word
from usecases.columns.number_texts import number_of

BOOLEAN_PAIRS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"), ("1", "0"))
"""The words for true and false, in any case and with any spaces around; a 1 and a 0 are numbers, however written."""

_BY_WORD = {word: place == 0 for pair in BOOLEAN_PAIRS for place, word in enumerate(pair)}
_BY_NUMBER: dict[float, bool] = {0: False, 1: True}


def boolean_of(value: Any) -> Any:
    """Read one value as true, false or, where it is missing, as None; what is none of them stays what it is.

    >>> [boolean_of(value) for value in (True, "Yes", " off ", "1.0", 0, 1.0, "n/a", 2, "maybe")]
    [True, True, False, True, False, True, None, 2, 'maybe']
    """
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _BY_WORD:
            return _BY_WORD[word]
        if is_word(word):
            return None
        number = number_of(word)
        return value if number is None else _BY_NUMBER.get(number, value)
    if type(value) is float and isnan(value):
        return None
    return _BY_NUMBER.get(value, value) if type(value) in {int, float} else value
