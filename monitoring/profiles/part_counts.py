"""Counting the rows of a part in the bins of a model version: fast for one row and for ten thousand.

A profile is laid out in slots, one number each: for every number its bins, then missing, below and above; for every
category its values, then missing and unseen. Features come first, in their order, then the score, then the prediction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.profiles.key_counts import KeyCounter
from monitoring.profiles.reference import MAX_BINS, CategoryBins, NumberBins, ReferenceProfile
from sql.profiles.parts import PartProfile
from usecases.columns.features import CategoryFeature, Feature, TimestampFeature
from usecases.columns.timestamps import MICROSECONDS_A_DAY
from usecases.contract.row_layout import value_set
from usecases.contract.spec import UseCase
from usecases.tasks.definition import Scores

_COMPARED_AT_ONCE = 2_000_000
"""Comparisons whose results are held at a time: two megabytes, however wide a use case is."""

Counts = np.ndarray[Any, np.dtype[np.int64]]
Places = np.ndarray[Any, np.dtype[np.intp]]


class _Category:
    """Counts the values of a column; ``usual`` is the dictionary that its parts come with, if they have one."""

    def __init__(self, name: str, values: Sequence[str], usual: pa.Array) -> None:
        self.name = name
        self._known = pa.array(values, pa.string())
        self._usual = usual
        self._usual_places = self._places(usual)

    @property
    def width(self) -> int:
        """Counts there are: of each known value, and of those that are not known."""
        return len(self._known) + 1

    def count(self, column: pa.Array) -> Counts:
        """Count values; missing ones are none."""
        if pa.types.is_dictionary(column.type):
            # Few values are looked up, however many rows there are; and none where they are the usual ones.
            is_usual = column.dictionary.equals(self._usual)
            by_value = self._usual_places if is_usual else self._places(column.dictionary)
            indices = column.indices.drop_null() if column.null_count else column.indices
            places = by_value[indices.to_numpy()]
        else:
            texts = column if pa.types.is_string(column.type) else column.cast(pa.string())
            places = self._places(texts.drop_null() if texts.null_count else texts)
        return np.bincount(places, minlength=self.width)

    def _places(self, texts: pa.Array) -> Places:
        places = pc.index_in(texts, value_set=self._known)
        filled = places.fill_null(len(self._known)) if places.null_count else places
        found: Places = filled.to_numpy()
        return found


class PartCounter:
    """Counts parts in the bins of one version's reference profile.

    Parameters
    ----------
    use_case
        Gives the features and their kinds.
    reference
        Profile of the version's training data.

    Raises
    ------
    ValueError
        If the bins are those of another schema.
    """

    def __init__(self, use_case: UseCase, reference: ReferenceProfile) -> None:
        bins = reference.bins
        if bins.schema_hash != use_case.schema_hash:
            raise ValueError(f"the bins are of schema {bins.schema_hash}, {use_case.name} has {use_case.schema_hash}")
        self.reference = reference
        self._digest = reference.digest
        self._use_case = use_case
        self._numbers = [name for name, _ in number_columns(reference)][:-1]
        number_bins = [of for _, of in number_columns(reference)]
        self._categories = [
            _Category(name, of.values, _dictionary(use_case, name)) for name, of in category_columns(reference)
        ]
        edges = np.full((len(number_bins), MAX_BINS - 1), np.inf)
        for row, of in zip(edges, number_bins, strict=True):
            row[: len(of.edges)] = of.edges
        lowest = [[np.inf if of.lowest is None else of.lowest] for of in number_bins]
        # The next number above the highest, so that one comparison serves all thresholds: reached or not.
        beyond = [[np.inf if of.highest is None else np.nextafter(of.highest, np.inf)] for of in number_bins]
        self._thresholds: Floats = np.hstack([edges, lowest, beyond])
        self._counted, self._less = self._slot_sources(number_bins)
        self._keys = None if reference.keys is None else KeyCounter(reference.keys)

    def count_doors(
        self, doors: Sequence[tuple[str, int]], rows: pa.RecordBatch, scores: Scores
    ) -> dict[str, PartProfile]:
        """Count the rows of each door of a part: so many of one lie behind so many of another, and one may come again."""
        names = [name for name, _ in doors]
        if len(set(names)) == 1:
            return {names[0]: self.count(rows, scores)}
        of_row = np.repeat(names, [count for _, count in doors])
        found = {}
        for door in dict.fromkeys(names):
            mask = pa.array(of_row == door)
            chosen = Scores(scores.prediction.filter(mask), scores.score.filter(mask), None)
            found[door] = self.count(rows.filter(mask), chosen)
        return found

    def count(self, rows: pa.RecordBatch, scores: Scores) -> PartProfile:
        """Count rows and their answers.

        Parameters
        ----------
        rows
            Checked rows in the layout of :func:`usecases.contract.row_layout.row_schema`.
        scores
            The model's answers to them.
        """
        features = self._use_case.features_by_name
        # Bounded all at once: for a part of few rows the calls cost more than the numbers.
        numbers = within_bounds(
            np.stack(
                [*(raw_numbers(features[name], rows.column(name)) for name in self._numbers), raw_score_numbers(scores)]
            )
        )
        is_missing = np.isnan(numbers)
        missing = is_missing.sum(axis=1)
        present = np.where(is_missing, 0.0, numbers)
        columns = [scores.prediction if of.name == "prediction" else rows.column(of.name) for of in self._categories]
        found = np.concatenate(
            [
                self._reached(numbers).ravel(),
                rows.num_rows - missing,
                missing,
                *(of.count(column) for of, column in zip(self._categories, columns, strict=True)),
                [*(column.null_count for column in columns), 0],
            ]
        )
        every = found[self._counted] - found[self._less]
        slots = np.flatnonzero(every)
        return PartProfile(
            reference=self._digest,
            rows=rows.num_rows,
            slots=(slots + 1).tolist(),
            counts=every[slots].tolist(),
            totals=present.sum(axis=1).tolist(),
            squares=np.einsum("ij,ij->i", present, present).tolist(),
            keys=None if self._keys is None else self._keys.count(rows, present, is_missing),
        )

    def _reached(self, numbers: Floats) -> Counts:
        """Count the rows of every column that reach each of its thresholds; NaN reaches none."""
        width = max(1, _COMPARED_AT_ONCE // max(1, numbers.shape[1] * self._thresholds.shape[1]))
        blocks = [
            # Half as wide as what numpy would add them up in, and twice as fast.
            np.sum(
                numbers[start : start + width, None, :] >= self._thresholds[start : start + width, :, None],
                axis=2,
                dtype=np.uint32,
            )
            for start in range(0, len(numbers), width)
        ]
        return np.concatenate(blocks, dtype=np.int64)

    def _slot_sources(self, number_bins: list[NumberBins]) -> tuple[Places, Places]:
        """Return for each slot which of the numbers found stands in it, and which is taken from that.

        Found are, one after another: how many rows reach each threshold of each number, how many have each number,
        how many lack it, the counts of each category, how many lack it, and a zero. Rows of a bin are those that reach
        its left edge less those that reach the next.
        """
        sources: dict[str, list[tuple[int, int]]] = {}
        width, columns = self._thresholds.shape[1], len(number_bins)
        start = columns * (width + 2)
        missing_categories = start + sum(category.width for category in self._categories)
        nothing = missing_categories + len(self._categories)
        for row, (name, of) in enumerate(zip([*self._numbers, "score"], number_bins, strict=True)):
            reached, present, missing = row * width, columns * width + row, columns * (width + 1) + row
            lowest, beyond = reached + MAX_BINS - 1, reached + MAX_BINS
            steps = [present, *range(reached, reached + len(of.edges)), nothing]
            sources[name] = [*pairwise(steps), (missing, nothing), (present, lowest), (beyond, nothing)]
        for missing, category in enumerate(self._categories, start=missing_categories):
            *known, unseen = range(start, start + category.width)
            sources[category.name] = [(place, nothing) for place in (*known, missing, unseen)]
            start += category.width
        wanted = [*(feature.name for feature in self._use_case.features), "score", "prediction"]
        counted, less = np.array([pair for name in wanted for pair in sources.get(name, [])], dtype=np.intp).T
        return counted, less


def number_columns(reference: ReferenceProfile) -> Iterator[tuple[str, NumberBins]]:
    """Return the columns that are counted as numbers: features, then the score."""
    yield from reference.bins.numbers.items()
    yield "score", reference.bins.score


def category_columns(reference: ReferenceProfile) -> Iterator[tuple[str, CategoryBins]]:
    """Return the columns that are counted as categories: features, then the prediction where it is a class."""
    yield from reference.bins.categories.items()
    if reference.bins.classes is not None:
        yield "prediction", reference.bins.classes


def _dictionary(use_case: UseCase, column: str) -> pa.Array:
    feature = use_case.features_by_name.get(column)
    return value_set(feature) if isinstance(feature, CategoryFeature) else pa.array([], pa.string())


_LARGEST = 1e150
"""Numbers are taken to lie within +- this, so that a sum of their squares stays finite and JSON can hold it."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


def to_numbers(feature: Feature, column: pa.Array) -> Floats:
    """Return the numbers of a feature as they are counted: times in days since 1970, NaN where a value is missing."""
    return within_bounds(raw_numbers(feature, column))


def score_numbers(scores: Scores) -> Floats:
    """Return the numbers whose distribution is watched: the score, or the prediction itself of a regression."""
    return within_bounds(raw_score_numbers(scores))


def raw_numbers(feature: Feature, column: pa.Array) -> Floats:
    """Return the numbers of a feature like :func:`to_numbers`, before :func:`within_bounds`."""
    if isinstance(feature, TimestampFeature):
        return _floats(column.cast(pa.int64())) / MICROSECONDS_A_DAY
    return _floats(column)


def raw_score_numbers(scores: Scores) -> Floats:
    """Return the numbers of :func:`score_numbers`, before :func:`within_bounds`."""
    return _floats(scores.prediction if pa.types.is_floating(scores.prediction.type) else scores.score)


def within_bounds(numbers: Floats) -> Floats:
    """Limit numbers to the bounds that sums of squares and JSON allow."""
    # Adding nothing turns -0.0 into 0.0, which is the same number but another text in JSON, so another digest.
    return np.clip(numbers, -_LARGEST, _LARGEST) + 0.0


def _floats(column: pa.Array) -> Floats:
    # Arrow makes floats of whole numbers only where one is missing.
    numbers: Floats = column.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
    return numbers
