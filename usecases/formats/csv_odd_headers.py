"""Headers that name no columns, or one less than the rows have, or stand below a title: what was seen, and a way on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from usecases.formats.chunks import FileBrokenError

NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_PARTS = re.compile(r'"[^"]*"|\S+')
LOGGER = "TOA5"
"""Begins the first line of a file of a logger of Campbell Scientific: what it is; names, units and processing follow."""

_PARTED_OTHERWISE = ("::", "||", "¦", "§", "\x1e", "\x02", ":", "#", "$", "@", "&", "!", "/")
_MOST_OF_UNITS = 3
_SERIES = 8
"""Numbers in rising order from which they are taken for names: years, lengths of waves."""


def require_names(names: Sequence[str], line: int, rows: Sequence[Sequence[str]]) -> None:
    """Check that a header holds names of columns.

    Parameters
    ----------
    names, line
        Its cells, and the line it stands in.
    rows
        Cells of the first rows below.

    Raises
    ------
    FileBrokenError
        If it is a row itself.
    """
    numbers = [name for name in names if NUMBER.fullmatch(name)]
    values = [float(number.replace(",", ".")) for number in numbers]
    if not numbers or (len(numbers) >= _SERIES and values == sorted(values)):
        return
    is_again = any(
        name and name == cell and name not in numbers
        for row in rows
        for name, cell in zip(names, row, strict=False)
    )  # fmt: skip
    if is_again or len({*numbers}) < len(numbers) or not all(number.isdecimal() for number in numbers):
        raise FileBrokenError(
            f"line {line} holds values ({', '.join(names[:5])[:100]}) and no names of columns; "
            "put a line above it that names each column"
        )


def require_delimiter(rows: Sequence[Sequence[str]]) -> None:
    """Check that the first rows, of which the header is the first, are not parted by what parts no cells here.

    Raises
    ------
    FileBrokenError
        If they are: by spaces, or by signs that each row has as many of.
    """
    if len(rows[0]) > 1:
        return
    header, *others = [len(_PARTS.findall(row[0])) for row in rows]
    if header > 1 and {*others} in ({header}, {header + 1}):
        raise FileBrokenError("the cells seem to be parted by spaces; part them by commas (in R: write.csv)")
    for sign in _PARTED_OTHERWISE:
        times = {row[0].count(sign) for row in rows}
        if len(rows) > 1 and len(times) == 1 and times != {0}:
            raise FileBrokenError(f"the cells seem to be parted by {sign!r}; part them by commas")


def have_row_names(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether rows begin with their names as R writes them: in quotation marks as all is, or counted from 1.

    >>> have_row_names(["x", "y"], [["1", "a", "b"], ["2", "c", "d"], ["3", "e", "f"]])
    True
    >>> have_row_names(["x", "y"], [["1", "5", "b"], ["2", "5", "d"], ["2", "7", "f"]])
    False
    """
    first = [row[0] for row in rows]
    are_quoted = all(cell.startswith('"') for cell in (*header, *first))
    are_counted = len(first) > 2 and first == [str(number) for number in range(1, len(first) + 1)]  # noqa: PLR2004
    return len({*first}) == len(first) and (are_quoted or are_counted)


def are_names(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a row holds no number, and the rows below do, but for a few first ones with units.

    >>> are_names(["x", "y"], [["mm", "V"], ["7", "1.5"]]), are_names(["x", "y"], [["a", "b"], ["c", "d"]])
    (True, False)
    """
    start = next((at for at, row in enumerate(rows[: _MOST_OF_UNITS + 1]) if any(map(NUMBER.fullmatch, row))), 0)
    below = [[row[place] for row in rows[start:] if place < len(row) and row[place]] for place in range(len(cells))]
    return not any(map(NUMBER.fullmatch, cells)) and any(
        column and all(map(NUMBER.fullmatch, column)) for column in below
    )


def header_place(rows: Sequence[Sequence[str]], known: frozenset[str]) -> int:
    """Return the row of a sheet that names most known columns, or the first that is filled as far as the others are.

    >>> header_place([["Report"], [], ["x", "y"], ["1", "2"]], frozenset()), header_place([["a"], ["b"]], frozenset("b"))
    (2, 1)
    """
    named = [len(known & {*row}) for row in rows]
    if any(named):
        return named.index(max(named))
    filled = [sum(map(bool, row)) for row in rows]
    # Names may lack one, above an index; a line of a title may have as many cells, and then the names come below.
    place = next(place for place, cells in enumerate(filled) if cells >= max(1, max(filled) - 1))
    whole = next(whole for whole, cells in enumerate(filled) if cells == max(filled))
    holds_numbers = [any(map(NUMBER.fullmatch, row)) for row in rows]
    return whole if place < whole and not holds_numbers[whole] and any(holds_numbers[whole + 1 :]) else place
