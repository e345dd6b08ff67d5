"""Suggesting how to read a file that is written otherwise than a use case expects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.casting import cast, with_points
from usecases.columns.day_first import plain_days
from usecases.columns.features import CategoryFeature, Feature, FloatFeature, IntegerFeature, TimestampFeature
from usecases.columns.notations import Notation, has_groups, is_day_first, notations_of, plain_numbers
from usecases.columns.texts import true_where
from usecases.columns.units import other_unit
from usecases.contract.file_columns import matched_names, spelling
from usecases.contract.row_layout import canonical_names, category_array, is_nameless
from usecases.contract.spec import UseCase
from usecases.formats.chunks import TableChunk
from usecases.formats.encoded import UNREADABLE, Encoding, encoding_of, format_in
from usecases.formats.reading import beginning, columns_of

_ROWS = 1_000
"""Rows that are looked at."""

_EXAMPLES, _EXAMPLE_LETTERS = 3, 40

_ALIKE, _VERY_ALIKE = 0.5, 0.75
"""Likeness of two names from which one may be meant by the other: where the values fit, and where they do not."""

_LETTERS = 3
"""Letters of a name from which on another one that holds it says something."""

_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class SuggestedColumn:
    """A column of a file.

    Attributes
    ----------
    name
        As the file has it.
    column
        What it most likely is in the use case; None for one that is read over.
    is_certain
        Whether files are read so without a mapping, too.
    examples
        Some of its values.
    notation
        How its numbers or days seem to be written, whatever it is; None where that is as programs do, or it holds none.
    other_units
        Units of the use case's columns that are another than the one its name says; none where it says none.
    """

    name: str
    column: str | None
    is_certain: bool
    examples: Sequence[str]
    notation: Notation | None = None
    other_units: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How a file could be read.

    Attributes
    ----------
    encoding
        How its text is written.
    columns
        Its columns, in their order.
    notations
        How numbers and days are written, by columns of the use case, where it is not as programs write them.
    """

    encoding: Encoding
    columns: Sequence[SuggestedColumn]
    notations: Mapping[str, Notation]

    @property
    def differs(self) -> bool:
        """Whether anything is not as the use case expects it."""
        is_odd = self.encoding is not Encoding.UTF_8 or bool(self.notations)
        return is_odd or not all(column.is_certain for column in self.columns)


def suggest(use_case: UseCase, path: Path, name: str) -> Suggestion | None:
    """Suggest how to read a file by the columns it has; None where it needs no mapping, or none could help.

    Parameters
    ----------
    use_case
        The contract of its rows.
    path, name
        Where it lies, and what it is called.
    """
    encoding = encoding_of(path, name)
    if encoding is None:
        return None
    try:
        names, texts = _sample(use_case, path, name, encoding)
    except UNREADABLE:
        return None
    named = [names[place] for place in range(len(names)) if not is_nameless(names[place])]
    if not texts or len({*named}) < len(named):  # a name that stands twice tells no column
        return None
    known = matched_names(use_case, canonical_names(use_case, names))
    guessed = _guesses(use_case, names, known, texts)
    found = {column: texts[place] for place, column in enumerate(guessed) if column is not None}
    if not found:
        return None
    written = _written(texts)
    suggestion = Suggestion(
        encoding,
        [
            SuggestedColumn(
                *(names[place], column, known[place] == column, _examples(texts[place]), written[place]),
                () if known[place] == column else _other_units(use_case, names[place]),
            )
            for place, column in enumerate(guessed)
            if not is_nameless(names[place])
        ],
        _notations(use_case, found),
    )
    return suggestion if suggestion.differs else None


def _sample(use_case: UseCase, path: Path, name: str, encoding: Encoding) -> tuple[list[str], list[pa.Array]]:
    """Read the names of all columns, and the first values of each; no values of objects."""
    names, first = beginning(path, format_in(name, encoding), columns_of(use_case).known, _ROWS)
    return [given.strip() for given in names], list(first.table.columns) if isinstance(first, TableChunk) else []


def _guesses(
    use_case: UseCase, names: Sequence[str], known: Sequence[str | None], values: Sequence[pa.Array]
) -> list[str | None]:
    """Return what each column most likely is: what is certain, then the likeliest pairs of names."""
    guessed = [column if column in use_case.columns else None for column in known]
    unknown = [place for place, column in enumerate(known) if column is not None and column not in use_case.columns]
    features = use_case.features_by_name
    pairs = sorted(
        (
            (likeness, place, column)
            for place in unknown
            for column in use_case.columns
            if column not in guessed
            and (likeness := _likeness(_names_of(use_case, column), names[place])) >= _ALIKE
            # The values of a key tell nothing.
            and (likeness >= _VERY_ALIKE or (column in features and _fits(features[column], values[place])))
        ),
        reverse=True,
    )
    for _, place, column in pairs:
        if guessed[place] is None and column not in guessed:
            guessed[place] = column
    return guessed


def _names_of(use_case: UseCase, column: str) -> set[str]:
    feature = use_case.features_by_name.get(column)
    if feature is None:
        return {column, use_case.key_source_name or ""}
    return {feature.name, feature.source_name, feature.title, f"{feature.title} {feature.unit}"}


def _other_units(use_case: UseCase, given: str) -> list[str]:
    units = dict.fromkeys(feature.unit for feature in use_case.features if feature.unit)
    return [unit for unit in units if other_unit(given, unit)]


def _likeness(names: Iterable[str], given: str) -> float:
    """Return how alike a name and those of a column are, from 0 to 1; one that holds another is very alike.

    >>> round(_likeness(["torque_nm"], "Torque in Nm"), 2), _likeness(["speed"], "Speed of the spindle")
    (0.89, 0.75)
    """
    found, best = spelling(given), 0.0
    for own in filter(None, map(spelling, names)):
        holds = min(len(own), len(found)) >= _LETTERS and (own in found or found in own)
        best = max(best, SequenceMatcher(None, own, found).ratio(), _VERY_ALIKE if holds else 0)
    return best


def _fits(feature: Feature, values: pa.Array) -> bool:
    """Return whether most values of a column can be those of a feature."""
    is_number = isinstance(feature, FloatFeature | IntegerFeature)
    if is_number and pa.types.is_string(values.type) and notations_of(values):
        return True
    if isinstance(feature, TimestampFeature) and pa.types.is_string(values.type):
        values = plain_days(values)
    typed, unreadable = cast(feature, values)
    if isinstance(feature, CategoryFeature):
        typed = category_array(feature, typed)
    return bool((~unreadable & true_where(typed.is_valid())).mean() >= _MOSTLY) if len(values) else False


def _notations(use_case: UseCase, found: Mapping[str, pa.Array]) -> dict[str, Notation]:
    """Return how numbers and days are written, where one notation is certain, or likely by the other columns of the file."""
    numbers = [
        (feature, found[feature.name], notations_of(found[feature.name]))
        for feature in use_case.features
        if isinstance(feature, FloatFeature | IntegerFeature)
        and feature.name in found
        and pa.types.is_string(found[feature.name].type)
    ]
    has_commas = any(choices == {Notation.DECIMAL_COMMA} for _, _, choices in numbers)
    likely = {
        feature.name: _notation(feature, values, choices, has_commas=has_commas) for feature, values, choices in numbers
    }
    days = {
        feature.name: Notation.DAY_FIRST
        for feature in use_case.features
        if isinstance(feature, TimestampFeature)
        and not feature.day_first
        and feature.name in found
        and _is_day_first(found[feature.name])
    }
    return {column: notation for column, notation in (likely | days).items() if notation is not None}


def _is_day_first(values: pa.Array) -> bool:
    return pa.types.is_string(values.type) and is_day_first(values)


def _notation(
    feature: FloatFeature | IntegerFeature, values: pa.Array, choices: frozenset[Notation | None], *, has_commas: bool
) -> Notation | None:
    """Return how the numbers of a column are most likely written; None where they are read so as they stand."""
    comma = Notation.DECIMAL_COMMA
    if isinstance(feature, FloatFeature) and feature.decimal_comma:
        is_doubtful = comma in choices and with_points(values)[1].any()
        other = Notation.THOUSANDS_COMMA if choices == {Notation.THOUSANDS_COMMA} else None
        return comma if is_doubtful else other
    fitting = _fitting(feature, values, choices)
    # What fits as it stands may be written otherwise all the same, which the commas beside it tell.
    return _likely(values, choices if None in fitting else fitting, has_commas=has_commas)


def _fitting(
    feature: FloatFeature | IntegerFeature, values: pa.Array, choices: frozenset[Notation | None]
) -> frozenset[Notation | None]:
    """Return the notations in which most numbers can be those of a feature: whole ones, and within its range."""
    fits: dict[Notation | None, int] = {}
    for notation in choices:
        texts = values if notation is None else plain_numbers(values, notation)
        typed, _ = cast(feature, texts)
        for limit, holds in ((feature.minimum, pc.greater_equal), (feature.maximum, pc.less_equal)):
            if limit is not None:
                typed = pc.if_else(holds(typed, limit), typed, pa.scalar(None, typed.type))
        fits[notation] = len(typed) - typed.null_count
    return frozenset(notation for notation, count in fits.items() if count == max(fits.values()))


def _written(columns: Sequence[pa.Array]) -> list[Notation | None]:
    """Return how the values of each column of a file seem to be written, for whoever says what it is."""
    possible = [notations_of(values) if pa.types.is_string(values.type) else frozenset() for values in columns]
    has_commas = any(choices == {Notation.DECIMAL_COMMA} for choices in possible)
    return [
        Notation.DAY_FIRST if _is_day_first(values) else _likely(values, choices, has_commas=has_commas)
        for values, choices in zip(columns, possible, strict=True)
    ]


def _likely(values: pa.Array, choices: frozenset[Notation | None], *, has_commas: bool) -> Notation | None:
    """Return the likeliest notation of a column of those that it can have."""
    comma = Notation.DECIMAL_COMMA
    # 12.345 is a number to programs, and another one to whoever wrote commas in the column beside it.
    if None in choices:
        return comma if comma in choices and has_commas and has_groups(values, comma) else None
    if comma in choices and (has_commas or len(choices) == 1):
        return comma
    return Notation.THOUSANDS_COMMA if choices else None


def _examples(values: pa.Array) -> list[str]:
    """Return the first different values, as texts."""
    shown = (str(value.as_py())[:_EXAMPLE_LETTERS] for value in values if value.is_valid)
    return list(dict.fromkeys(text for text in shown if text.strip()))[:_EXAMPLES]
