"""How numbers and days are written as texts: which notations a column can have, and its values as the contract reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.day_first import are_days_first, plain_days
from usecases.columns.features import FeatureBase, FloatFeature, IntegerFeature, TimestampFeature
from usecases.columns.number_texts import NUMBER
from usecases.columns.texts import Mask, nowhere, true_where


class Notation(StrEnum):
    """A notation that is not that of programs, which write 1234.5 and 2026-12-31."""

    DECIMAL_COMMA = "decimal_comma"
    """1.234,5 or 1 234,5: a comma before decimals, points or spaces between thousands."""
    THOUSANDS_COMMA = "thousands_comma"
    """1,234.5: a point before decimals, commas between thousands."""
    DAY_FIRST = "day_first"
    """31.12.2026 or 31.12.2026 16:30: the day before the month, with points between them."""


_GROUPS = {
    Notation.DECIMAL_COMMA: r"[. \x{00a0}\x{202f}]",
    Notation.THOUSANDS_COMMA: r"[,'\x{2019}]",
}
_PATTERNS = {
    Notation.DECIMAL_COMMA: rf"^[+-]?(\d{{1,3}}({_GROUPS[Notation.DECIMAL_COMMA]}\d{{3}})+|\d*)(,\d*)?([eE][+-]?\d+)?$",
    Notation.THOUSANDS_COMMA: rf"^[+-]?(\d{{1,3}}({_GROUPS[Notation.THOUSANDS_COMMA]}\d{{3}})+|\d*)(\.\d*)?([eE][+-]?\d+)?$",
}
_WITH_COMMA = r"^\s*[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+\s*$"
_OF_THOUSANDS = r"^\s*[+-]?[1-9]\d{0,2}(,\d{3})+\s*$"
_ONE_GROUP = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"
_WITH_POINT = r"^[+-]?\d*\.\d+$"
_LEAST_COMMAS = 0.1
"""Numbers with a decimal comma for each that may have a point between thousands: one that was mistyped proves nothing."""

_MONEY = r"^\s*[$€£]\s*|\s*[$€£]\s*$"
_FEWEST_NUMBERS = 0.9
"""Share of numbers among the texts of a column past which it is one of numbers; the others are missing or wrong."""


def misfit_of(notations: Mapping[str, Notation], features: Iterable[FeatureBase]) -> str | None:
    """Return why columns cannot be written so, in words, if one holds nothing that has its notation."""
    known = list(features)
    for kind, types, fitting in (
        ("numbers", FloatFeature | IntegerFeature, {Notation.DECIMAL_COMMA, Notation.THOUSANDS_COMMA}),
        ("times", TimestampFeature, {Notation.DAY_FIRST}),
    ):
        names = [feature.name for feature in known if isinstance(feature, types)]
        for name, notation in notations.items():
            if notation in fitting and name not in names:
                return (
                    f"{name[:60]!r} is no column of {kind}, so they have no notation; those of the use case are "
                    f"{', '.join(names) or 'none'}"
                )
    return None


class ContradictedNotationError(ValueError):
    """A number is written in another notation than its column."""


def notations_of(texts: pa.Array) -> frozenset[Notation | None]:
    """Return every notation in which all numbers of a column can be read, None being that of programs.

    Parameters
    ----------
    texts
        Cells; missing ones are null or empty. Where few of them are numbers, no notation is returned.

    Examples
    --------
    >>> sorted(map(str, notations_of(pa.array(["1,5", "1.234,5", "12"]))))
    ['decimal_comma']
    >>> sorted(map(str, notations_of(pa.array(["12.345", "523"]))))
    ['None', 'decimal_comma', 'thousands_comma']
    """
    given = texts.filter(_has_text(texts))
    bare = _bare(given)
    masks: dict[Notation | None, Mask] = {
        None: true_where(pc.match_substring_regex(pc.utf8_trim_whitespace(given), NUMBER)),
        **{notation: true_where(pc.match_substring_regex(bare, pattern)) for notation, pattern in _PATTERNS.items()},
    }
    are_numbers = masks[None] | masks[Notation.DECIMAL_COMMA] | masks[Notation.THOUSANDS_COMMA]
    if not are_numbers.any() or are_numbers.mean() < _FEWEST_NUMBERS:
        return frozenset()
    return frozenset(notation for notation, mask in masks.items() if mask[are_numbers].all())


def is_day_first(texts: pa.Array) -> bool:
    """Return whether nearly all texts of a column are days, or times, with the day before the month.

    >>> is_day_first(pa.array(["31.12.2026", "1.3.2026 9:05", None])), is_day_first(pa.array(["12.31", "2026-12-31"]))
    (True, False)
    """
    given = texts.filter(_has_text(texts))
    days = are_days_first(given)
    return bool(days.any() and days.mean() >= _FEWEST_NUMBERS)


def has_decimal_commas(texts: pa.Array) -> bool:
    """Return whether any text of a column is a number with a comma before its decimals, and nothing else.

    Of 1,234 alone nobody can tell: to some it is twelve hundred.

    >>> has_decimal_commas(pa.array(["12.345", "1,5"])), has_decimal_commas(pa.array(["12.345", "1,234"]))
    (True, False)
    """
    is_one = pc.and_not(pc.match_substring_regex(texts, _WITH_COMMA), pc.match_substring_regex(texts, _OF_THOUSANDS))
    return bool(pc.any(is_one).as_py())


def may_be_thousands(texts: pa.Array) -> Mask:
    """Return which numbers of a column, read with points before decimals, may have them between thousands: 12.345.

    That is where others have decimal commas, no few of them, and none has a point that is clear.

    >>> [may_be_thousands(pa.array(["12.345", "1,5", last])).tolist() for last in ("12", "1.5")]
    [[True, False, False], [False, False, False]]
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    doubtful = true_where(pc.match_substring_regex(trimmed, _ONE_GROUP))
    commas = pc.and_not(
        pc.match_substring_regex(trimmed, _WITH_COMMA), pc.match_substring_regex(trimmed, _OF_THOUSANDS)
    )
    is_clear = pc.and_not(pc.match_substring_regex(trimmed, _WITH_POINT), pc.match_substring_regex(trimmed, _ONE_GROUP))
    are_few = true_where(commas).sum() < _LEAST_COMMAS * doubtful.sum()
    return nowhere(texts) if are_few or pc.any(is_clear).as_py() or not pc.any(commas).as_py() else doubtful


def has_groups(texts: pa.Array, notation: Notation) -> bool:
    """Return whether any number of a column has its thousands parted.

    >>> has_groups(pa.array(["12.345", "523"]), Notation.DECIMAL_COMMA)
    True
    """
    pattern = rf"^[+-]?\d{{1,3}}{_GROUPS[notation]}\d{{3}}"
    return bool(pc.any(pc.match_substring_regex(_bare(texts), pattern)).as_py())


def plain_values(texts: pa.Array, notation: Notation, *, point: str = ".") -> pa.Array:
    """Write the values of a column as programs do, see :func:`plain_numbers` and :func:`plain_days`."""
    return plain_days(texts) if notation is Notation.DAY_FIRST else plain_numbers(texts, notation, point=point)


def plain_numbers(texts: pa.Array, notation: Notation, *, point: str = ".") -> pa.Array:
    """Write the numbers of a column as programs do; what is no number stays as it is.

    Parameters
    ----------
    texts, notation
        The column, and how its numbers are written.
    point
        What the contract expects before decimals.

    Raises
    ------
    ContradictedNotationError
        If a number is written otherwise, with its position and text.

    Examples
    --------
    >>> plain_numbers(pa.array(["1.234,5", "12.345", "n/a"]), Notation.DECIMAL_COMMA).to_pylist()
    ['1234.5', '12345', 'n/a']
    """
    bare = _bare(texts)
    fits = true_where(pc.match_substring_regex(bare, _PATTERNS[notation])) & true_where(_has_text(bare))
    otherwise = true_where(pc.match_substring_regex(bare, NUMBER))
    for pattern in _PATTERNS.values():
        otherwise |= true_where(pc.match_substring_regex(bare, pattern))
    contradicting = otherwise & ~fits & true_where(_has_text(bare))
    if contradicting.any():
        position = int(contradicting.argmax())
        raise ContradictedNotationError(position, texts[position].as_py())
    return _rewritten(texts, pa.array(fits), notation, point)


def in_one_notation(texts: pa.Array, notation: Notation, *, are_whole: bool, point: str = ".") -> pa.Array:
    """Write the numbers of a column as programs do where some can be read in this notation alone, and all of them in it.

    Parameters
    ----------
    texts, notation
        The column, and how its numbers may be written.
    are_whole
        Whether they are whole ones: 1.480 is then fourteen hundred and eighty, or nothing; 12.000 alone may be twelve.
    point
        What the contract expects before decimals.

    Examples
    --------
    >>> def read(*texts, are_whole=False):
    ...     return in_one_notation(pa.array(texts), Notation.DECIMAL_COMMA, are_whole=are_whole).to_pylist()
    >>> read("300,4", "1.480", "n/a"), read("1.480"), read("1.480", "300.4"), read("1.480", "12", are_whole=True)
    (['300.4', '1480', 'n/a'], ['1.480'], ['1.480', '300.4'], ['1480', '12'])
    """
    bare = _bare(texts)
    given = true_where(_has_text(bare))
    of_programs = true_where(pc.match_substring_regex(bare, NUMBER)) & given
    # No program writes zeros before thousands, and no person an exponent behind them.
    never = true_where(pc.match_substring_regex(bare, rf"[eE]|^[+-]?0\d*{_GROUPS[notation]}"))
    fits = true_where(pc.match_substring_regex(bare, _PATTERNS[notation])) & given & ~never
    others = of_programs & ~fits
    for pattern in _PATTERNS.values():
        others |= true_where(pc.match_substring_regex(bare, pattern)) & given & ~fits
    if are_whole:
        others &= ~true_where(pc.match_substring_regex(bare, r"^[+-]?\d+\.0*$"))  # as spreadsheets write a whole number
        is_clear = bool((fits & ~true_where(pc.match_substring_regex(bare, r"^[+-]?\d+(\.0*)?$"))).any())
    elif notation is Notation.DECIMAL_COMMA:
        is_clear = has_decimal_commas(texts)
    else:
        is_clear = bool((fits & ~of_programs).any())
    return _rewritten(texts, pa.array(fits), notation, point) if is_clear and not others.any() else texts


def _rewritten(texts: pa.Array, fits: pa.Array, notation: Notation, point: str) -> pa.Array:
    ungrouped = pc.replace_substring_regex(_bare(texts), _GROUPS[notation], "")
    sign = "," if notation is Notation.DECIMAL_COMMA else "."
    return pc.if_else(fits, pc.replace_substring(ungrouped, sign, point), texts)


def _bare(texts: pa.Array) -> pa.Array:
    """Return texts without blanks around them, and without a sign of money."""
    return pc.replace_substring_regex(pc.utf8_trim_whitespace(texts), _MONEY, "")


def _has_text(texts: pa.Array) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(texts, r"\S"), False)  # noqa: FBT003  # pyarrow takes no keyword
