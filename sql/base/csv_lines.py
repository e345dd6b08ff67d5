"""Writing rows as CSV, the same for every download."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row


def csv_lines(rows: Iterable[Sequence[str | None] | Row[Any]]) -> bytes:
    r"""Write rows; none is an empty cell.

    >>> csv_lines([["id", "text"], ["1", "a,b"], ["2", None]])
    b'id,text\n1,"a,b"\n2,\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
