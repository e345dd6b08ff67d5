"""Limits hold for windows to come, whatever the shape of their tail, from as few windows as there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from monitoring.profiles.window_tails import beyond_widest, independent_windows, shared_alarms, tail_limit

Rng = np.random.Generator
Floats = np.ndarray[Any, np.dtype[np.float64]]

SHAPES: dict[str, Callable[[Rng, int], Floats]] = {
    "normal": lambda rng, windows: np.abs(rng.standard_normal(windows)),
    "with an end": lambda rng, windows: rng.uniform(size=windows),
    "exponential": lambda rng, windows: rng.exponential(size=windows),
    "heavier": lambda rng, windows: np.abs(rng.standard_t(5, size=windows)),
}
TO_COME = 100_000


@pytest.mark.parametrize("windows", [50, 200, 2_000])
@pytest.mark.parametrize("shape", SHAPES)
def test_about_the_share_that_is_asked_for_exceeds_the_limit(shape: str, windows: int) -> None:
    rng, draw = np.random.default_rng(7), SHAPES[shape]
    to_come = np.sort(draw(rng, TO_COME))
    beyond = [1 - np.searchsorted(to_come, tail_limit(draw(rng, windows), windows, 0.01)) / TO_COME for _ in range(300)]
    assert np.mean(beyond) <= 0.015
    # A tail that ends is as a rule left behind by a limit that has to hold.
    assert np.mean(beyond) >= (0.0 if shape == "with an end" else 0.004)


def test_fewer_than_fifty_windows_have_no_tail() -> None:
    distances = np.abs(np.random.default_rng(7).standard_normal(49))
    assert tail_limit(distances, 49, 0.01) == beyond_widest(distances) == distances.max() + 3 * distances.std()


@pytest.mark.parametrize("distances", [np.zeros(60), np.repeat([0.0, 1.0], [59, 1]), np.repeat([0.0, 1.0], [30, 30])])
def test_equal_distances_have_a_limit_that_holds_them(distances: Floats) -> None:
    assert tail_limit(distances, 60, 0.01) >= np.quantile(distances, 0.9)


def test_windows_like_their_neighbours_count_for_less() -> None:
    rng = np.random.default_rng(7)
    assert independent_windows(rng.standard_normal(2_000), 2_000) == pytest.approx(2_000, rel=0.1)
    assert independent_windows(np.repeat(rng.standard_normal(200), 10), 2_000) == pytest.approx(105, rel=0.2)
    assert independent_windows(np.zeros(60), 60) == 60


def test_limits_that_other_windows_exceed_share_the_alarms() -> None:
    rng = np.random.default_rng(7)
    one, other = rng.standard_normal((2, 10_000))
    assert shared_alarms(0.01, one) == 0.01
    assert shared_alarms(0.01, one, one * 3) == 0.01
    assert shared_alarms(0.01, one, other) == pytest.approx(0.01 / 1.9, rel=0.03)
