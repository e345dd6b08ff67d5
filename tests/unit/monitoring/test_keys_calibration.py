"""The published calibration by key holds: hardly ever is a machine named that did not move, and one that did is seen."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.drift.by_key import FLEETS, shares


@pytest.mark.parametrize("name", ["independent", "skewed (exponential)", "one machine that bursts"])
@pytest.mark.parametrize("rows", [20, 100])
def test_at_most_two_windows_in_a_hundred_name_a_machine_that_did_not_move(name: str, rows: int) -> None:
    found = shares(np.random.default_rng(5), FLEETS[name], 1_000, rows, 200)
    assert found.false <= 0.02
    assert found.seen[-1] >= 0.95
