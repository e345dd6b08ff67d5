"""Values in a notation that files are read in once somebody says so."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from usecases.columns.notations import Notation, is_day_first, notations_of, plain_values
from usecases.proposal.columns import Kind, Values, read_values

_READ = {Kind.INTEGER, Kind.FLOAT, Kind.THOUSANDS, Kind.TIMESTAMP}


def notation_of(raw: pa.Array) -> Notation | None:
    """Return the notation in which a column of texts can be read, where there is one and no other.

    >>> notation_of(pa.array(["1 234,5", "17,25"])), notation_of(pa.array(["1.3.2026", "31.12.2026"]))
    (<Notation.DECIMAL_COMMA: 'decimal_comma'>, <Notation.DAY_FIRST: 'day_first'>)
    >>> notation_of(pa.array(["1,234", "12 kg"]))
    """
    if not pa.types.is_string(raw.type):
        return None
    possible = {Notation.DAY_FIRST} if is_day_first(raw) else {one for one in notations_of(raw) if one is not None}
    if len(possible) != 1:
        return None
    (notation,) = possible
    return notation if read_values(plain_values(raw, notation)).kind in _READ else None


def of_thousands(example: str) -> Notation:
    """Return the notation of numbers whose only sign marks thousands.

    >>> of_thousands("1.002").value, of_thousands("1,002").value
    ('decimal_comma', 'thousands_comma')
    """
    return Notation.THOUSANDS_COMMA if "," in example else Notation.DECIMAL_COMMA


def as_decimals(values: Values) -> Values:
    """Return numbers of which it is known that their points are those of decimals.

    >>> as_decimals(read_values(pa.array(["1.234", "17"]))).kind.value
    'float'
    """
    return replace(values, kind=Kind.FLOAT) if values.kind is Kind.THOUSANDS else values
