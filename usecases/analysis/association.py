"""How strongly two columns go together, from 0 (not at all) to 1, by the measure that fits what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from usecases.proposal.columns import Kind, Values

Floats = np.ndarray[Any, np.dtype[np.float64]]
Codes = np.ndarray[Any, np.dtype[np.int64]]

_NUMBERS = {Kind.FLOAT, Kind.INTEGER, Kind.TIMESTAMP}
_NAMES = {Kind.TEXT, Kind.BOOLEAN}


@dataclass(frozen=True, slots=True)
class Association:
    """How a column goes together with another.

    Attributes
    ----------
    measure
        Name of the measure.
    value
        From 0 to 1; Spearman's is from -1 to 1.
    """

    measure: str
    value: float


def association(values: Values, target: Floats, *, classes: bool) -> Association | None:
    """Measure how a column goes together with the target.

    Parameters
    ----------
    values
        The column.
    target
        Codes of classes, or numbers, row by row; NaN where it is not known.
    classes
        Whether they are codes of classes.

    Returns
    -------
    Association
        Numbers with numbers: Spearman's rank correlation. Numbers with classes or texts: the correlation ratio, whose
        square is the share of variance between the groups. Classes with texts: Cramer's V, corrected for its bias
        (Bergsma, Journal of the Korean Statistical Society 42, 2013). None where a column is neither, or holds one value.
    """
    if values.kind in _NUMBERS:
        numbers = as_numbers(values)
        both = ~np.isnan(numbers) & ~np.isnan(target)
        numbers, target = numbers[both], target[both]
        if classes:
            return _made("correlation ratio", correlation_ratio(target.astype(np.int64), numbers))
        return _made("Spearman", spearman(numbers, target))
    if values.kind not in _NAMES:
        return None
    codes = _codes(values.typed)
    known = ~np.isnan(target)
    codes, target = codes[known], target[known]
    if classes:
        return _made("Cramer's V", cramers_v(codes, target.astype(np.int64)))
    return _made("correlation ratio", correlation_ratio(codes, target))


def as_numbers(values: Values) -> Floats:
    """Return numbers, or times in microseconds since 1970, as floats; NaN where one is missing."""
    typed = values.typed.cast(pa.int64()) if values.kind is Kind.TIMESTAMP else values.typed
    return np.asarray(typed.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def spearman(first: Floats, second: Floats) -> float | None:
    """Return the correlation of the ranks of two columns; None where one of them is constant."""
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:  # noqa: PLR2004  # one row correlates with nothing
        return None
    return float(pd.Series(first).rank().corr(pd.Series(second).rank()))


def correlation_ratio(groups: Codes, numbers: Floats) -> float | None:
    """Return eta, the root of the share of variance that lies between groups; None where the numbers are constant.

    >>> correlation_ratio(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 3.0, 3.0]))
    1.0
    """
    if not len(numbers):
        return None
    spread = float(((numbers - numbers.mean()) ** 2).sum())
    if spread == 0:
        return None
    sizes = np.bincount(groups)
    means = np.bincount(groups, weights=numbers) / np.maximum(sizes, 1)
    between = float((sizes * (means - numbers.mean()) ** 2).sum())
    return float(np.sqrt(min(between / spread, 1.0)))


def cramers_v(first: Codes, second: Codes) -> float | None:
    """Return Cramer's V of two columns of codes, corrected for its bias; None where one of them is constant.

    >>> round(cramers_v(np.repeat([0, 1], 50), np.repeat([1, 0], 50)), 2)
    1.0
    """
    first, second = np.unique(first, return_inverse=True)[1], np.unique(second, return_inverse=True)[1]
    rows, height, width = len(first), int(first.max(initial=-1)) + 1, int(second.max(initial=-1)) + 1
    if height < 2 or width < 2 or rows < 2:  # noqa: PLR2004  # one value goes with nothing
        return None
    table = np.bincount(first * width + second, minlength=height * width).reshape(height, width)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    phi = float((((table - expected) ** 2) / expected).sum()) / rows
    corrected = max(0.0, phi - (height - 1) * (width - 1) / (rows - 1))
    fewer = min(height - (height - 1) ** 2 / (rows - 1), width - (width - 1) ** 2 / (rows - 1)) - 1
    return float(np.sqrt(corrected / fewer)) if fewer > 0 else None


def _made(measure: str, value: float | None) -> Association | None:
    return None if value is None or np.isnan(value) else Association(measure, value)


def _codes(column: pa.Array) -> Codes:
    """Assign each value of a column a number; missing ones have a number of their own."""
    encoded = column.dictionary_encode()
    return np.asarray(pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(), dtype=np.int64)
