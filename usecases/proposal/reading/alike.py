"""Texts that people take for the same one: they differ in capitals, spaces or signs alone."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_BETWEEN_WORDS = re.compile(r"(?<=\w)[\s_\-]+(?=\w)")
_SIGNS = str.maketrans(
    {"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'"}
)


def alike(texts: Iterable[str]) -> list[list[str]]:
    """Return the texts that look alike, together.

    >>> alike(["No", "no", "<=50K", "<=50K.", "A-", "A", "left early", "left_early"])
    [['<=50K', '<=50K.'], ['No', 'no'], ['left early', 'left_early']]
    """
    found: dict[str, list[str]] = defaultdict(list)
    for text in sorted(texts):
        found[_look(text)].append(text)
    return [texts for texts in found.values() if len(texts) > 1]


def differ_in_capitals(texts: Iterable[str]) -> bool:
    """Return whether nothing but capitals differs.

    >>> differ_in_capitals(["No", "no"]), differ_in_capitals(["no", "no."])
    (True, False)
    """
    return len({text.casefold() for text in texts}) == 1


def _look(text: str) -> str:
    """Return what of a text a reader goes by; a letter and its accent may be one character or two."""
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).translate(_SIGNS)
    return _BETWEEN_WORDS.sub(" ", seen.casefold().strip().rstrip("."))
