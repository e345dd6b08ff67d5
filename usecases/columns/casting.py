"""From what a file holds to the types of the contract, a column at a time; what does not fit is marked, not guessed.

A cell's verdict never depends on the cells beside it, whichever of Arrow's quick ways reads the column.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.arrays import Mask, blanked, nowhere, true_where
from usecases.columns.booleans import read_booleans
from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.columns.missing import where_declared
from usecases.columns.numbers import read_floats, read_integers, with_points
from usecases.columns.texts import read_categories, read_keys
from usecases.columns.timestamps import read_timestamps


def cast(feature: Feature, column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a raw column as a feature.

    Parameters
    ----------
    feature
        What the column should hold.
    column
        Texts (from CSV) or typed values (from Parquet, Arrow, JSON).

    Returns
    -------
    tuple
        The typed column, null where a value is missing or unreadable, and a mask of the unreadable ones.
        Categories stay texts; whether they are allowed is for the schema to say.
    """
    column, bad = _plain(column)
    if feature.missing_values:
        column = blanked(column, where_declared(feature.missing_values, column))
    if isinstance(feature, FloatFeature) and feature.decimal_comma and pa.types.is_string(column.type):
        column, ambiguous = with_points(column)
        bad = bad | ambiguous
        if feature.missing_values:
            column = blanked(column, where_declared(feature.missing_values, column, decimal_comma=True))
    match feature:
        case FloatFeature():
            typed, unreadable = read_floats(column)
        case IntegerFeature():
            typed, unreadable = read_integers(column)
        case CategoryFeature():
            typed, unreadable = read_categories(feature, column)
        case BooleanFeature():
            typed, unreadable = read_booleans(column)
        case TimestampFeature():
            typed, unreadable = read_timestamps(column)
    return typed, bad | unreadable


def cast_key(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read the key as text; a whole number is as good a name as a text."""
    column, bad = _plain(column)
    texts, unfit = read_keys(column)
    return texts, bad | unfit


def _plain(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Undo how a file format wraps values, so that one layout of texts is left; mark bytes that are no UTF-8."""
    if isinstance(column, pa.UuidArray):
        return _uuid_texts(column.storage), nowhere(column)
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_run_end_encoded(column.type):
        column = pc.run_end_decode(column)
    if pa.types.is_null(column.type):
        column = column.cast(pa.string())
    if not _is_texts_or_bytes(column.type):
        return column, nowhere(column)
    try:
        texts = column.cast(pa.string())
        texts.validate(full=True)
    except pa.ArrowInvalid:
        decoded = [_decoded(value) for value in column.cast(pa.large_binary()).to_pylist()]
        texts = pa.array(decoded, pa.string())
        return texts, true_where(pc.is_null(texts)) & true_where(pc.is_valid(column))
    if pa.types.is_fixed_size_binary(column.type):
        texts = pc.utf8_rtrim(texts, "\0")  # what a shorter text is filled up with
    return texts, nowhere(texts)


def _uuid_texts(column: pa.FixedSizeBinaryArray) -> pa.Array:
    """Write the sixteen bytes of each UUID as people do, in groups of 8, 4, 4, 4 and 12 digits."""
    digits = pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.string())
    return pc.replace_substring_regex(digits, r"^(.{8})(.{4})(.{4})(.{4})(.{12})$", r"\1-\2-\3-\4-\5")


def _is_texts_or_bytes(kind: pa.DataType) -> bool:
    wrapped = (pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary, pa.types.is_large_binary)
    more = (pa.types.is_string, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(is_it(kind) for is_it in (*wrapped, *more))


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
