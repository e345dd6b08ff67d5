"""Names that programs give to what has none: to the numbers of rows that they write along, and to columns without a name."""

from __future__ import annotations

import re

_NAMELESS = re.compile(r"\s*(Unnamed: \d+|__index_level_\d+__)?\s*")

_INDEX = re.compile(r"unnamed: ?\d+(\.\d+)?|index|level_\d+|\.\.\.\d+|rownames|row_names|row\.names")


def is_nameless(name: str) -> bool:
    """Return whether a column has no name, or only the one pandas gives to an index or to a column without a name.

    >>> [is_nameless(name) for name in ("", "Unnamed: 0", "__index_level_0__", "index")]
    [True, True, True, False]
    """
    return _NAMELESS.fullmatch(name) is not None


def is_index_name(name: str) -> bool:
    """Return whether programs write the numbers of rows under this name; a person may as well call something so.

    >>> [is_index_name(name) for name in ("", "Unnamed: 0", "index", "row.names", "indexed")]
    [True, True, True, True, False]
    """
    return is_nameless(name) or _INDEX.fullmatch(name.strip().lower()) is not None
