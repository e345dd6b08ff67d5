"""Writing rows as CSV, the same for every download.

What people open in a spreadsheet is guarded: there a text that begins as a formula would be run as one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, literal

FORMULA = r"^([=+@\t\r]|-(?!\d*\.?\d+$))"
"""What a spreadsheet takes for the beginning of a formula, which a negative number is not; both Python and PostgreSQL read it."""

_FORMULA = re.compile(FORMULA)


def guarded(text: str) -> str:
    """Return a text that a spreadsheet shows as it is: with an apostrophe before what would be a formula.

    >>> guarded("=1+1"), guarded("-cmd"), guarded("-4.5"), guarded("M-1")
    ("'=1+1", "'-cmd", '-4.5', 'M-1')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def guarded_column(column: ColumnElement[str]) -> ColumnElement[str]:
    """Build the expression by which the database guards a column of texts."""
    return case((column.regexp_match(FORMULA), func.concat(literal("'"), column)), else_=column)


def csv_lines(rows: Iterable[Sequence[str | None] | Row[Any]]) -> bytes:
    r"""Write rows; none is an empty cell.

    >>> csv_lines([["id", "text"], ["1", "a,b"], ["2", None]])
    b'id,text\n1,"a,b"\n2,\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
