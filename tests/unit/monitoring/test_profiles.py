"""Profiles add up: whatever way the rows come, the counts of the whole are the sum of its parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.profiles.building import count_numbers, number_bins, profile, reference_profile
from monitoring.profiles.reference import CategoryBins, CategoryCounts, NumberCounts, Profile, ReferenceProfile
from tests.support import doctests
from tests.support.usecases.kiln_batches import DECLARED, KILN, ROWS, Row, batch, reference
from usecases.contract.spec import UseCase
from usecases.tasks.definition import Scores


def assert_alike(one: Profile, other: Profile) -> None:
    """Counts are equal; sums of floats are equal up to the order of addition."""
    exact = {"total", "squares"}
    for name, counts in one.numbers.items():
        assert counts.model_dump(exclude=exact) == other.numbers[name].model_dump(exclude=exact)
        scale = max(abs(counts.minimum or 0), abs(counts.maximum or 0), 1.0) * max(one.rows, 1)
        assert counts.total == pytest.approx(other.numbers[name].total, abs=scale * 1e-9)
        assert counts.squares == pytest.approx(other.numbers[name].squares, rel=1e-9)
    assert one.categories == other.categories
    assert one.classes == other.classes
    assert one.score.counts == other.score.counts
    assert (one.rows, one.bins) == (other.rows, other.bins)


@given(ROWS, ROWS, ROWS, ROWS)
@settings(max_examples=60, deadline=None)
def test_profiles_add_up(training: list[Row], first: list[Row], second: list[Row], third: list[Row]) -> None:
    bins = reference(training).bins
    a, b, c = (profile(KILN, bins, *batch(rows)) for rows in (first, second, third))
    assert a + b == b + a
    assert_alike((a + b) + c, a + (b + c))
    assert_alike(a + b + c, profile(KILN, bins, *batch([*first, *second, *third])))
    nothing = profile(KILN, bins, *batch([]))
    assert a + nothing == a


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_does_not_matter(rows: list[Row], random: Any) -> None:
    before = reference(rows)
    shuffled = [*rows]
    random.shuffle(shuffled)
    after = reference(shuffled)
    assert after.bins == before.bins
    assert_alike(after.profile, before.profile)


@given(ROWS, ROWS)
@settings(max_examples=40, deadline=None)
def test_json_keeps_all_of_it(training: list[Row], rows: list[Row]) -> None:
    of_training = reference(training)
    assert ReferenceProfile.model_validate_json(of_training.model_dump_json()) == of_training
    counted = profile(KILN, of_training.bins, *batch(rows))
    assert Profile.model_validate_json(counted.model_dump_json()) == counted


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_every_row_is_counted_once_in_every_column(rows: list[Row]) -> None:
    of_training = reference(rows)
    counted = of_training.profile
    assert counted.rows == len(rows)
    of_all: list[NumberCounts | CategoryCounts] = [
        *counted.numbers.values(),
        *counted.categories.values(),
        counted.score,
    ]
    for counts in of_all:
        assert counts.present + counts.missing == len(rows)
    for numbers in counted.numbers.values():
        assert (numbers.below, numbers.above) == (0, 0)
        assert len(rows) == numbers.missing or all(count > 0 for count in numbers.counts), "an empty bin tells nothing"
    assert all(counts.unseen == 0 for counts in counted.categories.values())


def test_what_the_training_data_did_not_hold_is_told_apart() -> None:
    bins = reference([(5.0, 1, "matt", True, 0, 0.2), (9.0, 2, "gloss", True, 0, 0.4)]).bins
    assert bins.categories["glaze"] == CategoryBins(values=("matt", "gloss"))
    counted = profile(KILN, bins, *batch([(4.0, None, "satin", False, None, 0.9), (99.0, 2, None, None, 0, 0.1)]))
    assert (counted.numbers["heat_k"].below, counted.numbers["heat_k"].above) == (1, 1)
    assert (counted.numbers["turns"].missing, counted.numbers["fired_at"].missing) == (1, 1)
    assert (counted.categories["glaze"].unseen, counted.categories["glaze"].missing) == (1, 1)
    assert (counted.categories["dried"].unseen, counted.categories["dried"].missing) == (1, 1)
    assert counted.classes is not None
    assert counted.classes.counts == (1, 1)


def test_bins_hold_about_the_same_number_of_rows() -> None:
    numbers = np.random.default_rng(0).normal(size=10_000)
    counts = count_numbers(number_bins(numbers), numbers)
    assert len(counts.counts) == 20
    assert min(counts.counts) == max(counts.counts) == 500


def test_a_number_that_never_was_there_has_one_bin_and_all_lies_outside() -> None:
    bins = number_bins(np.array([np.nan]))
    counts = count_numbers(bins, np.array([1.0, np.nan]))
    assert (counts.counts, counts.below, counts.above, counts.missing) == ((1,), 1, 0, 1)


def test_mean_and_spread_follow_from_the_sums() -> None:
    numbers = np.random.default_rng(0).normal(300, 2, 1_000)
    counts: NumberCounts = count_numbers(number_bins(numbers), numbers)
    mean = counts.total / counts.present
    assert mean == pytest.approx(numbers.mean())
    assert counts.squares / counts.present - mean**2 == pytest.approx(numbers.var())


def test_profiles_in_different_bins_do_not_add_up() -> None:
    one, other = reference([(1.0, 1, "matt", True, 0, 0.5)] * 3), reference([(2.0, 1, "matt", True, 0, 0.5)] * 3)
    with pytest.raises(ValueError, match="do not add up"):
        _ = one.profile + other.profile
    with pytest.raises(ValueError, match="the profile was counted in bins"):
        ReferenceProfile(bins=one.bins, profile=other.profile)


def test_bins_of_another_schema_are_refused() -> None:
    bins = reference([(1.0, 1, "matt", True, 0, 0.5)] * 3).bins
    other = UseCase.model_validate(DECLARED | {"key": None})
    with pytest.raises(ValueError, match="the bins are of schema"):
        profile(other, bins, *batch([]))


def test_a_multiclass_counts_its_classes_and_the_probability_of_the_winner() -> None:
    use_case = UseCase.model_validate(DECLARED | {"task": "multiclass", "classes": ["whole", "chipped", "broken"]})
    rows, _ = batch([(1.0, 1, "matt", True, 0, 0.5)] * 4)
    scores = Scores(pa.array(["whole", "broken", "broken", "whole"]), pa.array([0.9, 0.5, 0.6, 0.7]), None)
    counted = reference_profile(use_case, rows, scores).profile
    assert counted.classes is not None
    assert counted.classes.counts == (2, 0, 2)
    assert (counted.score.minimum, counted.score.maximum) == (0.5, 0.9)


@pytest.mark.parametrize("module", doctests.modules_with_examples("monitoring"))
def test_the_examples_in_docstrings_are_true(module: str) -> None:
    assert doctests.failures(module) == 0
