"""Building reference profiles: bins are chosen from the training data, and its rows counted in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.profiles.key_building import key_reference
from monitoring.profiles.key_reference import KeyReference
from monitoring.profiles.part_counts import Floats, Places, score_numbers, to_numbers
from monitoring.profiles.reference import (
    MAX_BINS,
    Bins,
    CategoryBins,
    CategoryCounts,
    ColumnWindows,
    NumberBins,
    NumberCounts,
    Profile,
    ReferenceProfile,
    no_numbers,
)
from monitoring.profiles.row_order import RowOrder
from monitoring.profiles.training_windows import OrderedColumn, column_windows, is_running_number
from usecases.columns.clocks import is_clock
from usecases.columns.features import BooleanFeature, CategoryFeature, TimestampFeature
from usecases.contract.spec import UseCase
from usecases.tasks.definition import Scores


def reference_profile(
    use_case: UseCase, rows: pa.RecordBatch, scores: Scores, order: RowOrder | None = None
) -> ReferenceProfile:
    """Choose bins for rows and count the rows in them, as a whole and by windows of their order.

    Parameters
    ----------
    use_case
        Gives the features.
    rows
        The training data, checked.
    scores
        The model's answers to them.
    order
        The order in which the rows came; without one they are taken to be independent.
    """
    numbers: dict[str, NumberBins] = {}
    categories: dict[str, CategoryBins] = {}
    clocks: list[str] = []
    for feature in use_case.features:
        if isinstance(feature, CategoryFeature | BooleanFeature):
            seen = set(pc.unique(_texts(rows.column(feature.name))).to_pylist())
            known = feature.values if isinstance(feature, CategoryFeature) else ("false", "true")
            categories[feature.name] = CategoryBins(values=tuple(value for value in known if value in seen))
        else:
            found = to_numbers(feature, rows.column(feature.name))
            # What is to come lies past all that was learned from, which is no drift: a clock has one bin.
            in_order = found[:0] if order is None else found[order.places]
            if isinstance(feature, TimestampFeature) or is_clock(feature.name, found) or is_running_number(in_order):
                clocks.append(feature.name)
            numbers[feature.name] = number_bins(found, most=1 if feature.name in clocks else MAX_BINS)
    bins = Bins(
        schema_hash=use_case.schema_hash,
        numbers=numbers,
        categories=categories,
        score=number_bins(score_numbers(scores)),
        classes=CategoryBins(values=use_case.classes) if use_case.task.definition.names_classes else None,
    )
    return ReferenceProfile(
        bins=bins,
        profile=profile(use_case, bins, rows, scores),
        windows={
            **{name: _clock(use_case, name, order) for name in clocks},
            **(_windows(use_case, bins, rows, scores, order) if order is not None else {}),
        },
        keys=_keys(use_case, rows, scores, order, clocks) if use_case.drift.keys else None,
    )


def profile(use_case: UseCase, bins: Bins, rows: pa.RecordBatch, scores: Scores) -> Profile:
    """Count rows and their answers; cheap enough for every part that is recorded.

    Raises
    ------
    ValueError
        If the bins are those of another schema.
    """
    if bins.schema_hash != use_case.schema_hash:
        raise ValueError(f"the bins are of schema {bins.schema_hash}, {use_case.name} has {use_case.schema_hash}")
    features = use_case.features_by_name
    return Profile(
        bins=bins.digest,
        rows=rows.num_rows,
        numbers={
            name: count_numbers(of, to_numbers(features[name], rows.column(name))) for name, of in bins.numbers.items()
        },
        categories={name: _count_texts(of, rows.column(name)) for name, of in bins.categories.items()},
        score=count_numbers(bins.score, score_numbers(scores)),
        classes=None if bins.classes is None else _count_texts(bins.classes, scores.prediction),
    )


def number_bins(numbers: Floats, most: int = MAX_BINS) -> NumberBins:
    """Choose bins so that each holds about as many of these numbers; NaN is a missing one.

    Where one number makes up much of the data, bins are fewer rather than empty; there are never more than `most`.

    >>> number_bins(np.array([1.0, 1.0, 1.0, 2.0, 5.0]))
    NumberBins(edges=(2.0, 5.0), lowest=1.0, highest=5.0)
    """
    present = numbers[~np.isnan(numbers)]
    if not present.size:
        return NumberBins(edges=(), lowest=None, highest=None)
    # "higher" takes numbers that occur, which whole numbers and rounded ones need: no bin lies between two of them.
    quantiles = np.quantile(present, np.linspace(0, 1, most + 1)[1:-1], method="higher")
    lowest, highest = float(present.min()), float(present.max())
    return NumberBins(edges=tuple(np.unique(quantiles[quantiles > lowest]).tolist()), lowest=lowest, highest=highest)


def count_numbers(bins: NumberBins, numbers: Floats) -> NumberCounts:
    """Count numbers, of which NaN is a missing one.

    >>> count_numbers(NumberBins(edges=(2.0, 5.0), lowest=1.0, highest=5.0), np.array([1.0, 2.0, 9.0, np.nan]))
    NumberCounts(counts=(1, 1, 1), missing=1, below=0, above=1, total=12.0, squares=86.0, minimum=1.0, maximum=9.0)
    """
    present = numbers[~np.isnan(numbers)]
    if not present.size:
        return no_numbers(len(bins.edges) + 1, missing=len(numbers))
    # Where the training data had no number at all, every number lies outside of it; call it below.
    lowest = np.inf if bins.lowest is None else bins.lowest
    highest = np.inf if bins.highest is None else bins.highest
    places = np.searchsorted(np.array(bins.edges), present, side="right")
    return NumberCounts(
        counts=tuple(np.bincount(places, minlength=len(bins.edges) + 1).tolist()),
        missing=len(numbers) - len(present),
        below=int(np.count_nonzero(present < lowest)),
        above=int(np.count_nonzero(present > highest)),
        total=float(present.sum()),
        squares=float(np.dot(present, present)),
        minimum=float(present.min()),
        maximum=float(present.max()),
    )


def _keys(
    use_case: UseCase, rows: pa.RecordBatch, scores: Scores, order: RowOrder | None, clocks: Sequence[str]
) -> KeyReference:
    features = use_case.features_by_name
    numbers = {
        name: to_numbers(feature, rows.column(name))
        for name, feature in features.items()
        if not isinstance(feature, CategoryFeature | BooleanFeature)
        and name not in clocks
        and name not in use_case.drift.keys
    }
    places = np.arange(rows.num_rows) if order is None else order.places
    return key_reference(use_case.drift.keys, rows, {**numbers, "score": score_numbers(scores)}, places)


def _clock(use_case: UseCase, name: str, order: RowOrder | None) -> ColumnWindows:
    is_time = isinstance(use_case.features_by_name[name], TimestampFeature)
    gives_time = is_time and order is not None and order.seconds is not None
    return ColumnWindows(is_clock=True, gives_time=gives_time, by_rows=(), by_seconds=())


def _windows(
    use_case: UseCase, bins: Bins, rows: pa.RecordBatch, scores: Scores, order: RowOrder
) -> dict[str, ColumnWindows]:
    features = use_case.features_by_name
    numbers = {
        name: (of, to_numbers(features[name], rows.column(name))) for name, of in bins.numbers.items() if of.edges
    }
    numbers["score"] = bins.score, score_numbers(scores)
    texts = {name: (of, rows.column(name)) for name, of in bins.categories.items()}
    if bins.classes is not None:
        texts["prediction"] = bins.classes, scores.prediction
    found: dict[str, ColumnWindows | None] = {}
    for name, (of, values) in numbers.items():
        in_order = values[order.places]
        found[name] = column_windows(OrderedColumn(number_cells(of, in_order), in_order), order.seconds)
    for name, (known, column) in texts.items():
        found[name] = column_windows(OrderedColumn(text_cells(known, column)[order.places], None), order.seconds)
    return {name: windows for name, windows in found.items() if windows is not None}


def number_cells(bins: NumberBins, numbers: Floats) -> Places:
    """Return the bin of each number; the place after the last bin is that of missing ones.

    >>> number_cells(NumberBins(edges=(2.0, 5.0), lowest=1.0, highest=5.0), np.array([1.0, 9.0, np.nan])).tolist()
    [0, 2, 3]
    """
    places = np.searchsorted(np.array(bins.edges), numbers, side="right")
    return np.where(np.isnan(numbers), len(bins.edges) + 1, places)


def text_cells(bins: CategoryBins, values: pa.Array) -> Places:
    """Return the place of each text among the known ones; the place after them is that of missing ones.

    >>> text_cells(CategoryBins(values=("H", "L")), pa.array(["L", None, "H"])).tolist()
    [1, 2, 0]
    """
    places: Places = pc.fill_null(
        pc.index_in(_texts(values), value_set=pa.array(bins.values, pa.string())), -1
    ).to_numpy()
    return np.where(places < 0, len(bins.values), places).astype(np.intp)


def _count_texts(bins: CategoryBins, values: pa.Array) -> CategoryCounts:
    texts = _texts(values)
    codes = pc.fill_null(pc.index_in(texts, value_set=pa.array(bins.values, pa.string())), -1)
    counts = np.bincount(codes.to_numpy() + 1, minlength=len(bins.values) + 1).tolist()
    return CategoryCounts(counts=tuple(counts[1:]), missing=texts.null_count, unseen=counts[0] - texts.null_count)


def _texts(values: pa.Array) -> pa.Array:
    return values.cast(pa.string())
