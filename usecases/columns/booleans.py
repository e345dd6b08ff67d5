"""How true and false are written: one table for a single value and for a column, whatever it came in."""

from __future__ import annotations

from math import isnan
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.arrays import Mask, blanked, nowhere, true_where, unreadable
from usecases.columns.missing import is_word, without_words
from usecases.columns.number_texts import number_of
from usecases.columns.numbers import read_floats

BOOLEAN_PAIRS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"), ("1", "0"))
"""The words for true and false, in any case and with any spaces around; a 1 and a 0 are numbers, however written."""

_TRUE, _FALSE = (pa.array([pair[place] for pair in BOOLEAN_PAIRS]) for place in (0, 1))
_BY_WORD = {word: place == 0 for pair in BOOLEAN_PAIRS for place, word in enumerate(pair)}


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


_BY_NUMBER: dict[float, bool] = {0: False, 1: True}


def read_booleans(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a column as true and false; null where one is missing or unreadable, and a mask of the unreadable."""
    kind, types = column.type, pa.types
    if types.is_boolean(kind):
        return column, nowhere(column)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return _of_numbers(*read_floats(column))
    if not types.is_string(kind):
        return unreadable(column, pa.bool_())
    words = without_words(column)
    is_true, is_false = pc.is_in(words, value_set=_TRUE), pc.is_in(words, value_set=_FALSE)
    found = pc.if_else(pc.or_(is_true, is_false), is_true, pa.scalar(None, pa.bool_()))
    others = true_where(pc.is_valid(words)) & ~true_where(pc.is_valid(found))
    if not others.any():
        return found, others
    numbers, bad = _of_numbers(*read_floats(blanked(words, ~others)))
    return pc.coalesce(found, numbers), bad


def _of_numbers(numbers: pa.Array, bad: Mask) -> tuple[pa.Array, Mask]:
    is_one = pc.equal(numbers, 1.0)
    neither = true_where(pc.invert(pc.or_(is_one, pc.equal(numbers, 0.0))))
    return blanked(is_one, neither), bad | neither
