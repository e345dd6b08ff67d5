"""What is expected without labels comes close to what labels say later, and says when it must not be trusted."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from monitoring.performance.estimation import MIN_LABELS, ascending, calibrate, estimate
from monitoring.performance.measures import measure_classes
from tests.support.monitoring.scores import class_counts, counts, rare_class, several_classes

CLASSES = ("ok", "bad")
MANY = ("c0", "c1", "c2")


def test_an_honest_model_is_estimated_well_without_a_label() -> None:
    scores, truths = rare_class(1, 20_000)
    _, unlabelled = counts(CLASSES, scores, [None] * len(scores))
    found = estimate(unlabelled, {})
    assert found is not None
    assert (found.rows, found.calibrated) == (20_000, False)
    truth = measure_classes(class_counts(CLASSES, scores, truths))
    assert found.metrics.keys() == truth.keys()
    for name, value in found.metrics.items():
        assert value == pytest.approx(truth[name].value, abs=0.03), name


def test_several_classes_are_estimated_too() -> None:
    scores, truths = several_classes(1, 10_000)
    found = estimate(counts(MANY, scores, [None] * len(scores))[1], {})
    assert found is not None
    truth = measure_classes(class_counts(MANY, scores, truths))
    assert found.metrics == pytest.approx({name: truth[name].value for name in found.metrics}, abs=0.03)


def test_labels_correct_a_model_that_is_too_sure() -> None:
    scores, truths = rare_class(2, 20_000)
    boasting = 1 / (1 + np.exp(-3 * np.log(scores / (1 - scores))))
    labelled, later = slice(0, 10_000), slice(10_000, None)
    calibrations = calibrate(counts(CLASSES, boasting[labelled], truths[labelled])[1])
    _, unlabelled = counts(CLASSES, boasting[later], [None] * 10_000)
    trusting, knowing = estimate(unlabelled, {}), estimate(unlabelled, calibrations)
    truth = measure_classes(class_counts(CLASSES, boasting[later], truths[later]))
    assert trusting is not None
    assert knowing is not None
    assert knowing.calibrated
    for name in ("accuracy", "recall", "f1", "roc_auc", "log_loss"):
        true = truth[name].value
        assert abs(knowing.metrics[name] - true) < abs(trusting.metrics[name] - true), name
        assert knowing.metrics[name] == pytest.approx(true, abs=0.03), name


def test_too_few_labels_correct_nothing() -> None:
    scores, truths = rare_class(3, 20_000)
    assert calibrate(counts(CLASSES, scores[: MIN_LABELS - 1], truths[: MIN_LABELS - 1])[1]) == {}
    assert calibrate(counts(CLASSES, scores[:5_000], ["ok"] * 5_000)[1]) == {}
    assert set(calibrate(counts(CLASSES, scores, truths)[1])) == {"bad"}


def test_where_nothing_was_predicted_there_is_nothing_to_expect() -> None:
    assert estimate([], {}) is None


@pytest.mark.parametrize("seed", range(5))
def test_the_ascending_curve_is_the_closest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares, weights = rng.random(40), rng.integers(1, 50, 40).astype(float)
    expected = IsotonicRegression().fit_transform(np.arange(40), shares, sample_weight=weights)
    assert ascending(shares, weights) == pytest.approx(expected)
