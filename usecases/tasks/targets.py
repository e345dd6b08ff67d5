"""What came true, read from columns: the targets of training data and the labels that arrive later are read alike.

A value is exactly a class, or a number; or it is missing; or it is refused. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.booleans import ANSWER_PAIRS, TRUTH_PAIRS
from usecases.columns.casting import cast
from usecases.columns.features import FloatFeature
from usecases.columns.number_texts import number_of
from usecases.columns.texts import Mask, nowhere, number_texts, plain_text
from usecases.metrics.inputs import Floats
from usecases.tasks.spelling import TargetSpelling

_EXACT_BELOW = 2.0**53
"""From here on 64-bit floats leave whole numbers out, so two different ones could be equal."""

_TRUTHS = {word: 1.0 - place for pair in TRUTH_PAIRS for place, word in enumerate(pair)}
_WORDS = {word: 1.0 - place for pair in (*ANSWER_PAIRS, ("y", "n"), ("j", "n")) for place, word in enumerate(pair)}
_OF_TRUTHS = frozenset({1.0, 0.0, -1.0})

_MISSING, _LEFT_OUT, _REFUSED = -1, -2, -3


@dataclass(frozen=True, slots=True)
class Targets:
    """A column of what came true, read.

    Attributes
    ----------
    numbers
        Codes of the classes, or the numbers themselves; NaN where one is missing, left out or refused.
    left_out
        Which values are of a class that is not learned from.
    refused
        Which values are there, and are no class of the use case or no finite number.
    """

    numbers: Floats
    left_out: Mask
    refused: Mask

    @property
    def missing(self) -> Mask:
        """Which values are not there."""
        return np.isnan(self.numbers) & ~self.left_out & ~self.refused


def read_numbers(spelling: TargetSpelling, column: pa.Array) -> Targets:
    """Read a column of numbers as a column of a feature is read."""
    as_number = FloatFeature(
        name="target", type="float", decimal_comma=spelling.decimal_comma, missing_values=spelling.missing_values
    )
    found, refused = cast(as_number, column)
    numbers = np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.float64)
    return Targets(numbers, nowhere(column), refused)


def read_classes(spelling: TargetSpelling, column: pa.Array) -> Targets:
    """Read a column of classes as codes.

    A value is a class by its name or its source name. Spaces around it count for nothing, numbers are compared as numbers
    (`1`, `1.0` and `+1` are one), and of two classes true and false are those written true and false, 1 and 0, or yes
    and no, in the languages of :mod:`usecases.columns.booleans`.
    """
    encoded = target_texts(column).dictionary_encode()
    reader = _ClassReader(spelling)
    # Once for every different text: there are few, however many rows there are.
    known = np.array([*map(reader.code, encoded.dictionary.to_pylist()), _MISSING], dtype=np.int64)
    codes = known[pc.fill_null(encoded.indices, len(known) - 1).to_numpy(zero_copy_only=False)]
    numbers = np.where(codes >= 0, codes, np.nan).astype(np.float64)
    return Targets(numbers, codes == _LEFT_OUT, codes == _REFUSED)


def class_number(text: str, *, decimal_comma: bool = False) -> float | None:
    """Return the number that a text is, if it is one that a float holds exactly enough to compare it.

    >>> class_number(" 1.00"), class_number("+1e0"), class_number("1,5", decimal_comma=True), class_number("nan")
    (1.0, 1.0, 1.5, None)
    """
    number = number_of(text, decimal_comma=decimal_comma)
    return float(number) if number is not None and abs(number) < _EXACT_BELOW else None


def target_texts(column: pa.Array) -> pa.Array:
    """Write a column of any type as texts, null where a value is missing.

    >>> target_texts(pa.array([1.0, 2.5, None])).to_pylist(), target_texts(pa.array([True])).to_pylist()
    (['1', '2.5', None], ['true'])
    """
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        return number_texts(column)
    except pa.ArrowException:
        return pa.array([_text(value) for value in column.to_pylist()], pa.string())


@dataclass(slots=True)
class _ClassReader:
    """Finds the class of a text, by what it is letter by letter first."""

    spelling: TargetSpelling
    _lookups: list[tuple[Callable[[str], Any], Mapping[Any, int]]] = field(init=False)

    def __post_init__(self) -> None:
        spelling = self.spelling
        names = [*enumerate(spelling.classes), *enumerate(spelling.source_names)]
        others = [(_LEFT_OUT, text) for text in spelling.left_out]
        others += [(_MISSING, text) for text in spelling.missing_values]
        self._lookups = [
            (_itself, _by(_itself, [*names, *others])),
            (str.strip, _by(str.strip, [*names, *others])),
            (plain_text, _by(plain_text, [*names, *others])),
            (self._number, _by(self._number, [*names, *others])),
        ]
        if len(spelling.classes) == 2:  # noqa: PLR2004  # true and false are two
            numbers = _by(self._number, names)
            # Of 1 and 2 nobody knows which one is true.
            truths = numbers if numbers.keys() <= _OF_TRUTHS else {}
            self._lookups += [(_truth, truths), (self._number, _both(_by(_truth, names)))]
            self._lookups.append((_truth, _both(_by(_word, names))))

    def code(self, text: str) -> int:
        """Return the code of the class that a text is, or what else it is."""
        if not text.strip():
            return _MISSING
        for key, codes in self._lookups:
            code = codes.get(key(text))
            if code is not None:
                return code
        return _REFUSED

    def _number(self, text: str) -> float | None:
        return class_number(plain_text(text), decimal_comma=self.spelling.decimal_comma)


def _by(key: Callable[[str], Any], entries: Iterable[tuple[int, str]]) -> Mapping[Any, int]:
    """Return the codes by a property of their texts; what two of them share stands for neither."""
    found: dict[Any, set[int]] = {}
    for code, text in entries:
        found.setdefault(key(text), set()).add(code)
    return {value: next(iter(codes)) for value, codes in found.items() if value is not None and len(codes) == 1}


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return None if value is None else str(value)


def _both(codes: Mapping[Any, int]) -> Mapping[Any, int]:
    """Return the codes of true and false, none where one of them is missing: sand and clay are no truths."""
    return codes if len({*codes.values()}) == 2 else {}  # noqa: PLR2004  # true and false


def _itself(text: str) -> str:
    return text


def _truth(text: str) -> float | None:
    return _TRUTHS.get(text.strip().lower())


def _word(text: str) -> float | None:
    return _TRUTHS.get(text.strip().lower(), _WORDS.get(text.strip().lower()))
