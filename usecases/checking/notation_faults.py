"""Numbers and days that are bad for the way they are written alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pyarrow as pa

from usecases.checking.reasons import Reason, RuleName
from usecases.columns.notations import Notation, is_day_first, notations_of

_LOOKED_AT = 1_000
"""Bad rows that are looked at."""

_WORDS = {
    Notation.DECIMAL_COMMA: "decimal commas (1.234,5)",
    Notation.THOUSANDS_COMMA: "commas between thousands (1,234.5)",
    Notation.DAY_FIRST: "the day first (31.12.2026)",
}


def notation_hint(bad: Mapping[int, Sequence[Reason]]) -> str:
    """Return what to do about columns whose bad values are all numbers in another notation; empty where there are none.

    Parameters
    ----------
    bad
        Reasons by row number.

    Examples
    --------
    >>> fault = Reason(column="torque_nm", rule="type", value="40,5", message="torque_nm: '40,5' is no number")
    >>> notation_hint({7: [fault]})[:72]
    '. The numbers of torque_nm seem to be written with decimal commas (1.234'
    """
    values: dict[str, list[str]] = defaultdict(list)
    for number in list(bad)[:_LOOKED_AT]:
        for reason in bad[number]:
            if reason.rule == RuleName.TYPE and reason.column is not None and reason.value is not None:
                values[reason.column].append(reason.value)
    possible = {column: _possible(pa.array(found, pa.string())) for column, found in values.items()}
    said = [
        f"The {'days' if notation is Notation.DAY_FIRST else 'numbers'} of {', '.join(columns)} seem to be written with {words}"
        for notation, words in _WORDS.items()
        if (columns := [column for column, choices in possible.items() if notation in choices and None not in choices])
    ]
    if not said:
        return ""
    are_days = {Notation.DAY_FIRST in choices for choices in possible.values() if choices and None not in choices}
    plain = " and ".join(form for is_day, form in ((False, "1234.5"), (True, "2026-12-31")) if is_day in are_days)
    return (
        f". {'. '.join(said)}: write them as {plain}, or say on the page, under Predict, or with POST /mappings, that files with "
        "this header are read so"
    )


def _possible(texts: pa.Array) -> frozenset[Notation | None]:
    return frozenset({Notation.DAY_FIRST}) if is_day_first(texts) else notations_of(texts)
