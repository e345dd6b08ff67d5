"""The columns of a file by the names that people and programs give them: spelt otherwise, by their titles, or more than are read."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

from usecases.contract.row_layout import is_index_name
from usecases.contract.spec import RESERVED_COLUMNS, UseCase

_ADDED = frozenset({"row", "raw", "prediction_id"})
"""Columns of our own downloads beside those of the tables."""


def matched_names(use_case: UseCase, found: Sequence[str | None]) -> list[str | None]:
    """Return the use case's own names of columns whose names are spelt otherwise; None for one that is read over.

    A name that differs in capitals, spaces and signs alone is the same, as is the title of a column with its unit or
    without, as long as one column is meant. Read over is what the use case predicts, the numbers of rows that programs
    write along, and what our own downloads have beside a row.

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
        column = spellings.get(spelling(name))
        if column is not None and column not in taken:
            names[place] = column
            taken.add(column)
        elif column is None and _is_read_over(use_case, name):
            names[place] = None
    return names


def spelling(name: str) -> str:
    """Return what two names that are meant alike have in common: their letters and digits.

    >>> spelling(" Torque [Nm]"), spelling("TORQUE_NM"), spelling("Größe")
    ('torquenm', 'torquenm', 'grösse')
    """
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


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


def _is_read_over(use_case: UseCase, name: str) -> bool:
    plain = name.strip().lower()
    return (
        plain in RESERVED_COLUMNS
        or plain in _ADDED
        or is_index_name(name)
        or spelling(name) in {spelling(use_case.target), spelling(use_case.target_source_name)} - {""}
        or name.removeprefix("score_") in use_case.outputs
    )
