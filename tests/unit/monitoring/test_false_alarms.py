"""How often limits alarm where nothing drifts is estimated, and simulation finds as many."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from monitoring.drift.columns import Column, Served, columns
from monitoring.drift.false_alarms import MONTH, FalseAlarms, false_alarms
from monitoring.drift.verdicts import Verdict, judge
from sql.drift.windows import Layout
from sql.profiles.reference import Slot, SlotKind, TrainedWindows, WindowUnit
from usecases.contract.drift_limits import DriftLimits

HOUR = timedelta(hours=1)
NAMES = ("air", "torque", "wear")
CELLS = 20


def layout(ordered: tuple[str, ...] = (), windows: int = 500) -> Layout:
    slots = [
        Slot(name, SlotKind.BIN, str(cell), is_number=True, trained=500) for name in NAMES for cell in range(CELLS)
    ]
    held = [
        TrainedWindows(
            feature=name,
            unit=WindowUnit.ROWS,
            length=20,
            windows=windows,
            usual_psi=0.1,
            psi=1.0,
            shift=None,
            outside=None,
        )
        for name in ordered
    ]
    return Layout(slots, [], held)


def expected(max_psi: float, rows: int, length: timedelta = HOUR, which: Layout | None = None) -> FalseAlarms | None:
    which = which or layout()
    limits = DriftLimits(max_psi=max_psi, minimum_rows=100)
    return false_alarms(which, _columns(which), limits, rows, length, None)


def _columns(which: Layout) -> list[Column]:
    return columns(which, Served(0, [0] * len(which.slots), [], []))


@pytest.mark.parametrize(("max_psi", "rows"), [(0.02, 100), (0.05, 150), (0.02, 200)])
def test_as_many_are_expected_as_simulation_finds(max_psi: float, rows: int) -> None:
    generator, which, windows = np.random.default_rng(5), layout(), 1_000
    limits = DriftLimits(max_psi=max_psi, minimum_rows=100)
    alarms = 0
    for _ in range(windows):
        trained = [generator.multinomial(10_000, [1 / CELLS] * CELLS) for _ in NAMES]
        slots = [
            Slot(slot.feature, slot.kind, slot.label, is_number=True, trained=int(count))
            for slot, count in zip(which.slots, np.concatenate(trained), strict=True)
        ]
        served = np.concatenate([generator.multinomial(rows, [1 / CELLS] * CELLS) for _ in NAMES]).tolist()
        found = judge(Layout(slots, []), Served(rows, served, [], []), limits)
        alarms += any(one.verdict is Verdict.DRIFTED for one in found)
    estimate = expected(max_psi, rows)
    assert estimate is not None
    per_window = estimate.per_month * (HOUR / MONTH)
    error = np.sqrt(max(per_window, 0.002) / windows)
    assert abs(alarms / windows - per_window) <= 4 * error


def test_limits_that_lie_further_out_alarm_less() -> None:
    found = [expected(max_psi, 500) for max_psi in (0.01, 0.02, 0.05, 0.2)]
    rates = [one.per_month for one in found if one is not None]
    assert len(rates) == 4
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.01


def test_the_window_is_the_shortest_that_holds_enough_rows() -> None:
    found = expected(0.2, 2_400, timedelta(days=1))
    assert found is not None
    assert (found.window, found.rows) == (HOUR, 100)
    found = expected(0.2, 700, timedelta(days=7))
    assert found is not None
    assert (found.window, found.rows) == (timedelta(days=1), 100)
    assert expected(0.2, 99, timedelta(days=7)) is None


def test_of_columns_in_order_one_window_in_a_hundred_lies_beyond_its_limits() -> None:
    found = expected(0.2, 500, which=layout(("air",)))
    known = expected(0.2, 500, which=layout(("air",), windows=10_000))
    assert known is not None
    assert known.per_month == pytest.approx(7.3, abs=0.1)
    assert found is not None
    assert (found.not_known, found.per_month < 0.01) == (["air"], True)
