"""How a file holds the texts of a column: what it says of them beside the texts themselves."""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa

_KEY = b"written"


class Written(StrEnum):
    """What the texts of a column are in their file, or how it shows its numbers."""

    CELLS = "cells"
    """Cells of a format without types: a number is a text there, too."""
    TEXTS = "texts"
    """Texts in a format that has numbers as well."""
    NAMES = "names"
    """Texts of a list of different ones, as pandas, Polars and R write categories."""
    PERCENTS = "percents"
    """Numbers in cells that show them in percent: 0.1 is seen as 10 %."""


def marked(field: pa.Field, written: Written) -> pa.Field:
    """Return a column of a schema with a note of what its texts are."""
    return field.with_metadata({_KEY: written.encode()})


def written_as(field: pa.Field) -> Written:
    """Return what the texts of a column are; cells where nobody noted anything.

    >>> written_as(marked(pa.field("grade", pa.string()), Written.NAMES)).value, written_as(pa.field("x", pa.string())).value
    ('names', 'cells')
    """
    if pa.types.is_dictionary(field.type):
        return Written.NAMES
    return Written((field.metadata or {}).get(_KEY, Written.CELLS.encode()).decode())
