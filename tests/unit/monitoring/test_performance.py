"""Metrics of counts are those scikit-learn computes from rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from monitoring.performance.measures import add_confusions, measure_classes, measure_each_class, measure_numbers
from tests.support.monitoring.scores import class_counts, counts, rare_class, several_classes
from usecases.metrics import intervals
from usecases.metrics.inputs import ClassCounts, ErrorSums
from usecases.metrics.ranking import area_of_pairs

CLASSES = ("ok", "bad")
MANY = ("c0", "c1", "c2")


@pytest.mark.parametrize("seed", range(3))
def test_two_classes_are_measured_as_scikit_learn_does(seed: int) -> None:
    scores, truths = rare_class(seed, 4_000)
    found = measure_classes(class_counts(CLASSES, scores, truths))
    true = np.array(truths) == "bad"
    predicted = scores >= 0.5
    assert found["accuracy"].value == pytest.approx(sk.accuracy_score(true, predicted))
    assert found["precision"].value == pytest.approx(sk.precision_score(true, predicted))
    assert found["recall"].value == pytest.approx(sk.recall_score(true, predicted))
    assert found["f1"].value == pytest.approx(sk.f1_score(true, predicted))
    assert found["log_loss"].value == pytest.approx(sk.log_loss(true, scores))
    assert found["roc_auc"].value == pytest.approx(sk.roc_auc_score(true, scores), abs=1e-3)
    for measured in found.values():
        assert measured.low is not None
        assert measured.high is not None
        assert measured.low < measured.value < measured.high


@pytest.mark.parametrize("seed", range(3))
def test_several_classes_are_measured_as_scikit_learn_does(seed: int) -> None:
    scores, truths = several_classes(seed, 2_000)
    counted = class_counts(MANY, scores, truths)
    found, by_class = measure_classes(counted), measure_each_class(counted)
    predicted = [MANY[place] for place in scores.argmax(axis=1)]
    assert found["accuracy"].value == pytest.approx(sk.accuracy_score(truths, predicted))
    assert found["precision"].value == pytest.approx(sk.precision_score(truths, predicted, average="macro"))
    assert found["recall"].value == pytest.approx(sk.recall_score(truths, predicted, average="macro"))
    assert found["f1"].value == pytest.approx(sk.f1_score(truths, predicted, average="macro"))
    assert found["log_loss"].value == pytest.approx(sk.log_loss(truths, scores))
    macro = sk.roc_auc_score(truths, scores, multi_class="ovr", average="macro")
    assert found["roc_auc"].value == pytest.approx(macro, abs=1e-3)
    each = sk.recall_score(truths, predicted, average=None, labels=list(MANY))
    assert [by_class[name]["recall"].value for name in MANY] == pytest.approx(each)


def test_numbers_are_measured_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(5)
    true, predicted = rng.normal(10, 3, 500), rng.normal(11, 3, 500)
    found = measure_numbers(ErrorSums.of((predicted - true).tolist()))
    assert found["mae"].value == pytest.approx(sk.mean_absolute_error(true, predicted))
    assert found["rmse"].value == pytest.approx(sk.root_mean_squared_error(true, predicted))
    assert found["bias"].value == pytest.approx((predicted - true).mean())


def test_what_the_rows_do_not_determine_is_left_out() -> None:
    assert measure_classes(ClassCounts(["bad"], {}, [])) == {}
    found = measure_classes(class_counts(CLASSES, np.array([0.1, 0.2]), ["ok", "ok"]))
    assert set(found) == {"accuracy", "log_loss"}
    assert found["accuracy"].value == 1.0
    assert found["accuracy"].low is not None
    assert found["accuracy"].low < 0.5, "two rows say little"
    assert measure_numbers(ErrorSums(7, 0, 0, 0, 0, 0)) == {}
    assert measure_numbers(ErrorSums.of([2.0]))["mae"] == intervals.Measured(2.0)
    several = class_counts(MANY, np.array([[0.8, 0.1, 0.1]]), ["c0"])
    assert (measure_classes(several)["recall"].value, measure_each_class(several)["c1"]) == (1.0, {})


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from(CLASSES)), max_size=60), st.integers(0, 60))
def test_spans_of_time_add_up(rows: list[tuple[float, str]], cut: int) -> None:
    def measured(some: list[tuple[float, str]]) -> tuple[object, list[object]]:
        confusion, scores = counts(CLASSES, np.array([row[0] for row in some]), [row[1] for row in some])
        return confusion, list(scores)

    parts = [counts(CLASSES, np.array([r[0] for r in part]), [r[1] for r in part]) for part in (rows[:cut], rows[cut:])]
    whole = counts(CLASSES, np.array([row[0] for row in rows]), [row[1] for row in rows])
    added = add_confusions(part[0] for part in parts)
    assert dict(added) == dict(whole[0])
    one = measure_classes(ClassCounts(["bad"], *whole))
    other = measure_classes(ClassCounts(["bad"], added, [*parts[0][1], *parts[1][1]]))
    assert one.keys() == other.keys()
    for name, measured_one in one.items():
        assert other[name].value == pytest.approx(measured_one.value)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_the_area_counts_pairs(bins: list[tuple[int, int]]) -> None:
    positives = np.array([one for one, _ in bins], dtype=float)
    negatives = np.array([other for _, other in bins], dtype=float)
    pairs = [
        (p, n)
        for p, rows in enumerate(positives)
        for n, other in enumerate(negatives)
        for _ in range(int(rows * other))
    ]
    expected = sum(1.0 if p > n else 0.5 if p == n else 0.0 for p, n in pairs) / len(pairs) if pairs else None
    assert area_of_pairs(positives, negatives) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(("successes", "trials"), [(0, 5), (5, 5), (1, 1_000), (500, 1_000)])
def test_an_interval_of_a_share_stays_within_what_a_share_can_be(successes: int, trials: int) -> None:
    found = intervals.proportion(successes, trials)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.high > found.low


def test_the_intervals_hold_what_they_promise() -> None:
    # Of 400 samples with a known truth, about 380 intervals should hold it; fewer than 365 would be one in a thousand.
    truth_scores, truth_labels = rare_class(99, 200_000)
    truth = measure_classes(class_counts(CLASSES, truth_scores, truth_labels))
    held = dict.fromkeys(("accuracy", "recall", "f1", "roc_auc"), 0)
    rng = np.random.default_rng(4)
    for _ in range(400):
        chosen = rng.integers(0, 200_000, 800)
        found = measure_classes(class_counts(CLASSES, truth_scores[chosen], [truth_labels[place] for place in chosen]))
        for name in held:
            low, high = found[name].low, found[name].high
            assert low is not None
            assert high is not None
            held[name] += low <= truth[name].value <= high
    assert min(held.values()) >= 365, held
