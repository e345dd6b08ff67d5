"""The published calibration holds: verdicts are seldom wrong, and see what they have to see."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.drift.calibration import LIMITS, false_alarms, power


@pytest.mark.parametrize("max_psi", LIMITS)
@pytest.mark.parametrize("rows", [50, 500, 50_000])
def test_at_most_one_verdict_in_a_hundred_is_a_false_alarm(rows: int, max_psi: float) -> None:
    assert false_alarms(np.random.default_rng(5), rows, 200, max_psi).per_verdict <= 0.01


def test_a_shift_of_a_standard_deviation_is_seen_in_fifty_rows() -> None:
    assert power(np.random.default_rng(5), 50, 1.0, 60) >= 0.9


def test_a_fifth_of_a_standard_deviation_is_seen_where_that_is_asked_for() -> None:
    assert power(np.random.default_rng(5), 5_000, 0.2, 60, LIMITS[1]) >= 0.9
