"""The columns of rows of a use case: by which names they are read, at every door, and in which types they travel."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.contract.spec import UseCase

CATEGORY = pa.dictionary(pa.int16(), pa.string())
"""A category travels as its code beside the list of allowed values; 16 bits hold every list the contract allows."""

# Names that programs give to the numbers of rows that they write along, and to columns without a name.
_NAMELESS = re.compile(r"\s*(Unnamed: \d+|__index_level_\d+__)?\s*")

_INDEX = re.compile(r"unnamed: ?\d+(\.\d+)?|index|level_\d+|\.\.\.\d+|rownames|row_names|row\.names")


def arrow_type(feature: Feature) -> pa.DataType:
    """Return the Arrow type of a checked feature."""
    match feature:
        case FloatFeature():
            return pa.float64()
        case IntegerFeature():
            return pa.int64()
        case CategoryFeature():
            return CATEGORY
        case BooleanFeature():
            return pa.bool_()
        case TimestampFeature():
            return pa.timestamp("us", "UTC")


@cache
def row_schema(use_case: UseCase) -> pa.Schema:
    """Return the Arrow schema of checked rows: the key where there is one, then the features in order."""
    fields = [pa.field(use_case.key, pa.string())] if use_case.key else []
    fields += [pa.field(feature.name, arrow_type(feature), nullable=feature.nullable) for feature in use_case.features]
    return pa.schema(fields)


def category_array(feature: CategoryFeature, values: pa.Array) -> pa.DictionaryArray:
    """Encode texts as codes into the allowed values; a text outside of them becomes null.

    Notes
    -----
    The dictionary is always the whole list of allowed values, so the code is the number the model was trained on.
    """
    codes = pc.index_in(values, value_set=value_set(feature)).cast(pa.int16())
    return pa.DictionaryArray.from_arrays(codes, value_set(feature))


@cache
def value_set(feature: CategoryFeature) -> pa.Array:
    """Return the allowed values in the order of their codes."""
    return pa.array(feature.values, pa.string())


class TableRefusedError(ValueError):
    """The columns are not those of the use case, so no row of the file can be read; says which are wrong."""


def canonical_names(use_case: UseCase, found: Sequence[str]) -> list[str | None]:
    """Return the use case's own names of columns, by their places; none for a column that is ignored or has no name.

    A name that is not known stays as it is, for the check of the columns to complain about.

    >>> from usecases.contract.catalog import load_catalog
    >>> canonical_names(load_catalog()["iris"], ["", "petal_width_cm", "colour"])
    [None, 'petal_width_cm', 'colour']
    """
    ignored = frozenset(use_case.ignored_columns)
    return [_canonical(use_case, ignored, name) for name in found]


def canonical_columns(use_case: UseCase, table: pa.RecordBatch) -> pa.RecordBatch:
    """Rename the columns of a table and leave out those that are ignored."""
    names = canonical_names(use_case, table.schema.names)
    kept = [place for place, name in enumerate(names) if name is not None]
    return pa.RecordBatch.from_arrays(
        [table.column(place) for place in kept], names=[name for name in names if name is not None]
    )


def canonical_row(use_case: UseCase, row: Any) -> Any:
    """Rename the members of a JSON object likewise; one that is there under both names keeps both, and is refused."""
    if not isinstance(row, dict):
        return row
    names = use_case.names_by_source
    ignored = use_case.ignored_columns
    features = use_case.features_by_name
    return {
        (names[name] if name in names and names[name] not in row else name): value
        for name, value in row.items()
        if name not in ignored and (name in features or name in names or not is_nameless(name))
    }


def require_columns(use_case: UseCase, found: list[str]) -> None:
    """Refuse a table whose columns are not those of the use case; a nullable column may be absent.

    Raises
    ------
    TableRefusedError
        Naming every missing, unknown and repeated column.
    """
    optional = {feature.name for feature in use_case.features if feature.nullable} | {use_case.key}
    missing = [name for name in use_case.columns if name not in found and name not in optional]
    unknown = [name for name in found if name not in use_case.columns]
    repeated = sorted(name for name, count in Counter(found).items() if count > 1)
    problems = [
        f"{word} {', '.join(repr(name) for name in names[:20])}"
        for word, names in (("missing column", missing), ("unknown column", unknown), ("repeated column", repeated))
        if names
    ]
    if problems:
        raise TableRefusedError(
            f"{'; '.join(problems)}. The columns of {use_case.name} are {', '.join(use_case.columns)}"
        )


def _canonical(use_case: UseCase, ignored: frozenset[str], name: str) -> str | None:
    stripped = name.strip()
    if not stripped.isascii() and stripped not in ignored and stripped not in use_case.names_by_source:
        stripped = composed(stripped)
    if stripped in ignored:
        return None
    known = use_case.names_by_source.get(stripped)
    return known or (None if is_nameless(name) else stripped)


def composed(name: str) -> str:
    """Return a name whose letters with a mark are one character each; macOS and its programs write two.

    >>> composed("Gro\u0308ße") == "Größe"
    True
    """
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def may_hold_doubled_names(text: bytes, members: int) -> bool:
    """Return whether an object may have a name twice, which the parser does not tell: it keeps the last one.

    Parameters
    ----------
    text
        The objects as they came.
    members
        Members that the parser found in them.

    Examples
    --------
    >>> [may_hold_doubled_names(text, 1) for text in (b'{"a": 1}', b'{"a": "6:30"}', b'{"a": 1, "a": 2}')]
    [False, False, True]
    """
    # There are at least as many colons as names, and as many quotation marks right before a colon, unless there are
    # spaces between the two. Only where a text holds such a pair itself has anybody to look closer.
    if text.count(b":") == members:
        return False
    return text.count(b'":') != members or _SPACE_BEFORE_COLON.search(text) is not None


_SPACE_BEFORE_COLON = re.compile(rb'"\s+:')


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
