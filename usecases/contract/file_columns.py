"""The columns of a file by the names that people and programs give them: spelt otherwise, by their titles, or more than are read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

from usecases.columns.units import other_unit, split_unit
from usecases.contract.row_layout import canonical_names, is_index_name
from usecases.contract.spec import RESERVED_COLUMNS, UseCase

_ADDED = frozenset({"row", "raw", "prediction_id"})
"""Columns of our own downloads beside those of the tables."""

_SIGNS_OF_UNITS = frozenset("%‰€$£¥₹")
"""Signs that say what a number counts: Discount % is another column than Discount, a price in € another one than in $."""

_MILLI_OR_MEGA = re.compile(r"(?<![^\W_])([mM])(?:Wh?|VAr?|V|A|Hz|Pa|J|N|F|H|S|eV|Ω)(?=[\])\s/]|$)")
"""A unit that is a billion times another one which differs in a capital alone, such as mW and MW."""


def matched_names(use_case: UseCase, found: Sequence[str | None]) -> list[str | None]:
    """Return the use case's own names of columns whose names are spelt otherwise; None for one that is read over.

    A name that differs in capitals, spaces and signs alone is the same, as is the title of a column with its unit or
    without, as long as one column is meant; a name with another unit is another name, 1/min and rpm being one unit. Read
    over is what the use case predicts, the numbers of rows that programs write along, and what our own downloads have
    beside a row.

    A name that is known stays as it is, as does one that means no column, or several.

    Examples
    --------
    >>> from usecases.contract.catalog import load_catalog
    >>> matched_names(load_catalog()["iris"], ["ID", "Sepal length [cm]", "SEPAL_WIDTH_CM", "petal length cm", "petal_width_cm", "species"])
    [None, 'sepal_length_cm', 'sepal_width_cm', 'petal_length_cm', 'petal_width_cm', None]
    """
    names, spellings, taken = list(found), _spellings(use_case), {*found}
    for place, name in enumerate(found):
        if name is None or name in use_case.columns:
            continue
        spelt = spelling(name)
        column = spellings[spelt] if spelt in spellings else _before_its_unit(use_case, spellings, name)
        if column is not None and column not in taken and not _says_another_unit(use_case, name, column):
            names[place] = column
            taken.add(column)
        elif column is None and _is_read_over(use_case, name):
            names[place] = None
    return names


def matched_rows(use_case: UseCase, rows: Sequence[Any], *, keep_others: bool = False) -> Sequence[Any]:
    """Return rows of JSON under the use case's own names, as :func:`matched_names` has them; a row with these is itself.

    Each row is judged by its own names: others of the file may have others. What is read over in files stays where `keep_others`
    says so: a message that brings it is something else, most likely.

    Examples
    --------
    >>> from usecases.contract.catalog import load_catalog
    >>> matched_rows(load_catalog()["iris"], [{"Petal width cm": 0.2, "species": "setosa"}, {"petal_width_cm": 0.2}, 7])
    [{'petal_width_cm': 0.2}, {'petal_width_cm': 0.2}, 7]
    """
    known = use_case.known_names
    shapes = {tuple(row) for row in rows if type(row) is dict}
    renamed = {shape: _matched_shape(use_case, shape, keep_others) for shape in shapes if not known.issuperset(shape)}
    if not renamed:
        return rows
    return [_renamed(row, renamed.get(tuple(row))) if type(row) is dict else row for row in rows]


def _matched_shape(use_case: UseCase, shape: tuple[str, ...], keep_others: bool) -> list[str | None] | None:  # noqa: FBT001  # of one caller
    """Return the use case's own names of the members of a row; none where it has them, or two would have one name."""
    names = matched_names(use_case, canonical_names(use_case, shape))
    # What nobody reads stays: it may name the row.
    names = [
        member if member in use_case.ignored_columns or (keep_others and name is None) else name
        for member, name in zip(shape, names, strict=True)
    ]
    own = [name for name in names if name is not None]
    return names if names != [*shape] and len({*own}) == len(own) else None


def _renamed(row: dict[str, Any], names: list[str | None] | None) -> dict[str, Any]:
    if names is None:
        return row
    return {name: value for name, value in zip(names, row.values(), strict=True) if name is not None}


def spelling(name: str) -> str:
    """Return what two names that are meant alike have in common: their letters and digits, and what else tells their units.

    >>> spelling(" Torque [Nm]"), spelling("TORQUE_NM"), spelling("Größe")
    ('torquenm', 'torquenm', 'grösse')
    >>> spelling("Price [€]"), spelling("Power [mW]"), spelling("Power [MW]"), spelling("POWER_MW")
    ('price€', 'powermw:m', 'powermw:M', 'powermw')
    """
    plain = unicodedata.normalize("NFKC", name)
    prefix = None if plain.isupper() else _MILLI_OR_MEGA.search(plain)  # capitals throughout tell nothing of one
    kept = "".join(letter for letter in plain.casefold() if letter.isalnum() or letter in _SIGNS_OF_UNITS)
    return kept if prefix is None else f"{kept}:{prefix[1]}"


@cache
def _spellings(use_case: UseCase) -> dict[str, str | None]:
    """Return the column that each spelling stands for; None where it stands for several."""
    found: dict[str, str | None] = {}
    for feature in use_case.features:
        for name in (feature.name, feature.source_name, feature.title, f"{feature.title} {feature.unit}"):
            if text := spelling(name or ""):
                found[text] = feature.name if found.get(text, feature.name) == feature.name else None
    for name in filter(None, (use_case.key, use_case.key_source_name)):
        found[spelling(name)] = use_case.key
    return found


def _before_its_unit(use_case: UseCase, spellings: dict[str, str | None], name: str) -> str | None:
    """Return the column that a name means without the unit it ends with, where that column has one, too."""
    rest, unit = split_unit(name)
    feature = use_case.features_by_name.get(spellings.get(spelling(rest)) or "") if unit else None
    return feature.name if feature is not None and feature.unit else None


def _says_another_unit(use_case: UseCase, name: str, column: str) -> bool:
    feature = use_case.features_by_name.get(column)
    return feature is not None and bool(other_unit(name, feature.unit))


def _is_read_over(use_case: UseCase, name: str) -> bool:
    plain = name.strip().lower()
    return (
        plain in RESERVED_COLUMNS
        or plain in _ADDED
        or is_index_name(name)
        or spelling(name) in _spellings_of_others(use_case)
        or name.removeprefix("score_") in use_case.outputs
    )


@cache
def _spellings_of_others(use_case: UseCase) -> frozenset[str]:
    """Return the spellings of columns that nobody reads: the target, and those that are ignored."""
    names = (use_case.target, use_case.target_source_name, *use_case.ignored_columns)
    return frozenset(map(spelling, names)) - {""}
