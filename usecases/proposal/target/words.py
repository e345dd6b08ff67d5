"""Texts of a target as classes: which are one, which stand for a missing answer, which of two is the negative one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from usecases.columns.booleans import named_truths
from usecases.tasks.targets import class_number

_SENTINELS = frozenset({9.0, 99.0, 999.0, 9999.0, -9.0, -99.0, -999.0, -9999.0})
"""Numbers that stand for a missing answer beside codes such as 0 and 1; -1 is as often a class."""

_CODES_OF_TWO = ({0.0, 1.0}, {1.0, 2.0})

_NEGATIVE = frozenset(
    {
        "0", "no", "false", "n", "f", "off", "ok", "okay", "okey", "io", "negative", "neg", "negativ", "none", "normal",
        "good", "gut", "fine", "pass", "passed", "healthy", "gesund", "sano", "sain", "benign", "absent", "control", "nein",
        "non", "nej", "nee", "não", "nao", "нет", "faux", "falso", "falsch", "legit", "legitimate", "ham", "alive",
        "censored", "intact", "nothing", "never", "inactive",
    }
)  # fmt: skip
_POSITIVE = frozenset(
    {
        "1", "yes", "true", "y", "t", "on", "positive", "pos", "positiv", "bad", "fail", "failed", "failure", "ja", "oui",
        "si", "sí", "sim", "да", "vrai", "verdadero", "wahr", "abnormal", "malignant", "present", "sick", "krank", "case",
        "fraud", "spam", "dead", "died", "deceased", "defect", "defective", "nok", "nio", "active", "churned", "churn", "cancelled",
        "canceled", "terminated", "lapsed", "attrited", "gekündigt",
    }
)  # fmt: skip
_NEGATIONS = ("not", "no", "non", "kein", "keine", "nicht", "ohne", "sans", "pas", "sin", "without", "never")
_DIGITS = re.compile(r"[0-9]{1,9}")
_LEADING_ZERO = re.compile(r"[+-]?0[0-9]")


def sentinels(texts: Iterable[str]) -> list[str]:
    """Return the numbers such as 9 and -99 that stand beside nothing but codes, which are counted from 0 or 1.

    >>> sentinels(["0", "9", "1"]), sentinels(["0", "9", "1", "2"]), sentinels(["1", "2", "3", "99"]), sentinels(["98", "99"])
    (['9'], [], ['99'], [])
    """
    numbers = {text: class_number(text) for text in texts}
    found = [text for text, number in numbers.items() if number in _SENTINELS]
    others = {number for number in numbers.values() if number not in _SENTINELS}
    are_codes = any(others == set(range(first, first + len(others))) for first in (0, 1))
    if others not in _CODES_OF_TWO:  # a 9 may well be the next class of a few
        found = [text for text in found if numbers[text] != 9]  # noqa: PLR2004  # see above
    return found if are_codes and len(others) > 1 else []


def one_name_each(different: Iterable[str], *, decimal_comma: bool) -> dict[str, str]:
    """Return the name of the class that each text is: `1`, `1.0` and `+1` are 1, as the reading of targets has it.

    >>> one_name_each(["1.0", "1", "01", "a"], decimal_comma=False)
    {'1.0': '1', '1': '1', '01': '01', 'a': 'a'}
    """
    by_number: dict[float, list[str]] = defaultdict(list)
    numbers = {text: _plain_number(text, decimal_comma=decimal_comma) for text in different}
    for text, number in numbers.items():
        if number is not None:
            by_number[number].append(text)
    shown = {
        number: str(int(number)) if number.is_integer() else min(texts, key=lambda text: (len(text), text))
        for number, texts in by_number.items()
    }
    return {text: text if number is None else shown[number] for text, number in numbers.items()}


def negative_first(names: list[str], counts: Mapping[str, int]) -> list[str]:
    """Sort two classes: the one that says no comes first, else the one with the smaller number, else the commoner one.

    >>> negative_first(["ckd", "notckd"], {"ckd": 250, "notckd": 150}), negative_first(["2", "1"], {"1": 3, "2": 9})
    (['notckd', 'ckd'], ['1', '2'])
    >>> negative_first(["tak", "nie"], {"tak": 250, "nie": 150})
    ['nie', 'tak']
    >>> negative_first(["Active", "Churned"], {"Active": 800, "Churned": 200})
    ['Active', 'Churned']
    """
    numbers = [class_number(name) for name in names]
    if None not in numbers:
        return [name for _, name in sorted(zip(numbers, names, strict=True))]
    if truths := named_truths(tuple(names)):
        return [truths[False], truths[True]]
    one, other = names
    says = {one: _says(one, other), other: _says(other, one)}
    within = {name: int(found[0]) if (found := _DIGITS.search(name)) else None for name in names}
    if None in within.values():
        within = dict.fromkeys(names, 0)
    return sorted(names, key=lambda name: (says[name], within[name], -counts[name], name))


def in_order(names: list[str]) -> list[str]:
    """Sort several classes: numbers by their size, then texts by the alphabet."""
    return sorted(names, key=lambda name: (class_number(name) is None, class_number(name) or 0.0, name))


def _says(name: str, other: str) -> int:
    """Return -1 for a text that says no, 1 for one that says yes, 0 for one that says neither."""
    word = _letters(name)
    if word in _NEGATIVE or name.strip() == "-":
        return -1
    if word in _POSITIVE or name.strip() == "+":
        return 1
    parts = _parts(name)
    place = next((place for place, part in enumerate(parts) if part in _NEGATIONS), None)
    negated = "".join(parts[place + 1 :]) if place is not None and not set(_parts(other)) & set(_NEGATIONS) else ""
    if any(word == negation + _letters(other) for negation in _NEGATIONS):
        negated = _letters(other)
    if not negated:
        return 0
    # What denies a negative word, as `not ok` does, says yes.
    return 1 if negated in _NEGATIVE else -1


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[\W_]+", text.casefold()) if part]


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _plain_number(text: str, *, decimal_comma: bool) -> float | None:
    """Return the number of a text, unless zeros in front say that it is a name."""
    return None if _LEADING_ZERO.match(text) else class_number(text, decimal_comma=decimal_comma)
