"""How true and false are written: one table for a single value and for a column, whatever it came in."""

from __future__ import annotations

from functools import lru_cache
from math import isnan
from typing import Any

from usecases.columns.missing import is_word
from usecases.columns.number_texts import number_of

TRUE, FALSE = "true", "false"

TRUTH_PAIRS = (
    (TRUE, FALSE), ("wahr", "falsch"), ("vrai", "faux"), ("vero", "falso"), ("verdadero", "falso"),
    ("verdadeiro", "falso"), ("waar", "onwaar"), ("sant", "falskt"), ("sann", "usann"), ("sand", "falsk"),
    ("tosi", "epätosi"), ("prawda", "fałsz"), ("pravda", "nepravda"), ("igaz", "hamis"), ("истина", "ложь"),
    ("істина", "хибність"), ("doğru", "yanl\u0131ş"), ("doğru", "yanliş"), ("αληθές", "ψευδές"), ("αληθες", "ψευδες"), ("αληθεσ", "ψευδεσ"),
    ("adevărat", "fals"),
)  # fmt: skip
"""Truths as programs write them; spreadsheets do in the language of their user.

In small letters as Python and Arrow make them, which differ about a dotless i and the last s of a Greek word.
"""

ANSWER_PAIRS = (
    ("yes", "no"), ("ja", "nein"), ("ja", "nee"), ("ja", "nej"), ("ja", "nei"), ("oui", "non"), ("sí", "no"), ("si", "no"),
    ("sì", "no"), ("sim", "não"), ("sim", "nao"), ("tak", "nie"), ("да", "нет"), ("да", "не"), ("так", "ні"), ("ano", "ne"),
    ("áno", "nie"), ("da", "ne"), ("da", "nu"), ("igen", "nem"), ("evet", "hay\u0131r"), ("evet", "hayir"), ("\u03bd\u03b1\u03b9", "όχι"),
    ("kyllä", "ei"), ("jah", "ei"), ("jā", "nē"), ("taip", "ne"), ("já", "nei"), ("はい", "いいえ"), ("是", "否"), ("예", "아니요"),
)  # fmt: skip
"""Truths as people answer a question."""

_OF_PROGRAMS = ((TRUE, FALSE), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"), ("1", "0"))

BOOLEAN_PAIRS = (*TRUTH_PAIRS, *ANSWER_PAIRS, ("j", "n"), *_OF_PROGRAMS)
"""The words for true and false, in any case and with any spaces around; a 1 and a 0 are numbers, however written."""

_BY_WORD = {word: place == 0 for pair in BOOLEAN_PAIRS for place, word in enumerate(pair)}
_BY_NUMBER: dict[float, bool] = {0: False, 1: True}


def boolean_of(value: Any) -> Any:
    """Read one value as true, false or, where it is missing, as None; what is none of them stays what it is.

    >>> [boolean_of(value) for value in (True, "Yes", " off ", "FALSCH", "1.0", 0, 1.0, "n/a", 2, "maybe")]
    [True, True, False, False, True, False, True, None, 2, 'maybe']
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


def is_truth_of_programs(text: str) -> bool:
    """Return whether a text is true or false to every program; a word of one language may stand for something else.

    >>> [is_truth_of_programs(text) for text in (" No", "0.0", "nu", "?")]
    [True, True, False, False]
    """
    word = text.strip().lower()
    return any(word in pair for pair in _OF_PROGRAMS) or number_of(word) in _BY_NUMBER


@lru_cache
def named_truths(allowed: tuple[str, ...]) -> dict[bool | None, str]:
    """Return which names of a category are true and false, if they are words for these and for nothing else.

    >>> named_truths(("FALSCH", "WAHR")), named_truths(("no", "yes", "maybe")), named_truths(("0", "1"))
    ({False: 'FALSCH', True: 'WAHR'}, {}, {})
    """
    found = {boolean_of(name): name for name in allowed if number_of(name) is None}
    is_told = len(found) == len(allowed) and all(isinstance(truth, bool) for truth in found)
    return found if is_told else {}


def truth_of(text: str) -> bool | None:
    """Return the truth that programs, and our own downloads, write so in a file that has texts alone.

    >>> truth_of(" TRUE"), truth_of("false"), truth_of("ja")
    (True, False, None)
    """
    return {TRUE: True, FALSE: False}.get(text.strip().lower())
