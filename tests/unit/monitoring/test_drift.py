"""The distances are those of other people's libraries, and behave as distances do."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pandas.core.dtypes.common
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from monitoring.drift.statistics import (
    Moments,
    chance_psi,
    chi_square,
    contributions,
    holm,
    jensen_shannon,
    kolmogorov_smirnov,
    mean_shift,
    psi,
)
from tests.support import doctests

ROWS = st.lists(st.integers(0, 10_000), min_size=2, max_size=20).filter(any)
PAIR = st.integers(2, 20).flatmap(
    lambda cells: st.tuples(*[st.lists(st.integers(0, 10_000), min_size=cells, max_size=cells).filter(any)] * 2)
)
RNG = np.random.default_rng(3)
TRAINED = RNG.multinomial(10_000, [0.4, 0.3, 0.2, 0.1]).tolist()
SERVED = RNG.multinomial(3_000, [0.3, 0.3, 0.25, 0.15]).tolist()


def values(counts: list[int]) -> pd.Series:
    return pd.Series(np.repeat(np.arange(len(counts)), counts))


def test_the_examples_of_the_docstrings_hold() -> None:
    assert [module for module in doctests.modules_with_examples("monitoring") if doctests.failures(module)] == []


@given(counts=ROWS)
def test_equal_counts_are_no_distance(counts: list[int]) -> None:
    assert psi(counts, counts) == 0
    assert abs(jensen_shannon(counts, counts)) < 1e-12
    assert chi_square(counts, counts).p_value == pytest.approx(1)
    assert kolmogorov_smirnov(counts, counts).statistic == 0


@given(pair=PAIR)
def test_distances_are_not_negative_and_symmetric(pair: tuple[list[int], list[int]]) -> None:
    a, b = pair
    assert psi(a, b) >= 0
    assert psi(a, b) == pytest.approx(psi(b, a))
    assert 0 <= jensen_shannon(a, b) <= 1 + 1e-9
    assert jensen_shannon(a, b) == pytest.approx(jensen_shannon(b, a))
    assert chi_square(a, b).statistic == pytest.approx(chi_square(b, a).statistic)
    assert 0 <= kolmogorov_smirnov(a, b).p_value <= 1


@given(pair=PAIR)
def test_the_parts_of_all_rows_make_up_the_whole(pair: tuple[list[int], list[int]]) -> None:
    a, b = pair
    first = [count // 3 for count in b]
    rest = [count - one for count, one in zip(b, first, strict=True)]
    (whole,) = contributions(a, b, [b])
    assert sum(contributions(a, b, [first, rest])) == pytest.approx(whole)


def test_the_tests_are_those_of_scipy() -> None:
    expected = stats.chi2_contingency([TRAINED, SERVED], correction=False)
    found = chi_square(TRAINED, SERVED)
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)
    smirnov = stats.ks_2samp(values(TRAINED), values(SERVED), method="asymp")
    found = kolmogorov_smirnov(TRAINED, SERVED)
    assert found.statistic == pytest.approx(smirnov.statistic)
    weight = np.sqrt(10_000 * 3_000 / 13_000)
    assert found.p_value == pytest.approx(stats.kstwobign.sf(smirnov.statistic * weight))
    p_values = [0.001, 0.04, 0.03, 0.2, 0.011]
    # Rejected at a limit by Holm's steps, one by one.
    by_hand = [0.005, 0.09, 0.09, 0.2, 0.044]
    assert holm(p_values) == pytest.approx(by_hand)


def test_the_divergence_is_that_of_scipy_but_for_half_a_row() -> None:
    expected = jensenshannon(TRAINED, SERVED, base=2) ** 2
    assert jensen_shannon(TRAINED, SERVED) == pytest.approx(expected, rel=2e-2)
    many = [[count * 10_000 for count in counts] for counts in (TRAINED, SERVED)]
    assert jensen_shannon(*many) == pytest.approx(expected, rel=1e-5)


def test_the_distances_are_those_of_evidently(monkeypatch: pytest.MonkeyPatch) -> None:
    # It imports a name that pandas 3 has dropped, for something that is not used here.
    monkeypatch.setattr(pandas.core.dtypes.common, "infer_dtype_from_object", None, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own imports
        from evidently.legacy.calculations.stattests.jensenshannon import _jensenshannon  # noqa: PLC0415
        from evidently.legacy.calculations.stattests.psi import _psi  # noqa: PLC0415
        from evidently.legacy.core import ColumnType  # noqa: PLC0415

        index, _ = _psi(values(TRAINED), values(SERVED), ColumnType.Categorical, 0.1)
        distance, _ = _jensenshannon(values(TRAINED), values(SERVED), ColumnType.Categorical, 0.1)
    assert psi(TRAINED, SERVED) == pytest.approx(index, rel=1e-2)
    assert jensen_shannon(TRAINED, SERVED) * np.log(2) == pytest.approx(distance**2, rel=1e-2)


def test_without_drift_the_index_is_what_chance_makes_on_average() -> None:
    shares = [0.05] * 20
    found = [psi(RNG.multinomial(10_000, shares).tolist(), RNG.multinomial(1_000, shares).tolist()) for _ in range(500)]
    assert np.mean(found) == pytest.approx(chance_psi([500] * 20, [50] * 20), rel=0.05)


def test_what_has_no_spread_or_no_rows_has_no_shift() -> None:
    assert mean_shift(Moments(3, 6.0, 12.0), Moments(3, 9.0, 27.0)) is None
    assert mean_shift(Moments(0, 0.0, 0.0), Moments(3, 9.0, 27.0)) is None
    assert mean_shift(Moments(3, 9.0, 29.0), Moments(0, 0.0, 0.0)) is None


def test_a_distance_needs_rows_on_both_sides() -> None:
    with pytest.raises(ValueError, match="rows on both sides"):
        psi([1, 2], [0, 0])
